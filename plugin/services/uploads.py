"""Pictures that people send us: checked by what is inside, and written anew."""

from __future__ import annotations

import io
import warnings
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

from plugin.library.meeting import Picture
from plugin.library.pictures import LARGEST_PICTURE, make_picture

LARGEST_SIDE = 4_000  # pixels
LARGEST_UPLOAD = 8_000_000  # bytes, before it is written anew

# What we read, and how each is written.
_FORMATS: dict[str, tuple[str, dict[str, Any]]] = {
    "PNG": ("png", {"optimize": True}),
    "JPEG": ("jpg", {"quality": 85, "optimize": True, "progressive": True}),
    "WEBP": ("webp", {"quality": 85}),
}
UNREADABLE = "this is no picture that we can read: save it as PNG, JPEG or WebP"


def checked_picture(name: str, data: bytes) -> Picture:
    """A picture that is safe to keep and to show: one frame, no metadata, of the kind that it really is.

    Its name keeps what it can of ``name``. Raises ValueError, which says what is wrong and how to mend it.
    """
    if len(data) > LARGEST_UPLOAD:
        raise ValueError(f"this picture is larger than {LARGEST_UPLOAD:,} bytes: make it smaller")
    image, kind = _opened(data)
    ending, options = _FORMATS[kind]
    written = io.BytesIO()
    image.save(written, kind, **options)
    if written.tell() > LARGEST_PICTURE:
        raise ValueError(f"this picture would take more than {LARGEST_PICTURE:,} bytes: make it smaller")
    return make_picture(f"{_stem(name)}.{ending}", written.getvalue())


def _opened(data: bytes) -> tuple[Image.Image, str]:
    """The pixels alone, as they should be seen, and the picture's real kind."""
    try:
        with warnings.catch_warnings():
            # A small file that unpacks into gigabytes is refused before it is unpacked.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=tuple(_FORMATS)) as image:
                if max(image.size) > LARGEST_SIDE:
                    raise ValueError(f"this picture has more than {LARGEST_SIDE:,} pixels on a side: make it smaller")
                kind = str(image.format)
                image.load()
                return _upright(image, kind), kind
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValueError(UNREADABLE) from error
    except (OSError, SyntaxError) as error:
        # Pillow tells a broken file by either of them.
        raise ValueError(UNREADABLE) from error


def _upright(image: Image.Image, kind: str) -> Image.Image:
    """Turned as its metadata says, which is then left behind; JPEG knows no transparency."""
    turned = ImageOps.exif_transpose(image)
    plain = turned.convert("RGB" if kind == "JPEG" or turned.mode not in {"RGBA", "LA", "P"} else "RGBA")
    clean = Image.new(plain.mode, plain.size)
    clean.paste(plain)
    return clean


def _stem(name: str) -> str:
    """What a file name may keep in an address: small letters, digits, - and _."""
    stem = name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0] or name
    kept = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_") else "-" for sign in stem.lower())
    return kept.strip("-_")[:60] or "picture"
