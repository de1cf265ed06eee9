"""Shares, ways back and moments of truth: nothing is told of fewer than ten, no change is called out of noise."""

from __future__ import annotations

from collections import Counter

import pytest

from plugin.domain.estimators import wilson_interval
from plugin.domain.finding import Change
from plugin.domain.going_back import most_returned, way_back
from plugin.domain.meeting import Effect
from plugin.domain.moments import Moments, moment_shares, summed
from plugin.domain.share import Share, change, share


def test_nine_are_not_enough_and_ten_are() -> None:
    assert share(4, 9) == Share(4, 9)
    ten = share(4, 10)
    assert (ten.estimate, (ten.low, ten.high)) == (0.4, wilson_interval(4, 10))
    assert share(0, 0) == Share(0, 0)


@pytest.mark.parametrize(
    ("now", "before", "found"),
    [
        ((90, 100), (50, 100), Change.UP),
        ((50, 100), (90, 100), Change.DOWN),
        ((55, 100), (50, 100), Change.UNCLEAR),
        ((9, 9), (0, 100), None),
        ((100, 100), (0, 9), None),
    ],
)
def test_a_change_is_one_where_the_intervals_lie_apart(
    now: tuple[int, int], before: tuple[int, int], found: Change | None
) -> None:
    assert change(share(*now), share(*before)) is found


def test_a_way_back_counts_moves_deals_and_the_days_until_the_first_time() -> None:
    way = way_back("select", "search", 14, Counter({3: 4, 8: 2, 20: 5}), 40)
    assert (way.moves, way.deals, way.share.part, way.share.whole) == (14, 11, 11, 40)
    assert way.median_days == 8
    assert way_back("select", "search", 9, Counter({3: 9}), 40).median_days is None


def test_the_stage_that_stands_out_is_sure_only_where_chance_can_not_have_done_it() -> None:
    low, high, near = share(5, 200), share(80, 200), share(70, 200)
    found = most_returned([("a", low), ("b", high)])
    assert found is not None
    assert (found.stage, found.sure) == ("b", True)
    doubtful = most_returned([("a", near), ("b", high)])
    assert doubtful is not None
    assert (doubtful.stage, doubtful.sure) == ("b", False)
    alone = most_returned([("b", high), ("c", share(1, 3))])
    assert alone is not None
    assert not alone.sure
    assert most_returned([("a", share(0, 50)), ("b", share(3, 4))]) is None


def test_moments_are_shares_of_the_meetings_that_say_what_they_did() -> None:
    some = Moments()
    some.add("strengthened", "keen", 15)
    some.add("weakened", None, 4)
    some.add("broke", "worried", 1)
    some.add(None, "neutral", 9)
    found = moment_shares(some)
    assert found.meetings == 20
    assert {effect: one.part for effect, one in found.effects.items()} == {
        Effect.STRENGTHENED: 15,
        Effect.WEAKENED: 4,
        Effect.BROKE: 1,
    }
    assert found.feelings == {"keen": 15, "worried": 1, "neutral": 9}
    assert (found.before, found.change) == (None, None)


def test_a_change_of_moments_is_that_of_the_share_that_strengthened() -> None:
    good, bad = Moments(Counter(strengthened=90, broke=10)), Moments(Counter(strengthened=30, weakened=70))
    assert moment_shares(good, bad).change is Change.UP
    assert moment_shares(bad, good).change is Change.DOWN
    assert moment_shares(good, Moments()).change is None
    assert summed([good, bad]).effects == Counter(strengthened=120, broke=10, weakened=70)
