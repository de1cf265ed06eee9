"""A kit is one meeting for one deal: filled, what is missing first, the persona's stories first."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from plugin.domain.canvas import AnswerStatus
from plugin.library.kit import Kit, KnownAnswer, Part, Why, compose, included, left_out
from plugin.library.meeting import MeetingTemplate
from plugin.library.templates import Library, load_folder


@pytest.fixture
def template(folder: Path) -> MeetingTemplate:
    return load_folder(folder).meetings["site_visit"]


def kit_of(
    template: MeetingTemplate,
    language: str = "en",
    persona_type: str | None = None,
    missing_evidence: Collection[str] = ("objections_voiced", "decider_brought"),
    answers: Mapping[int, KnownAnswer] | None = None,
    values: Mapping[str, str] | None = None,
    by_hand: Mapping[str, bool] | None = None,
) -> Kit:
    return compose(template, language, persona_type, missing_evidence, answers or {}, values or {}, by_hand or {})


def said(text: str, status: AnswerStatus = AnswerStatus.HEARD) -> KnownAnswer:
    return KnownAnswer(text, "Karen", datetime(2026, 3, 2, 9, tzinfo=UTC), status)


def items(parts: Collection[Part]) -> list[str]:
    return [part.item for part in parts]


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
    kit = kit_of(template, missing_evidence=["decider_brought"], answers={9: said("The move.")})

    assert order(kit)[0] == ("who_is_missing", "missing_evidence")
    assert {why for _, why in order(kit)[1:]} == {"answered"}


def test_a_question_for_another_persona_stands_behind_those_for_this_one(template: MeetingTemplate) -> None:
    asked = order(kit_of(template, persona_type="user", missing_evidence=["decider_brought"]))

    assert asked[-3:] == [("worth", "other_persona"), ("unlike_here", "answered"), ("ask_them", "answered")]
    assert ("hardest", "open_question") in asked[:-3]


def test_what_is_answered_is_not_asked_again_and_carries_the_words_with_who_and_when(template: MeetingTemplate) -> None:
    answer = said("The move, over a weekend.")
    kit = kit_of(template, answers={9: answer})

    answered = {question.id: question.answer for question in left_out(kit.questions)}
    assert answered == dict.fromkeys(("like_here", "hardest", "worth", "tell_home", "reassure"), answer)
    assert [question.answer for question in included(kit.questions)] == [None, None, None]


def test_what_the_buyer_took_back_is_asked_again(template: MeetingTemplate) -> None:
    kit = kit_of(template, answers={9: said("Not that any more.", AnswerStatus.CONTRADICTED)})

    assert ("like_here", "contradicted") in order(kit)
    assert left_out(kit.questions) == ()


def test_a_slide_for_somebody_else_or_of_what_is_settled_is_left_out_and_says_why(library: Library) -> None:
    proof = library.meetings["proof"]
    open_still = kit_of(proof, persona_type="user", missing_evidence=["objections_voiced"])
    settled = kit_of(proof, persona_type="decider", missing_evidence=[], answers={8: said("Price 60, peace 40.")})

    assert [slide.why for slide in open_still.slides] == [
        Why.STAGE,
        Why.STAGE,
        Why.STAGE,
        Why.FOR_PERSONA,
        Why.STAGE,
        Why.MISSING_EVIDENCE,
        Why.STAGE,
    ]
    assert [(slide.item, slide.why) for slide in left_out(settled.slides)] == [
        ("slide:4", Why.OTHER_PERSONA),
        ("slide:6", Why.ANSWERED),
    ]
    assert settled.slides[1].why is Why.THEIR_WORDS


def test_what_a_person_chose_holds_against_our_choice(template: MeetingTemplate) -> None:
    by_hand = {"slide:1": False, "story:came_twice": True, "question:worth": True, "question:reassure": True}
    kit = kit_of(template, persona_type="user", by_hand=by_hand)

    assert items(included(kit.slides)) == ["slide:2", "slide:3", "slide:4"]
    assert [(slide.item, slide.by_hand) for slide in left_out(kit.slides)] == [("slide:1", True)]
    chosen = {question.item for question in kit.questions if question.by_hand}
    assert chosen == {"question:worth"}, "a choice that is ours as well is none by hand"


def test_one_story_is_told_and_the_others_can_take_its_place(library: Library) -> None:
    for meeting in library.meetings.values():
        kit = kit_of(meeting, persona_type="decider")
        assert [story.why for story in included(kit.stories)] == [Why.FOR_PERSONA]
        assert {story.why for story in left_out(kit.stories)} <= {Why.OTHER_PERSONA, Why.ANOTHER_STORY}


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
    text = "<script>alert(1)</script> {{company}} *no*"
    kit = kit_of(template, answers={9: said(text)}, values={"company": "Acme"})

    assert kit.slides[2].html == (
        "<blockquote>\n<p>&lt;script&gt;alert(1)&lt;/script&gt; {{company}} *no*</p>\n</blockquote>\n"
    )
    assert kit.prepare[2] == f"Read again what held them back: {text}."


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
