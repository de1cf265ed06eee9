"""A kit is one meeting for one deal: filled, what is missing first, the persona's stories first."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import pytest

from plugin.library.kit import Kit, Why, compose
from plugin.library.meeting import MeetingTemplate
from plugin.library.templates import load_folder


@pytest.fixture
def template(folder: Path) -> MeetingTemplate:
    return load_folder(folder).meetings["site_visit"]


def kit_of(
    template: MeetingTemplate,
    language: str = "en",
    persona_type: str | None = None,
    missing_evidence: Collection[str] = ("objections_voiced", "decider_brought"),
    open_questions: Collection[int] = (9,),
    values: Mapping[str, str] | None = None,
) -> Kit:
    return compose(template, language, persona_type, missing_evidence, open_questions, values or {})


def order(kit: Kit) -> list[tuple[str, str]]:
    return [(question.id, question.why.value) for question in kit.questions]


def test_with_everything_missing_the_conversation_keeps_its_order(template: MeetingTemplate) -> None:
    assert order(kit_of(template)) == [
        ("like_here", "open_question"),
        ("unlike_here", "missing_evidence"),
        ("ask_them", "missing_evidence"),
        ("hardest", "open_question"),
        ("worth", "open_question"),
        ("who_is_missing", "missing_evidence"),
        ("tell_home", "open_question"),
        ("reassure", "open_question"),
    ]


def test_questions_that_feed_what_is_missing_come_first_and_answered_ones_last(template: MeetingTemplate) -> None:
    kit = kit_of(template, missing_evidence=["decider_brought"], open_questions=[])

    assert order(kit)[0] == ("who_is_missing", "missing_evidence")
    assert {why for _, why in order(kit)[1:]} == {"answered"}


def test_a_question_for_another_persona_stands_behind_those_for_this_one(template: MeetingTemplate) -> None:
    asked = order(kit_of(template, persona_type="user", missing_evidence=["decider_brought"]))

    assert asked[-3:] == [("worth", "other_persona"), ("unlike_here", "answered"), ("ask_them", "answered")]
    assert ("hardest", "open_question") in asked[:-3]


def test_an_answered_question_carries_the_answer(template: MeetingTemplate) -> None:
    kit = kit_of(template, open_questions=[], values={"answer_9": " The move, over a weekend. "})

    answers = {question.id: question.answer for question in kit.questions}
    assert answers["like_here"] == "The move, over a weekend."
    assert answers["unlike_here"] == ""


@pytest.mark.parametrize(
    ("persona_type", "stories"),
    [
        ("decider", [("the_wrong_day", Why.FOR_PERSONA), ("came_twice", Why.OTHER_PERSONA)]),
        ("user", [("came_twice", Why.FOR_PERSONA), ("the_wrong_day", Why.OTHER_PERSONA)]),
        (None, [("came_twice", Why.FOR_PERSONA), ("the_wrong_day", Why.FOR_PERSONA)]),
    ],
)
def test_stories_for_the_persona_come_first(
    persona_type: str | None, stories: list[tuple[str, Why]], template: MeetingTemplate
) -> None:
    kit = kit_of(template, persona_type=persona_type)

    assert [(story.key, story.why) for story in kit.stories] == stories


def test_slides_are_html_with_their_notes_apart(template: MeetingTemplate) -> None:
    slide = kit_of(template, values={"company": "Acme"}).slides[0]

    assert slide.title == "Why we are here"
    assert slide.html == ("<p>To see it at work, and to find what would <strong>not</strong> work at Acme.</p>\n")
    assert slide.notes_html == "<p>Say it on the car park, before the first handshake.</p>\n"


def test_what_a_buyer_said_is_shown_and_never_run(template: MeetingTemplate) -> None:
    said = "<script>alert(1)</script> {{company}} *no*"
    kit = kit_of(template, values={"answer_9": said, "company": "Acme"})

    assert kit.slides[2].html == (
        "<blockquote>\n<p>&lt;script&gt;alert(1)&lt;/script&gt; {{company}} *no*</p>\n</blockquote>\n"
    )
    assert kit.prepare[2] == f"Read again what held them back: {said}."


def test_a_kit_in_french_is_french_down_to_what_is_not_known(template: MeetingTemplate) -> None:
    kit = kit_of(template, language="fr")

    assert kit.title == "Visite de site"
    assert kit.goal.startswith("Que votre entreprise voie")
    assert "(pas encore entendu : ce qui vous retient)" in kit.slides[2].html.replace("&nbsp;", " ")


def test_a_kit_says_which_template_it_came_from(template: MeetingTemplate) -> None:
    kit = kit_of(template)

    assert (kit.key, kit.stage, kit.minutes, kit.version) == ("site_visit", "select", 90, template.version)
    assert kit.objections == template.en.objections
    assert kit.next_meeting == template.en.next_meeting
