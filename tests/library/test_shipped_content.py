"""What ships with us is complete: a meeting for each stage, in both languages."""

from __future__ import annotations

import pytest

from plugin.library.folders import shipped_folder
from plugin.library.journeys import load_journey, shipped_journeys
from plugin.library.kit import compose
from plugin.library.meeting import LANGUAGES
from plugin.library.placeholders import FALLBACKS
from plugin.library.templates import Library, check_folder

MEETINGS = ["discovery", "framing", "proof", "decision", "kickoff", "value_review", "renewal", "advocate"]


def test_our_own_folder_has_no_fault() -> None:
    assert [str(fault) for fault in check_folder(shipped_folder())] == []


def test_every_stage_of_the_figure_8_has_its_meeting(library: Library) -> None:
    journey = load_journey(shipped_journeys()["figure8"])

    assert sorted(library.meetings) == sorted(MEETINGS)
    assert [library.meetings[key].stage for key in MEETINGS] == [stage.key for stage in journey.stages]


def test_a_stages_meetings_collect_all_its_evidence(library: Library) -> None:
    for stage in load_journey(shipped_journeys()["figure8"]).stages:
        collected = {key for meeting in stage.meetings for key in library.meetings[meeting].evidence}

        assert {item.key for item in stage.evidence} <= collected


def test_the_ten_canvas_questions_are_each_worked_on_in_a_meeting(library: Library) -> None:
    assert {number for template in library.meetings.values() for number in template.canvas} == set(range(1, 11))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", MEETINGS)
def test_a_kit_leaves_no_placeholder_and_no_brace(key: str, language: str, library: Library) -> None:
    values = {name: f"({name.replace('_', '-')})" for name in FALLBACKS}

    kit = compose(library.meetings[key], language, "user", (), {}, values)

    assert "{" not in repr(kit)
    assert "}" not in repr(kit)
    assert all(slide.html and slide.notes_html for slide in kit.slides)


@pytest.mark.parametrize("key", MEETINGS)
def test_french_is_no_copy_of_english(key: str, library: Library) -> None:
    template = library.meetings[key]

    english = {slide.body_markdown for slide in template.en.slides} | {
        story.body_markdown for story in template.en.stories
    }
    french = {slide.body_markdown for slide in template.fr.slides} | {
        story.body_markdown for story in template.fr.stories
    }
    assert not english & french
