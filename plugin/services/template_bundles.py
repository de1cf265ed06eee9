"""A meeting template as a .zip of its folder, out and in."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from plugin.library.bundle import MOST_FILES, is_text_name
from plugin.library.meeting import MeetingTemplate, Picture
from plugin.library.shapes import KEY
from plugin.services.uploads import checked_picture

LARGEST_ZIP = 10_000_000  # bytes
LARGEST_UNPACKED = 20_000_000  # bytes, all files together
EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest date that a zip can tell: the same template makes the same file


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a .zip holds of one template."""

    key: str
    files: dict[str, str]
    pictures: tuple[Picture, ...] = field(repr=False)


def zipped(template: MeetingTemplate) -> bytes:
    """The folder ``meetings/<key>/`` with all its files."""
    written = io.BytesIO()
    contents = {name: text.encode() for name, text in template.files.items()}
    contents |= {f"pictures/{name}": picture.data for name, picture in template.pictures.items()}
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(contents.items()):
            archive.writestr(zipfile.ZipInfo(f"meetings/{template.key}/{name}", EPOCH), data)
    return written.getvalue()


def unzipped(data: bytes) -> Bundle:
    """The one template in a .zip, wherever its folder stands in there. Raises ValueError, which says what is wrong.

    Names are compared with those that a template has, and never used as paths; sizes are checked before unpacking.
    """
    if len(data) > LARGEST_ZIP:
        raise ValueError(f"this file is larger than {LARGEST_ZIP:,} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [one for one in archive.infolist() if not one.is_dir()]
            _check_sizes(members)
            root = _root(members)
            contents = {
                one.filename.removeprefix(root): archive.read(one) for one in members if one.filename.startswith(root)
            }
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise ValueError("this is no .zip file that can be read") from error
    key = PurePosixPath(root).name
    if not KEY.fullmatch(key):
        raise ValueError(f"'{key}' can't be a template's key: name the folder with a-z, 0-9 and _")
    return Bundle(key, _texts(contents), tuple(_pictures(contents)))


def _check_sizes(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > 2 * MOST_FILES:
        raise ValueError(f"this .zip has more than {2 * MOST_FILES} files")
    if sum(one.file_size for one in members) > LARGEST_UNPACKED:
        raise ValueError(f"what is in this .zip is larger than {LARGEST_UNPACKED:,} bytes")


def _root(members: list[zipfile.ZipInfo]) -> str:
    """The folder in which the one ``meeting.yaml`` stands."""
    found = [one.filename for one in members if PurePosixPath(one.filename).name == "meeting.yaml"]
    if len(found) != 1 or "/" not in found[0]:
        raise ValueError("a .zip of one template has one folder with a meeting.yaml in it")
    return found[0].removesuffix("meeting.yaml")


def _texts(contents: dict[str, bytes]) -> dict[str, str]:
    files = {}
    for name, data in contents.items():
        if is_text_name(name):
            try:
                files[name] = data.decode("utf-8-sig").replace("\r\n", "\n")
            except UnicodeDecodeError as error:
                raise ValueError(f"{name} is not UTF-8: save it so") from error
    return files


def _pictures(contents: dict[str, bytes]) -> list[Picture]:
    found = []
    for name, data in contents.items():
        if name.startswith("pictures/"):
            try:
                found.append(checked_picture(name.removeprefix("pictures/"), data))
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from error
    return found
