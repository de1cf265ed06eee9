"""Properties of reading a history, held against a second reading that was written apart from the first."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.domain.moves import StageMove
from plugin.domain.visits import BURST_GAP, History, Passage, replay
from tests.domain import oracle
from tests.histories import JOURNEY, START, histories

MANY = settings(max_examples=1_500)
INSTANTS = st.integers(-86_400, 120 * 86_400).map(lambda seconds: START + timedelta(seconds=seconds))


@MANY
@given(histories())
def test_passages_agree_with_an_independent_reading_of_the_method(moves: list[StageMove]) -> None:
    assert [asdict(passage) for passage in replay(moves, JOURNEY).passages] == oracle.passages(moves, JOURNEY)


@MANY
@given(histories())
def test_returns_agree_with_an_independent_reading_of_the_method(moves: list[StageMove]) -> None:
    assert [one._asdict() for one in replay(moves, JOURNEY).returns] == oracle.returns(moves, JOURNEY)


@MANY
@given(histories(), INSTANTS)
def test_as_of_an_instant_later_moves_do_not_exist(moves: list[StageMove], as_of: datetime) -> None:
    known = [move for move in moves if move.at is None or move.at <= as_of]
    assert replay(moves, JOURNEY, as_of) == replay(known, JOURNEY)


@MANY
@given(histories(), st.randoms(use_true_random=False))
def test_facts_told_twice_and_in_any_order_that_keeps_ties_give_the_same_history(
    moves: list[StageMove], chance: Random
) -> None:
    doubled = moves + moves
    chance.shuffle(doubled)
    place = {move.key: n for n, move in enumerate(moves)}
    told = keep_ties(doubled, place)
    assert replay(told, JOURNEY) == replay(moves, JOURNEY)


def keep_ties(told: list[StageMove], place: dict[str, int]) -> list[StageMove]:
    """The same order, but moves of one instant among themselves as their source lists them."""
    for at in {move.at for move in told}:
        places = [n for n, move in enumerate(told) if move.at == at]
        ordered = sorted((told[n] for n in places), key=lambda move: place[move.key])
        for n, move in zip(places, ordered, strict=True):
            told[n] = move
    return told


@MANY
@given(histories(), INSTANTS)
def test_an_earlier_instant_is_read_by_ignoring_later_occurrences_unless_it_cuts_a_burst(
    moves: list[StageMove], as_of: datetime
) -> None:
    if cuts_a_burst(moves, as_of):
        return
    then = [blank(passage, as_of) for passage in replay(moves, JOURNEY).passages]
    known = [passage for passage in then if passage.reached_at is not None or passage.held_undated or undated(passage)]
    assert known == list(replay(moves, JOURNEY, as_of).passages)


def blank(passage: Passage, as_of: datetime) -> Passage:
    names = ["entered_at", "outcome_at", "left_at", "went_back_at", "reopened_at"]
    values = {
        name: value if value and value <= as_of else None for name, value in asdict(passage).items() if name in names
    }
    reached = passage.reached_at if passage.reached_at and passage.reached_at <= as_of else None
    left_to = passage.left_to if values["left_at"] else None
    outcome = passage.outcome if values["outcome_at"] else type(passage.outcome).OPEN
    late = passage.reached_at is not None and reached is None
    stage = passage.stage if not late else "later"
    return replace(passage, **values, reached_at=reached, outcome=outcome, left_to=left_to, stage=stage)


def undated(passage: Passage) -> bool:
    """Reached at an unknown instant, which is known of at every instant."""
    return passage.stage != "later"


def cuts_a_burst(moves: list[StageMove], as_of: datetime) -> bool:
    times = [move.at for move in moves if move.at is not None]
    return any(a <= as_of < b and b - a <= BURST_GAP for a in times for b in times)


@MANY
@given(histories())
def test_visits_follow_each_other_and_the_last_one_open_is_where_the_buyer_stands(moves: list[StageMove]) -> None:
    history: History = replay(moves, JOURNEY)
    for one, following in zip(history.visits, history.visits[1:], strict=False):
        assert one.left_to is not None
        assert one.left_at is None or following.entered_at is None or one.left_at <= following.entered_at
    open_visits = [visit for visit in history.visits if visit.left_to is None]
    standing = history.standing
    assert [visit.stage for visit in open_visits] == ([standing.stage] if standing.state == "open" else [])
