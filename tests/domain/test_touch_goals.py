"""Touches that are a passage: only ever forward, and only where nobody knew better."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.domain.moves import LOST, StageMove
from plugin.domain.touch_goals import Goal, GoalTouch, MatchedBy, passages_by_touch
from plugin.domain.visits import in_order, replay
from tests.histories import JOURNEY, KEYS, START, histories


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def told(*moves: tuple[int, str]) -> list[StageMove]:
    return [StageMove(str(number), day(at), to) for number, (at, to) in enumerate(moves)]


def letter(at: int, stage: str = "search", key: str = "letter") -> GoalTouch:
    return GoalTouch(day(at), key, stage, "newsletter")


@pytest.mark.parametrize(
    ("moves", "taken"),
    [
        ([(1, "problem")], [5]),
        ([(1, "problem"), (9, "select")], [5]),
        ([(1, "problem"), (9, "search")], [5]),
        ([(1, "problem"), (9, LOST)], [5]),
        ([], []),
        ([(7, "problem")], []),
        ([(1, "search")], []),
        ([(1, "select")], []),
        ([(1, LOST)], []),
        ([(1, "use")], []),
        ([(1, "problem"), (9, "problem")], []),
    ],
    ids=[
        "stands before",
        "goes further later",
        "the CRM says the same later",
        "is lost later",
        "in no stage",
        "comes into the journey later",
        "stands there already",
        "is further on",
        "is lost",
        "in the other loop",
        "the CRM says later that it stands before",
    ],
)
def test_a_touch_is_a_passage_where_the_deal_stands_before_the_goal(
    moves: list[tuple[int, str]], taken: list[int]
) -> None:
    found = passages_by_touch(told(*moves), [letter(5)], JOURNEY)

    assert [touch.at for touch in found] == [day(number) for number in taken]


def test_of_several_touches_into_a_stage_the_first_is_the_passage() -> None:
    found = passages_by_touch(told((1, "problem")), [letter(6, key="b"), letter(5, key="a")], JOURNEY)

    assert [touch.key for touch in found] == ["a"]


def test_a_deal_that_went_back_may_pass_by_a_touch_again() -> None:
    moves = told((1, "problem"), (4, "select"), (6, "problem"))

    assert [touch.at for touch in passages_by_touch(moves, [letter(2), letter(8)], JOURNEY)] == [day(2), day(8)]


def test_goals_lead_on_from_each_other() -> None:
    touches = [letter(2, "search", "a"), letter(3, "select", "b"), letter(4, "search", "c")]

    assert [touch.key for touch in passages_by_touch(told((1, "problem")), touches, JOURNEY)] == ["a", "b"]


def test_a_stage_that_the_journey_does_not_have_is_no_passage() -> None:
    assert passages_by_touch(told((1, "problem")), [letter(2, "conversion")], JOURNEY) == ()


def test_words_match_without_regard_to_capitals() -> None:
    goal = Goal(1, MatchedBy.KIND, "Newsletter É", "search")

    assert goal.matches("NEWSLETTER é")
    assert not goal.matches("newsletters")
    assert not goal.matches(None)


TOUCHES = st.lists(
    st.builds(
        lambda hours, stage, key: GoalTouch(START + timedelta(hours=hours), str(key), stage, "x"),
        st.integers(0, 4_000),
        st.sampled_from(KEYS),
        st.integers(0, 10**6),
    ),
    max_size=5,
    unique_by=lambda touch: touch.key,
)


def returns(moves: list[StageMove]) -> int:
    """How often a deal is found in an earlier stage of a loop than the one it held: the oracle."""
    held, found = None, 0
    for move in in_order(moves):
        if move.to in JOURNEY:
            now = JOURNEY.stage(str(move.to))
            found += held is not None and held.loop is now.loop and now.position < held.position
            held = now
        elif move.to is not None:
            held = None
    return found


@given(histories(), TOUCHES)
def test_no_touch_ever_makes_a_deal_go_back(moves: list[StageMove], touches: list[GoalTouch]) -> None:
    made = [StageMove(f"t{touch.key}", touch.at, touch.stage) for touch in passages_by_touch(moves, touches, JOURNEY)]

    assert returns([*moves, *made]) <= returns(moves)
    assert replay([*moves, *made], JOURNEY).unmapped == replay(moves, JOURNEY).unmapped


@given(histories(), TOUCHES)
def test_the_same_facts_give_the_same_passages_in_any_order(moves: list[StageMove], touches: list[GoalTouch]) -> None:
    assert passages_by_touch(moves, touches[::-1], JOURNEY) == passages_by_touch(moves, touches, JOURNEY)
