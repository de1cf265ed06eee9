"""The estimates, against hand-worked figures and against libraries that were written by others."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from math import isfinite
from random import Random

import pytest
from lifelines import AalenJohansenFitter, KaplanMeierFitter
from scipy.stats import binomtest

from plugin.domain.estimators import aalen_johansen, kaplan_meier, log_log_interval, quantile, wilson_interval

ADVANCED, LOST, OPEN = 1, 2, 0


def cohorts(number: int, seed: int) -> list[list[tuple[int, int]]]:
    """Random cohorts of (days, outcome) with many ties, as whole days give."""
    chance = Random(seed)
    found = []
    for _ in range(number):
        size, longest = chance.randint(10, 60), chance.choice([3, 10, 40, 200])
        weights = [chance.random() + 0.05 for _ in range(3)]
        outcomes = chance.choices([OPEN, ADVANCED, LOST], weights, k=size)
        found.append([(chance.randint(0, longest), outcome) for outcome in outcomes])
    return found


def days(cohort: list[tuple[int, int]], outcome: int) -> Counter[int]:
    return Counter(day for day, other in cohort if other == outcome)


def curve(cohort: list[tuple[int, int]]) -> list[tuple[int, float, float]]:
    points = aalen_johansen(days(cohort, ADVANCED), days(cohort, LOST), days(cohort, OPEN))
    return [(point.day, point.incidence, point.variance) for point in points]


@pytest.mark.parametrize("seed", range(4))
def test_aalen_johansen_and_its_interval_agree_with_an_independent_library(seed: int) -> None:
    """The library knows no ties, so here every deal has a day of its own."""
    chance = Random(seed)
    compared = 0
    for _ in range(300):
        size = chance.randint(10, 40)
        times = chance.sample(range(1, 200), size)
        outcomes = chance.choices([OPEN, ADVANCED, LOST], [chance.random() + 0.05 for _ in range(3)], k=size)
        fitted = AalenJohansenFitter().fit(times, outcomes, event_of_interest=ADVANCED)
        incidence = fitted.cumulative_density_.iloc[:, 0]
        high, low = (fitted.confidence_interval_.iloc[:, column] for column in (0, 1))
        for day, ours, variance in curve(list(zip(times, outcomes, strict=True))):
            assert ours == pytest.approx(incidence[day], abs=1e-12)
            limits = log_log_interval(ours, variance)
            if limits and isfinite(low[day]):
                assert sorted(limits) == pytest.approx(sorted((low[day], high[day])), abs=1e-9)
                compared += 1
    assert compared > 1_000


@pytest.mark.parametrize("seed", range(4))
def test_with_ties_aalen_johansen_is_what_weighting_by_the_chance_of_being_watched_gives(seed: int) -> None:
    """Another formula for the same curve: each event counts for 1 / P(not censored before), from a library."""
    for cohort in cohorts(300, seed):
        # Events come before censorings of the same day, so a censoring stands half a day later.
        ends = [day + 1.5 if outcome == OPEN else day + 1.0 for day, outcome in cohort]
        watched = KaplanMeierFitter().fit(ends, [outcome == OPEN for _, outcome in cohort])
        weights = {day: float(watched.predict(day + 0.75)) for day, _ in cohort}
        for day, ours, _ in curve(cohort):
            others = sum(1 / weights[other] for other, outcome in cohort if outcome == ADVANCED and other <= day)
            assert ours == pytest.approx(others / len(cohort), abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_kaplan_meier_agrees_with_an_independent_library_and_its_median_with_exact_fractions(seed: int) -> None:
    for cohort in cohorts(300, seed):
        fitted = KaplanMeierFitter().fit([day for day, _ in cohort], [outcome != OPEN for _, outcome in cohort])
        events = days(cohort, ADVANCED) + days(cohort, LOST)
        for day, ours in kaplan_meier(events, days(cohort, OPEN)):
            assert ours == pytest.approx(fitted.survival_function_at_times(day).iloc[0], abs=1e-12)
        assert quantile(events, days(cohort, OPEN), 0.5) == median_in_fractions(cohort)


def median_in_fractions(cohort: list[tuple[int, int]]) -> int | None:
    left = Fraction(1)
    for day in sorted({day for day, _ in cohort}):
        at_risk = sum(1 for other, _ in cohort if other >= day)
        left *= 1 - Fraction(sum(1 for other, outcome in cohort if other == day and outcome != OPEN), at_risk)
        if left <= Fraction(1, 2):
            return day
    return None


def test_aalen_johansen_by_hand() -> None:
    """Ten deals: 2 advance on day 1, 1 is lost and 1 censored on day 2, 3 advance on day 5, 3 stay open to day 9."""
    points = list(aalen_johansen({1: 2, 5: 3}, {2: 1}, {2: 1, 9: 3}))
    # Day 1: 2/10. Day 2 (8 at risk): one lost, survival 0.8 * 7/8 = 0.7. Day 5 (6 at risk): + 0.7 * 3/6.
    assert [(point.day, point.at_risk) for point in points] == [(1, 10), (2, 8), (5, 6), (9, 3)]
    assert [point.incidence for point in points] == pytest.approx([0.2, 0.2, 0.55, 0.55])
    # On the first day the variance is that of a share: 0.2 * 0.8 / 10.
    assert points[0].variance == pytest.approx(0.016)


def test_on_equal_days_events_come_before_censorings() -> None:
    (point,) = aalen_johansen({3: 1}, {}, {3: 1})
    assert point.incidence == pytest.approx(0.5)


def test_an_interval_is_not_defined_at_the_edges() -> None:
    assert log_log_interval(0.0, 0.0) is None
    assert log_log_interval(1.0, 0.0) is None


def test_an_interval_stays_between_zero_and_one() -> None:
    for estimate in (0.001, 0.5, 0.999):
        low, high = log_log_interval(estimate, 0.2) or (None, None)
        assert low is not None
        assert high is not None
        assert 0 <= low <= estimate <= high <= 1


def test_the_median_is_the_first_day_at_or_below_one_half() -> None:
    assert quantile({4: 1, 7: 1}, {}, 0.5) == 4
    assert quantile({4: 1, 7: 1}, {9: 1}, 0.5) == 7
    assert quantile({4: 1}, {9: 2}, 0.5) is None
    assert quantile({}, {}, 0.5) is None


def test_a_curve_that_is_one_half_on_paper_counts_as_one_half() -> None:
    # 5/6 * 4/5 * 3/4 is one half, but not in binary fractions.
    assert quantile({1: 1, 2: 1, 3: 1}, {9: 3}, 0.5) == 3


def test_wilsons_interval_agrees_with_an_independent_library() -> None:
    for whole in (1, 2, 9, 10, 11, 57, 400, 100_000):
        for part in {0, 1, whole // 3, whole // 2, whole - 1, whole}:
            found = binomtest(part, whole).proportion_ci(method="wilson")
            low, high = wilson_interval(part, whole)
            assert (low, high) == pytest.approx((found.low, found.high), abs=1e-12)
            assert 0 <= low <= part / whole <= high <= 1


def test_wilsons_bounds_are_the_shares_that_the_data_would_just_not_contradict() -> None:
    """The score test's statistic is exactly the 95 % quantile there."""
    low, high = wilson_interval(7, 31)
    for bound in (low, high):
        assert (7 / 31 - bound) ** 2 / (bound * (1 - bound) / 31) == pytest.approx(1.959963984540054**2)
