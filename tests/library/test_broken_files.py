"""A broken file is refused with every fault at once: file, line, column, what is wrong and how to mend it."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import TypedDict

import pytest
import yaml

from plugin.library.faults import Fault, Refused
from plugin.library.journeys import load_journey
from plugin.library.source import LARGEST
from plugin.library.templates import Library, check_folder, load_folder


class Break(TypedDict):
    what: str
    file: str
    old: str
    new: str
    told: str


BREAKS: list[Break] = yaml.safe_load(Path(__file__).with_name("broken_files.yaml").read_text(encoding="utf-8"))
MEETING = "meetings/site_visit"


def told(folder: Path) -> list[str]:
    """The faults of a folder, with paths as seen from inside it."""
    return [str(fault).removeprefix(f"{folder}/") for fault in check_folder(folder)]


@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: broken["what"].replace(" ", "_"))
def test_a_break_is_told_with_its_place_and_its_cure(broken: Break, folder: Path) -> None:
    path = folder / broken["file"]
    text = path.read_text(encoding="utf-8")
    assert text.count(broken["old"]) == 1, "the break has to hit one place"

    path.write_text(text.replace(broken["old"], broken["new"]), encoding="utf-8")

    assert told(folder) == broken["told"].splitlines()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "1:1: this file is empty: write its content, or take ours as a model"),
        (b"# nothing yet\n\n", "1:1: this file is empty: write its content, or take ours as a model"),
        (codecs.BOM_UTF8, "1:1: this file is empty: write its content, or take ours as a model"),
        ("clé: a".encode("latin-1"), "1:3: byte 0xE9 is not UTF-8: save the file as UTF-8"),
        ("a: é\r\nb: ".encode() + b"\x92", "2:4: byte 0x92 is not UTF-8: save the file as UTF-8"),
        ("key: a".encode("utf-16"), "1:1: this file is saved as UTF-16: save it as UTF-8"),
        (b"key: a\nname: \x00", "2:7: an invisible character (U+0000) stands here: delete it"),
        (b"key: a\nname: b\x1b[31m", "2:8: an invisible character (U+001B) stands here: delete it"),
        (b"a" * (LARGEST + 1), "1:1: this file is larger than 1,000,000 bytes: shorten or split it"),
        (b"- key: a\n", "1:1: this has to be a mapping: write lines of 'key: value'"),
        (b"just words\n", "1:1: this has to be a mapping: write lines of 'key: value'"),
    ],
    ids=lambda value: repr(value[:20]) if isinstance(value, bytes) else "",
)
def test_what_is_no_yaml_text_is_told(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "journey.yaml"
    path.write_bytes(content)

    with pytest.raises(Refused) as refused:
        load_journey(path)

    assert str(refused.value) == f"{path}:{message}"


def test_a_bomb_of_aliases_does_not_go_off(tmp_path: Path) -> None:
    path = tmp_path / "journey.yaml"
    lines = ["a0: &a0 lol", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30))]
    path.write_text("\n".join(lines), encoding="utf-8")

    with pytest.raises(Refused, match=r"'\*a0' is a YAML alias: write the text out"):
        load_journey(path)


def test_a_missing_file_is_told() -> None:
    with pytest.raises(Refused, match=r"^nowhere\.yaml:1:1: this file is missing: add it$"):
        load_journey(Path("nowhere.yaml"))


def test_a_folder_in_the_place_of_a_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="a file is wanted here"):
        load_journey(tmp_path)


def test_a_name_that_no_file_can_have_is_told() -> None:
    with pytest.raises(Refused, match="can't be read"):
        load_journey(Path("a\0b"))


def test_all_faults_of_all_files_are_told_at_once(folder: Path) -> None:
    for file, old, new in [
        ("meeting.yaml", "minutes: 90", "minutes: long"),
        ("en/script.yaml", "title: Site visit", "titel: Site visit"),
        ("en/presentation.md", "# What to look for\n", ""),
        ("fr/stories/came_twice.md", "personas: [user]", "personas: []"),
    ]:
        path = folder / MEETING / file
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    with pytest.raises(Refused) as refused:
        load_folder(folder)

    assert [str(fault).removeprefix(f"{folder / MEETING}/") for fault in refused.value.faults] == [
        "en/presentation.md:23:1: this slide has no title: begin it with a line '# Title'",
        "en/script.yaml:1:1: 'titel' is not known here: correct its spelling or remove it",
        "en/script.yaml:1:1: 'title' is missing here: add it",
        "fr/stories:1:1: no story speaks to the persona type 'user': add one with it in 'personas'",
        "fr/stories/came_twice.md:3:1: 'personas' has 0 items: give at least 1",
        "meeting.yaml:3:10: a whole number is wanted here: write digits only",
    ]


@pytest.mark.parametrize(
    ("gone", "message"),
    [
        ("meeting.yaml", "meeting.yaml:1:1: this file is missing: add it"),
        ("en/script.yaml", "en/script.yaml:1:1: this file is missing: add it"),
        ("fr/presentation.md", "fr/presentation.md:1:1: this file is missing: add it"),
    ],
)
def test_a_file_that_is_not_there_is_told(gone: str, message: str, folder: Path) -> None:
    (folder / MEETING / gone).unlink()

    assert told(folder) == [f"{MEETING}/{message}"]


def test_a_missing_language_is_told_once(folder: Path) -> None:
    (folder / MEETING / "fr").rename(folder / "elsewhere")

    assert (
        f"{MEETING}/fr:1:1: the language 'fr' is missing: add the folder with script, presentation and stories"
        in told(folder)
    )


def test_a_story_in_one_language_only_is_told_where_it_is_missing(folder: Path) -> None:
    (folder / MEETING / "fr/stories/came_twice.md").unlink()

    assert told(folder) == [
        f"{MEETING}/fr/stories:1:1: 2 stories at least are wanted here, not 1: add files *.md",
        f"{MEETING}/fr/stories:1:1: no story speaks to the persona type 'user': add one with it in 'personas'",
        f"{MEETING}/fr/stories/came_twice.md:1:1: this story is there in the other language only: add it",
    ]


def test_a_story_whose_file_name_is_no_key_is_told(folder: Path) -> None:
    for language in ("en", "fr"):
        stories = folder / MEETING / language / "stories"
        (stories / "came_twice.md").rename(stories / "Came twice.md")

    assert told(folder) == [
        f"{MEETING}/{language}/stories/Came twice.md:1:1: 'Came twice' can't be a story's key: "
        "name the file with a-z, 0-9 and _ only"
        for language in ("en", "fr")
    ]


def test_a_folder_that_holds_nothing_of_ours_is_told(tmp_path: Path) -> None:
    message = "there is no folder 'meetings' here: add it, with one folder for each meeting"

    assert check_folder(tmp_path) == [Fault(str(tmp_path), 1, 1, message)]


def test_a_library_with_two_broken_folders_tells_the_faults_of_both(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        Library.of([tmp_path / "ours", tmp_path / "theirs"])

    assert [fault.file for fault in refused.value.faults] == [str(tmp_path / "ours"), str(tmp_path / "theirs")]


def test_a_fault_reads_as_editors_and_compilers_write_it() -> None:
    assert str(Fault("a.yaml", 3, 7, "this is wrong: mend it")) == "a.yaml:3:7: this is wrong: mend it"
