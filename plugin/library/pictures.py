"""The pictures of a meeting template: files of its folder ``pictures/``, of a kind that every browser shows."""

from __future__ import annotations

import hashlib
from pathlib import Path

from plugin.library.faults import Fault
from plugin.library.markdown import PICTURE_NAME
from plugin.library.meeting import Picture

LARGEST_PICTURE = 2_000_000  # bytes

# What a file of each kind begins with; a name says nothing about what is inside.
_SIGNATURES = {
    "image/png": (b"\x89PNG\r\n\x1a\n", 0),
    "image/jpeg": (b"\xff\xd8\xff", 0),
    "image/webp": (b"WEBP", 8),
}
_ENDINGS = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}


def make_picture(name: str, data: bytes) -> Picture:
    """Raises ValueError, which says what is wrong with the picture and how to mend it."""
    if not PICTURE_NAME.fullmatch(name):
        raise ValueError(f"'{name}' can't be a picture's name: use a-z, 0-9, - and _, and end in .png, .jpg or .webp")
    if len(data) > LARGEST_PICTURE:
        raise ValueError(f"this picture is larger than {LARGEST_PICTURE:,} bytes: make it smaller")
    media_type = _ENDINGS[name.rpartition(".")[2]]
    signature, at = _SIGNATURES[media_type]
    if data[at : at + len(signature)] != signature:
        raise ValueError("this is not the kind of picture that its name says: save it anew as PNG, JPEG or WebP")
    return Picture(name, media_type, data, hashlib.sha256(data).hexdigest())


def read_pictures(folder: Path, faults: list[Fault]) -> dict[str, Picture]:
    """The pictures of a meeting's folder, by name; what is wrong with one is added to ``faults``."""
    found = {}
    for path in sorted((folder / "pictures").glob("[!._]*")):
        try:
            found[path.name] = make_picture(path.name, path.read_bytes())
        except ValueError as error:
            faults.append(Fault(str(path), 1, 1, str(error)))
        except OSError as error:
            faults.append(Fault(str(path), 1, 1, f"this file can't be read ({error.strerror}): check its rights"))
    return found
