"""Curves say what the report's figures say, day by day, and no more than the data carry."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.domain.conversion import ENOUGH, Histogram, measure
from plugin.domain.curves import at_day, curves

DAYS = st.dictionaries(st.integers(0, 120), st.integers(1, 6), max_size=12).map(Counter)
COHORTS = st.builds(Histogram, advanced=DAYS, lost=DAYS, open=DAYS)


@given(COHORTS, st.sampled_from([1, 30, 60, 90, 180]))
def test_a_curve_holds_the_reports_estimate_and_interval_at_every_horizon_it_reaches(
    cohort: Histogram, horizon: int
) -> None:
    found = curves(cohort)
    row = measure("search", cohort, horizon)
    if not found.advanced or found.last_day < horizon - 1:
        return
    step = at_day(found.advanced, horizon)
    share = step.share if step else 0.0
    assert share == pytest.approx(row.estimate or 0.0)
    if row.low is not None and row.high is not None and step:
        assert (step.low, step.high) == pytest.approx((row.low, row.high))


@given(COHORTS)
def test_both_curves_rise_stay_within_their_bands_and_leave_room_for_the_undecided(cohort: Histogram) -> None:
    found = curves(cohort)
    for steps in (found.advanced, found.lost):
        shares = [step.share for step in steps]
        assert shares == sorted(shares)
        assert [step.day for step in steps] == sorted({step.day for step in steps})
        for step in steps:
            assert step.low - 1e-9 <= step.share <= step.high + 1e-9
            assert step.at_risk >= ENOUGH
    last = [steps[-1].share for steps in (found.advanced, found.lost) if steps]
    assert sum(last) <= 1 + 1e-9


def test_fewer_than_ten_deals_draw_no_curve() -> None:
    assert curves(Histogram(advanced=Counter({3: 5}), open=Counter({9: 4}))).advanced == ()
    assert curves(Histogram(advanced=Counter({3: 5}), open=Counter({9: 5}))).advanced[0].share == 0.5


def test_a_curve_ends_where_fewer_than_ten_are_still_watched() -> None:
    found = curves(Histogram(advanced=Counter({5: 4, 50: 1}), lost=Counter({7: 1}), open=Counter({6: 1, 20: 9})))
    assert (found.last_day, [step.day for step in found.advanced]) == (20, [5, 20])
    assert at_day(found.advanced, 5) is None
    assert at_day(found.advanced, 6) is not None
