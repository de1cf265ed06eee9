"""Which meeting comes next, and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from plugin.domain.canvas import AnswerStatus
from plugin.domain.journey import Journey
from plugin.domain.next_meeting import MeetingChoice, Reason, TemplateFacts, Why, next_meeting
from plugin.domain.visits import Standing
from tests.histories import JOURNEY, START

HERE = Standing("search", "open", START, False, 1, 1, START)
TEMPLATES = {stage.meetings[0]: TemplateFacts((f"{stage.key}_said",), ()) for stage in JOURNEY.stages}
ALL = frozenset({"search_said", "search_shown"})


def choose(
    standing: Standing = HERE,
    given: Collection[str] = (),
    answers: Mapping[int, AnswerStatus] | None = None,
    held: Sequence[str] = (),
    journey: Journey = JOURNEY,
    templates: Mapping[str, TemplateFacts] = TEMPLATES,
    persona: str | None = None,
) -> MeetingChoice | None:
    return next_meeting(journey, standing, persona, given, answers or {}, held, templates)


def why(choice: MeetingChoice | None) -> list[Why]:
    return [reason.why for reason in choice.reasons] if choice else []


def test_the_stage_that_the_buyer_holds_has_its_meeting() -> None:
    choice = choose(given=["search_said"])
    assert choice is not None
    assert (choice.template, choice.stage, choice.missing_evidence) == ("search_meeting", "search", ("search_shown",))
    assert choice.reasons[0] == Reason(Why.STAGE, ("search",))


def test_questions_without_an_answer_that_stands_are_open() -> None:
    choice = choose(answers={5: AnswerStatus.HEARD, 6: AnswerStatus.CONTRADICTED})
    assert choice is not None
    assert choice.open_questions == (6, 7)
    assert Reason(Why.QUESTIONS_OPEN, ("6", "7")) in choice.reasons


def test_a_buyer_who_went_back_gets_the_meeting_of_the_stage_they_went_back_to() -> None:
    choice = choose(HERE._replace(came_back=True), given=ALL)
    assert choice is not None
    assert choice.template == "search_meeting"
    assert why(choice)[0] is Why.WENT_BACK


def test_with_all_evidence_given_the_next_stages_meeting_is_due() -> None:
    choice = choose(given=ALL)
    assert choice is not None
    assert (choice.template, why(choice)[0]) == ("select_meeting", Why.EVIDENCE_COMPLETE)


def test_a_deal_that_was_won_goes_on_to_its_first_use() -> None:
    choice = choose(HERE._replace(state="won"))
    assert choice is not None
    assert (choice.template, why(choice)[0]) == ("onboard_meeting", Why.WON)
    assert choose(HERE._replace(stage="use", state="won")) is None


def test_a_lost_deal_has_no_next_meeting() -> None:
    assert choose(HERE._replace(state="lost")) is None


def test_a_deal_without_a_stage_begins_with_the_first_meeting() -> None:
    choice = choose(HERE._replace(stage=None, state="none"))
    assert choice is not None
    assert (choice.template, why(choice)[0]) == ("problem_meeting", Why.NO_STAGE_YET)


def test_a_meeting_that_was_held_and_brought_too_little_is_named_as_such() -> None:
    assert Why.HELD_ALREADY in why(choose(held=["search_meeting"]))


def test_of_two_meetings_for_a_stage_the_one_that_works_on_what_is_missing_is_played() -> None:
    stages = tuple(replace(one, meetings=("first", "second")) for one in JOURNEY.stages)
    journey = Journey("two", JOURNEY.name, stages)
    templates = {"first": TemplateFacts(("search_said",), ()), "second": TemplateFacts(("search_shown",), ())}
    two = choose(given=["search_said"], journey=journey, templates=templates)
    assert two is not None
    assert two.template == "second"
    again = choose(given=["search_said"], held=["second"], journey=journey, templates=templates)
    assert again is not None
    assert again.template == "first"


def test_the_persona_decides_between_equals_and_is_named() -> None:
    stages = tuple(replace(one, meetings=("first", "second")) for one in JOURNEY.stages)
    templates = {"first": TemplateFacts((), ()), "second": TemplateFacts((), (), ("user",))}
    choice = choose(journey=Journey("two", JOURNEY.name, stages), templates=templates, persona="user")
    assert choice is not None
    assert choice.template == "second"
    assert Reason(Why.PERSONA, ("user",)) in choice.reasons


def test_a_meeting_that_the_library_lacks_is_not_proposed() -> None:
    assert choose(templates={}) is None
