"""A meeting template that does not lie in a folder: its texts and pictures by name, checked by the same reader."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from plugin.library.faults import Fault, Refused
from plugin.library.meeting import LANGUAGES, MeetingTemplate
from plugin.library.templates import check_folder, load_folder

MOST_FILES = 60


def read_bundle(
    key: str,
    files: Mapping[str, str],
    pictures: Mapping[str, bytes],
    beside: Sequence[Path] = (),
    journeys: Mapping[str, str] | None = None,
) -> MeetingTemplate:
    """Read a template from its files. Raises Refused with all faults; they name files as the bundle does.

    ``beside`` are the company's own files that it may name: ``personas.yaml``, and journeys. ``journeys`` are the texts
    of others, by key; None: it was checked once, and may name a stage that there is no longer.
    """
    with TemporaryDirectory(prefix="parcours-") as place:
        root = Path(place)
        (root / "journeys").mkdir()
        for file in beside:
            shutil.copy(file, root / ("" if file.name == "personas.yaml" else "journeys") / file.name)
        for name, text in (journeys or {}).items():
            (root / "journeys" / f"{name}.yaml").write_text(text, encoding="utf-8", newline="\n")
        place_of_files = root / "meetings" / key
        write_bundle(place_of_files, files, pictures)
        faults = [
            fault
            for fault in check_folder(root, references=journeys is not None)
            if Path(fault.file).is_relative_to(place_of_files)
        ]
        if faults:
            raise Refused(_named_as_in_the_bundle(fault, place_of_files) for fault in faults)
        return load_folder(root).meetings[key]


def write_bundle(folder: Path, files: Mapping[str, str], pictures: Mapping[str, bytes]) -> None:
    """Write a template as a folder. Raises Refused where a name is none of a template's files."""
    if faults := [Fault(name, 1, 1, NO_PLACE) for name in files if not is_text_name(name)]:
        raise Refused(faults)
    folder.mkdir(parents=True)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    if pictures:
        (folder / "pictures").mkdir()
    for name, data in pictures.items():
        (folder / "pictures" / PurePosixPath(name).name).write_bytes(data)


NO_PLACE = "a template has no such file: use meeting.yaml, script.yaml and presentation.md, and stories/<key>.md"


def is_text_name(name: str) -> bool:
    """Whether a meeting template may have a text of this name: nothing above its folder, nothing that we don't read."""
    match name.split("/"):
        case ["meeting.yaml"]:
            return True
        case [language, "script.yaml" | "presentation.md"]:
            return language in LANGUAGES
        case [language, "stories", story]:
            return language in LANGUAGES and story.endswith(".md") and story.isascii() and story.isprintable()
    return False


def _named_as_in_the_bundle(fault: Fault, folder: Path) -> Fault:
    return Fault(Path(fault.file).relative_to(folder).as_posix(), fault.line, fault.column, fault.message)
