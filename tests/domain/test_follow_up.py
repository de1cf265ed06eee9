"""What follows from a meeting: proposed, never decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from plugin.domain.direction import Direction, Pace, Stays, read_direction
from plugin.domain.follow_up import FollowUp, FollowUpKind, Signal, WhatHappened, follow_ups
from plugin.domain.plan import days_late
from plugin.domain.visits import Standing
from tests.histories import JOURNEY, START, small_journey

HERE = Standing("buy", "open", START, False, 1, 1, START)
HELD = WhatHappened(held=True, moved=False, given=(), agreed=True)
ALL_OF_BUY = frozenset({"buy_said", "buy_shown"})


def what(happened: WhatHappened, stage: str = "buy") -> list[tuple[FollowUpKind, str | None]]:
    return [(one.kind, one.target) for one in follow_ups(JOURNEY, HERE._replace(stage=stage), happened)]


def test_complete_evidence_proposes_the_next_stage() -> None:
    complete = replace(HELD, given=ALL_OF_BUY)
    assert follow_ups(JOURNEY, HERE, complete) == (
        FollowUp(FollowUpKind.MOVE_ON, Signal.EVIDENCE_COMPLETE, "buy", "onboard"),
    )
    assert what(replace(HELD, given={"buy_said"})) == []


@pytest.mark.parametrize(
    ("questions", "target"), [([4], "problem"), ([1, 9], "problem"), ([6], "search"), ([8], "search"), ([10], "select")]
)
def test_an_answer_taken_back_leads_back_to_where_it_was_given(questions: list[int], target: str) -> None:
    assert what(replace(HELD, contradicted=questions)) == [(FollowUpKind.GO_BACK, target)]


def test_evidence_taken_back_leads_back_to_its_stage() -> None:
    assert what(replace(HELD, taken_back=["search_shown"])) == [(FollowUpKind.GO_BACK, "search")]


def test_what_is_taken_back_without_an_earlier_stage_is_to_be_asked_again() -> None:
    assert what(replace(HELD, contradicted=[4]), "problem") == [(FollowUpKind.ASK_AGAIN, None)]
    assert what(replace(HELD, taken_back=["buy_said"])) == [(FollowUpKind.ASK_AGAIN, None)]


def test_going_back_outweighs_a_gate_that_is_open() -> None:
    assert what(replace(HELD, given=ALL_OF_BUY, contradicted=[4])) == [(FollowUpKind.GO_BACK, "problem")]


def test_a_new_decider_or_a_date_put_off_twice_leads_back_to_the_choice() -> None:
    assert what(replace(HELD, new_decider=True)) == [(FollowUpKind.GO_BACK, "select")]
    assert what(replace(HELD, put_off=2)) == [(FollowUpKind.GO_BACK, "select")]
    assert what(replace(HELD, put_off=1)) == []
    assert what(replace(HELD, new_decider=True), "search") == [], "there is no choice yet to go back to"


def test_another_route_or_other_criteria_lead_back_to_the_search() -> None:
    assert what(replace(HELD, rewritten=[6])) == [(FollowUpKind.GO_BACK, "search")]
    assert what(replace(HELD, rewritten=[8]), "select") == [(FollowUpKind.GO_BACK, "search")]
    assert what(replace(HELD, rewritten=[6]), "search") == [], "who still searches may name as many as they like"
    assert what(replace(HELD, rewritten=[1, 9])) == [], "to say more of the problem is no going back"
    (one,) = follow_ups(JOURNEY, HERE, replace(HELD, rewritten=[6, 8]))
    assert one.signal is Signal.ROUTE_NAMED


def test_in_use_the_same_signals_lead_back_to_the_first_result() -> None:
    assert what(replace(HELD, new_decider=True), "use") == [(FollowUpKind.GO_BACK, "onboard")]
    (left,) = follow_ups(JOURNEY, HERE._replace(stage="use"), replace(HELD, new_decider=True))
    assert left.signal is Signal.OWNER_LEFT
    assert what(replace(HELD, relation_broke=True), "use") == [(FollowUpKind.GO_BACK, "onboard")]
    assert what(replace(HELD, contradicted=[4]), "use") == [(FollowUpKind.ASK_AGAIN, None)], "no way back out of use"


def test_a_journey_with_other_stages_goes_back_by_one() -> None:
    journey = small_journey(("aware", "weigh", "convert"), purchase=3)
    (one,) = follow_ups(journey, HERE._replace(stage="convert"), replace(HELD, contradicted=[4]))
    assert one.target == "weigh"


def test_a_meeting_from_which_nothing_came_leaves_the_deal_standing_still() -> None:
    assert what(replace(HELD, agreed=False)) == [(FollowUpKind.STANDS_STILL, None)]
    assert what(replace(HELD, held=False, agreed=False)) == [], "who did not come agreed on nothing"


def test_nothing_is_proposed_where_the_log_says_it_or_the_deal_is_over() -> None:
    everything = replace(HELD, given=ALL_OF_BUY, contradicted=[4], agreed=False)
    assert what(replace(everything, moved=True)) == []
    assert follow_ups(JOURNEY, HERE._replace(state="won"), everything) == ()
    assert follow_ups(JOURNEY, HERE._replace(stage=None), everything) == ()


def test_a_step_has_its_whole_day_and_the_oldest_one_counts() -> None:
    today = date(2026, 3, 2)
    assert days_late([], today) == 0
    assert days_late([today, today + timedelta(days=3)], today) == 0
    assert days_late([today - timedelta(days=2), today - timedelta(days=9)], today) == 9


def test_a_deal_behind_its_plan_is_slow_however_young_its_stay() -> None:
    reading = read_direction(HERE, Stays(), START + timedelta(days=1), days_late=2)
    assert (reading.pace, reading.days_late, reading.direction) == (Pace.SLOW, 2, Direction.FORWARD)
