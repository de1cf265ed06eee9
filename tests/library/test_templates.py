"""A folder of meeting templates becomes a library; a company's folder stands behind ours."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from plugin.library.meeting import NextMeeting, Objection, Question, Slide
from plugin.library.templates import Library, check_folder, load_folder

MEETING = "meetings/site_visit"


def rewrite(path: Path, change: Callable[[str], str]) -> None:
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


def test_the_example_of_the_documentation_passes_the_check(folder: Path) -> None:
    assert check_folder(folder) == []
    assert list(load_folder(folder).meetings) == ["site_visit"]


def test_a_template_says_what_its_files_say(folder: Path) -> None:
    template = load_folder(folder).meetings["site_visit"]

    assert (template.key, template.stage, template.minutes) == ("site_visit", "select", 90)
    assert template.evidence == ("objections_voiced", "decider_brought")
    assert template.canvas == (9,)
    english = template.in_language("en")
    assert english.title == "Site visit"
    assert len(english.prepare) == 3
    assert english.questions[3] == Question(
        id="hardest",
        ask="Which step that you saw would be hardest for your team?",
        listen_for="A first name. Training is for people, not for teams.",
        feeds_canvas=9,
        personas=("user",),
    )
    assert english.questions[5].feeds_evidence == "decider_brought"
    assert english.objections[1] == Objection(
        "staged", "You prepared all this.", "I did. Choose any other hall, and any question."
    )
    assert english.next_meeting == NextMeeting(
        "You have seen it at work. Shall we write down on Thursday what it would take at your place?",
        "45 minutes, what it takes, who signs, and when.",
    )
    assert english.slides[2] == Slide("What to look for", "> {{answer_9}}", "Give each of them one thing to watch.")
    assert [(story.key, story.personas) for story in english.stories] == [
        ("came_twice", ("user",)),
        ("the_wrong_day", ("decider",)),
    ]
    assert english.stories[0].body_markdown.startswith("A foreman came with his director")


def test_each_language_has_its_own_words(folder: Path) -> None:
    template = load_folder(folder).meetings["site_visit"]

    assert template.in_language("fr").title == "Visite de site"
    assert template.in_language("fr").stories[0].title == "Le chef d'atelier venu deux fois"
    assert template.in_language("de") == template.en


@pytest.fixture
def theirs(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company's folder: one meeting of the same key with another title, and one of its own."""
    theirs = tmp_path_factory.mktemp("theirs")
    shutil.copy(folder / "personas.yaml", theirs)
    for key in ("site_visit", "lunch"):
        shutil.copytree(folder / MEETING, theirs / "meetings" / key)
        rewrite(theirs / "meetings" / key / "meeting.yaml", lambda text, key=key: text.replace("site_visit", key))
        rewrite(
            theirs / "meetings" / key / "en/script.yaml",
            lambda text, key=key: text.replace("title: Site visit", f"title: Their {key}"),
        )
    return theirs


def test_a_companys_folder_replaces_meetings_by_key_and_adds_its_own(folder: Path, theirs: Path) -> None:
    library = Library.of([folder, theirs])

    assert {key: template.en.title for key, template in library.meetings.items()} == {
        "site_visit": "Their site_visit",
        "lunch": "Their lunch",
    }


def test_a_folder_without_personas_uses_ours(folder: Path) -> None:
    (folder / "personas.yaml").unlink()

    assert check_folder(folder) == []


def test_hidden_folders_are_no_meetings(folder: Path) -> None:
    (folder / "meetings/.git").mkdir()
    (folder / "meetings/__pycache__").mkdir()

    assert check_folder(folder) == []


def version(folder: Path) -> str:
    return load_folder(folder).meetings["site_visit"].version


def test_a_version_is_twelve_hexadecimal_digits(folder: Path) -> None:
    assert len(version(folder)) == 12
    assert int(version(folder), 16)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("meeting.yaml", "minutes: 90", "minutes: 91"),
        ("en/script.yaml", "Site visit", "Site visits"),
        ("fr/presentation.md", "Vous êtes invité.", "Vous êtes l'invité."),
        ("fr/stories/came_twice.md", "un carton", "une caisse"),
    ],
)
def test_a_version_changes_with_any_word(file: str, old: str, new: str, folder: Path) -> None:
    before = version(folder)

    rewrite(folder / MEETING / file, lambda text: text.replace(old, new))

    assert version(folder) != before


def test_a_version_does_not_change_with_place_line_ends_byte_order_mark_or_other_files(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "copy"
    shutil.copytree(folder, elsewhere)
    for path in (elsewhere / MEETING).rglob("*.*"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    (elsewhere / MEETING / "notes.txt").write_text("my own", encoding="utf-8")

    assert version(elsewhere) == version(folder)


def test_a_version_changes_with_the_name_of_a_story(folder: Path) -> None:
    before = version(folder)

    for language in ("en", "fr"):
        stories = folder / MEETING / language / "stories"
        (stories / "came_twice.md").rename(stories / "came_back.md")

    assert version(folder) != before
