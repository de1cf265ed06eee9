"""An objective is on track or off track only where its interval says so, and off only when its time is over."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.domain.conversion import ENOUGH, Histogram
from plugin.domain.objective import Verdict, progress, proposed

DAYS = st.dictionaries(st.integers(0, 120), st.integers(1, 40), max_size=8).map(Counter)
HISTOGRAMS = st.builds(lambda advanced, lost, open_: Histogram(advanced, lost, open_), DAYS, DAYS, DAYS)


def cohort(advanced: dict[int, int], lost: dict[int, int], open_: dict[int, int]) -> Histogram:
    return Histogram(Counter(advanced), Counter(lost), Counter(open_))


def verdict(histogram: Histogram, percent: int, within: int = 30) -> Verdict:
    return progress("search", histogram, percent / 100, within).verdict


def test_an_objective_is_on_track_when_the_low_end_reaches_the_target() -> None:
    most_passed = cohort({10: 80}, {12: 20}, {})
    assert verdict(most_passed, 60) is Verdict.ON_TRACK
    assert verdict(most_passed, 80) is Verdict.TOO_EARLY
    assert verdict(most_passed, 95) is Verdict.OFF_TRACK


def test_a_share_that_can_still_grow_is_not_off_track() -> None:
    """All have been in the stage for ten days only: the other twenty may bring what is missing."""
    young = cohort({5: 10}, {}, {10: 90})
    assert verdict(young, 60) is Verdict.TOO_EARLY
    assert progress("search", young, 0.6, 30).undecided == 90
    watched = cohort({5: 10}, {}, {40: 90})
    assert verdict(watched, 60) is Verdict.OFF_TRACK


def test_what_was_reached_early_is_on_track_though_time_is_left() -> None:
    assert verdict(cohort({2: 80}, {}, {5: 20}), 60) is Verdict.ON_TRACK


def test_one_deal_that_was_watched_for_long_does_not_speak_for_the_young_ones() -> None:
    assert verdict(cohort({5: 10}, {}, {10: 89, 200: 1}), 60) is Verdict.TOO_EARLY


@pytest.mark.parametrize(("deals", "found"), [(9, Verdict.NOT_ENOUGH), (10, Verdict.OFF_TRACK)])
def test_fewer_than_ten_deals_say_nothing(deals: int, found: Verdict) -> None:
    assert verdict(cohort({5: 1}, {6: deals - 1}, {}), 90) is found


def test_nobody_and_everybody_have_no_interval_and_so_no_verdict() -> None:
    assert verdict(cohort({}, {6: 50}, {}), 60) is Verdict.TOO_EARLY
    assert verdict(cohort({6: 50}, {}, {}), 60) is Verdict.TOO_EARLY


@given(HISTOGRAMS, st.integers(1, 99), st.integers(1, 130))
def test_a_verdict_never_says_more_than_its_interval(histogram: Histogram, percent: int, within: int) -> None:
    found = progress("search", histogram, percent / 100, within)
    row, target = found.row, percent / 100
    assert (found.verdict is Verdict.NOT_ENOUGH) == (histogram.entered < ENOUGH)
    if found.verdict is Verdict.ON_TRACK:
        assert row.low is not None
        assert row.low >= target
    if found.verdict is Verdict.OFF_TRACK:
        assert row.high is not None
        assert row.high < target


@given(HISTOGRAMS, st.integers(1, 130))
def test_a_higher_target_never_looks_better(histogram: Histogram, within: int) -> None:
    order = [Verdict.ON_TRACK, Verdict.TOO_EARLY, Verdict.OFF_TRACK]
    found = [verdict(histogram, percent, within) for percent in range(1, 100)]
    if histogram.entered >= ENOUGH:
        assert found == sorted(found, key=order.index)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("60 % of the deals that enter pass it within 45 days", (60, 45)),
        ("60\u00a0% of the deals pass it within 180\u00a0days", (60, 180)),
        ("5% within 7 days", (5, 7)),
        ("Everybody is happy", None),
        ("60 % are happy", None),
        ("", None),
    ],
)
def test_what_the_journey_proposes_in_words_fills_the_form(text: str, found: tuple[int, int] | None) -> None:
    assert proposed(text) == found
