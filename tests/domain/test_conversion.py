"""The figures of a stage, worked by hand."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from plugin.domain.conversion import Histogram, Period, measure, tally, whole_days
from plugin.domain.visits import Outcome, Passage
from tests.histories import START

EMPTY = Passage("search", 1, None)
AS_OF = START + timedelta(days=100)


def at(days: float) -> datetime:
    return START + timedelta(days=days)


def entered(days: float) -> Passage:
    return replace(EMPTY, reached_at=at(days), entered_at=at(days))


def count(*passages: Passage, period: Period | None = None, as_of: datetime = AS_OF) -> Histogram:
    return tally(Histogram(), [(one, None) for one in passages], period or Period(), as_of)


@pytest.mark.parametrize(("hours", "days"), [(0, 0), (23.999, 0), (24, 1), (47.999, 1), (-1, -1)])
def test_durations_are_whole_elapsed_days_rounded_down(hours: float, days: int) -> None:
    assert whole_days(START, START + timedelta(hours=hours)) == days


def test_a_period_holds_both_of_its_days_in_utc() -> None:
    period = Period(date(2026, 1, 2), date(2026, 1, 3))
    inside = [at(1), at(2.9999)]
    assert [period.contains(instant) for instant in [at(0.9999), *inside, at(3)]] == [False, True, True, False]


def test_the_cohort_is_of_those_whose_first_entry_lies_in_the_period() -> None:
    histogram = count(entered(1), entered(5), EMPTY, period=Period(date(2026, 1, 6), None))
    assert histogram.entered == 1


def test_later_facts_do_not_exist() -> None:
    passage = replace(entered(1), outcome=Outcome.ADVANCED, outcome_at=at(9), left_at=at(9), went_back_at=at(11))
    then = count(passage, as_of=at(8))
    assert (then.open, then.staying, then.went_back) == (Counter({7: 1}), Counter({7: 1}), 0)
    assert count(passage, as_of=at(0.5)).entered == 0
    assert count(passage, as_of=at(10)).advanced == Counter({8: 1})


def test_a_deal_that_is_gone_was_watched_until_it_was_found_gone() -> None:
    histogram = tally(Histogram(), [(entered(1), at(11))], Period(), AS_OF)
    assert histogram.open == Counter({10: 1})


def test_reached_without_a_date_counts_only_where_no_period_is_asked_for() -> None:
    undated = replace(EMPTY, held_undated=True)
    assert (count(undated).reached, count(undated).skipped) == (1, 0)
    assert count(undated, period=Period(date(2025, 1, 1), None)).reached == 0


def test_skipped_is_reached_without_an_entry_so_far() -> None:
    passage = replace(entered(9), reached_at=at(4))
    assert count(passage, as_of=at(5)).skipped == 1
    assert count(passage, as_of=at(9)).skipped == 0


def test_within_a_horizon_means_below_that_many_days() -> None:
    histogram = Histogram(advanced=Counter({29: 1, 30: 1}), open=Counter({99: 8}))
    assert measure("search", histogram, 30).estimate == pytest.approx(0.1)
    assert measure("search", histogram, 31).estimate == pytest.approx(0.2)


def test_below_ten_deals_only_counts_and_the_naive_figure_are_given() -> None:
    row = measure("search", Histogram(advanced=Counter({1: 5}), left=Counter({1: 5}), open=Counter({9: 4})), 90)
    assert (row.entered, row.advanced, row.open, row.naive) == (9, 5, 4, 5 / 9)
    assert (row.estimate, row.low, row.high, row.eventual, row.median_days) == (None, None, None, None, None)


def test_nothing_entered_has_no_naive_figure() -> None:
    assert measure("search", Histogram(), 90).naive is None


def test_open_deals_are_not_failures() -> None:
    """Ten advanced on day 5; ten others entered yesterday. The naive figure halves what is known."""
    row = measure("search", Histogram(advanced=Counter({5: 10}), open=Counter({1: 10})), 90)
    assert (row.naive, row.estimate) == (0.5, 1.0)


def test_eventual_is_the_curve_at_the_longest_duration_with_ten_still_at_risk() -> None:
    histogram = Histogram(advanced=Counter({10: 5, 40: 5}), open=Counter({20: 1, 60: 9}))
    # 20 deals: 5 of 20 by day 10; at day 40, 14 are at risk and 5 advance; at day 60 nine are left.
    row = measure("search", histogram, 30)
    assert row.estimate == pytest.approx(5 / 20)
    assert row.eventual == pytest.approx(5 / 20 + 15 / 20 * 5 / 14)


def test_an_estimate_of_nothing_or_everything_has_no_interval() -> None:
    row = measure("search", Histogram(lost=Counter({3: 6}), open=Counter({9: 6})), 90)
    assert (row.estimate, row.low, row.high) == (0.0, None, None)


def test_the_median_is_of_the_first_visit_and_missing_where_half_have_not_left() -> None:
    base = Histogram(advanced=Counter({9: 10}))
    assert measure("s", replace(base, left=Counter({4: 6}), staying=Counter({9: 4})), 90).median_days == 4
    spread = measure("s", replace(base, left=Counter({2: 3, 5: 3, 8: 3}), staying=Counter({9: 1})), 90)
    assert (spread.quarter_days, spread.median_days, spread.three_quarter_days) == (2, 5, 8)
    assert measure("s", replace(base, left=Counter({4: 3}), staying=Counter({9: 7})), 90).median_days is None


def test_the_longest_that_a_deal_was_followed_is_told() -> None:
    assert measure("s", Histogram(open=Counter({3: 2, 8: 1})), 90).followed_days == 8
