"""Actions are ranked by distance, then leak, then certainty: one order, whatever order they come in."""

from __future__ import annotations

from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from plugin.domain.action_rank import Candidate, Leak, ranked, weight

LEAKS = st.builds(
    Leak,
    stage=st.sampled_from(["problem", "search", "select", "buy"]),
    distance=st.integers(0, 3),
    entered=st.integers(0, 3),
    leaked=st.integers(0, 3),
    lost=st.integers(0, 3),
    went_back=st.integers(0, 3),
    points=st.one_of(st.none(), st.sampled_from([0.0, 0.05, 0.2])),
)
TURNS = st.tuples(st.integers(0, 2), st.integers(0, 2))
CANDIDATES = st.lists(st.tuples(LEAKS, TURNS), max_size=12).map(
    lambda found: [Candidate(number, leak, turn) for number, (leak, turn) in enumerate(found)]
)


def leak(distance: int = 1, leaked: int = 10, points: float | None = 0.1, entered: int = 100) -> Leak:
    return Leak("select", distance, entered, leaked, leaked, 0, points)


def order(**candidates: Leak) -> list[str]:
    return [one.name for one in ranked(Candidate(name, found) for name, found in candidates.items())]


def test_what_is_near_to_the_purchase_comes_before_a_larger_leak() -> None:
    assert order(far=leak(distance=3, leaked=900), near=leak(distance=0, leaked=1)) == ["near", "far"]


def test_at_equal_distance_the_larger_leak_comes_first() -> None:
    assert order(sure=leak(leaked=10, points=0.01), large=leak(leaked=11, points=0.4)) == ["large", "sure"]


def test_at_equal_leaks_the_surer_one_comes_first() -> None:
    assert order(none=leak(points=None), wide=leak(points=0.2), sure=leak(points=0.1)) == ["sure", "wide", "none"]
    assert order(few=leak(entered=50), many=leak(entered=60)) == ["many", "few"]


def test_actions_of_one_stage_keep_their_turn() -> None:
    same = leak()
    found = ranked([Candidate("idea", same, (2, 0)), Candidate("late", same, (0, 9)), Candidate("soon", same, (0, 1))])
    assert [one.name for one in found] == ["soon", "late", "idea"]


@given(CANDIDATES, st.integers())
def test_the_order_is_total_and_does_not_depend_on_where_one_began(candidates: list[Candidate[int]], seed: int) -> None:
    mixed = list(candidates)
    Random(seed).shuffle(mixed)
    keys = [(*weight(one.leak), one.turn) for one in ranked(candidates)]
    assert keys == [(*weight(one.leak), one.turn) for one in ranked(mixed)]
    assert sorted(one.name for one in ranked(mixed)) == list(range(len(candidates)))


@given(CANDIDATES)
def test_equals_keep_the_order_in_which_they_came(candidates: list[Candidate[int]]) -> None:
    found = ranked(candidates)
    assert ranked(found) == found
    for one, other in pairwise(found):
        if (weight(one.leak), one.turn) == (weight(other.leak), other.turn):
            assert one.name < other.name


@given(CANDIDATES)
def test_nobody_stands_before_one_that_outweighs_them(candidates: list[Candidate[int]]) -> None:
    """By the definition, pair by pair, without the key that sorts."""
    for one, other in pairwise(ranked(candidates)):
        mine, theirs = one.leak, other.leak
        assert mine.distance <= theirs.distance
        if mine.distance == theirs.distance:
            assert mine.leaked >= theirs.leaked
            if mine.leaked == theirs.leaked and theirs.points is not None:
                assert mine.points is not None
                assert mine.points <= theirs.points
