"""Survival estimates on day histograms: counts of deals by whole days, events before censorings on equal days.

Aalen-Johansen: Aalen & Johansen, Scand. J. Statist. 5 (1978) 141. Its delta-method variance: Dinse & Larson,
Biometrika 73 (1986) 379; as given by Marubini & Valsecchi, *Analysing Survival Data* (1995), 10.2. The log(-log)
interval: Kalbfleisch & Prentice, *The Statistical Analysis of Failure Time Data* (2002), 1.4. Kaplan-Meier: JASA 53
(1958) 457. A plain share's interval: Wilson, JASA 22 (1927) 209.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import NormalDist

Days = Mapping[int, int]

Z_95 = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The cumulative incidence after ``day``, its variance, and how many were at risk on that day."""

    day: int
    at_risk: int
    incidence: float
    variance: float


def aalen_johansen(events: Days, competing: Days, censored: Days) -> Iterator[CurvePoint]:
    """The cumulative incidence of ``events`` against ``competing`` ones, a point for each day on which anyone ends.

    Sums over earlier days of (F - F_i)^2 a_i are kept as the coefficients of a polynomial in F, so the whole curve
    costs one pass.
    """
    at_risk = sum(events.values()) + sum(competing.values()) + sum(censored.values())
    survival, incidence = 1.0, 0.0
    square = [0.0, 0.0, 0.0]
    linear = [0.0, 0.0]
    own = 0.0
    for day in sorted({*events, *competing, *censored}):
        mine, all_ = events.get(day, 0), events.get(day, 0) + competing.get(day, 0)
        incidence += survival * mine / at_risk
        # Where all who were left end at once, nothing follows: the term would be multiplied by zero for ever.
        weight = all_ / (at_risk * (at_risk - all_)) if all_ < at_risk else 0.0
        square = [square[0] + weight, square[1] + weight * incidence, square[2] + weight * incidence**2]
        slope = survival * mine / at_risk**2
        linear = [linear[0] + slope, linear[1] + slope * incidence]
        own += survival**2 * mine * (at_risk - mine) / at_risk**3
        spread = incidence**2 * square[0] - 2 * incidence * square[1] + square[2]
        variance = spread + own - 2 * (incidence * linear[0] - linear[1])
        yield CurvePoint(day, at_risk, incidence, max(variance, 0.0))
        survival *= 1 - all_ / at_risk
        at_risk -= all_ + censored.get(day, 0)


def log_log_interval(estimate: float, variance: float) -> tuple[float, float] | None:
    """The 95 % interval that never leaves 0 to 1; None where it is not defined (an estimate of 0 or 1)."""
    if not 0 < estimate < 1:
        return None
    # Beyond this the bounds are 0 and 1 to the last digit, and the exponential would overflow.
    width = min(Z_95 * sqrt(variance) / abs(estimate * log(estimate)), 700.0)
    return estimate ** exp(width), estimate ** exp(-width)


def wilson_interval(part: int, whole: int) -> tuple[float, float]:
    """The 95 % interval of a plain share, within 0 to 1 for every part of a ``whole`` above zero.

    Its bounds are the shares that ``part`` would just not contradict: the roots of (p - part / whole)² = z² p (1 - p)
    / whole.
    """
    share, weight = part / whole, Z_95**2 / whole
    middle = (share + weight / 2) / (1 + weight)
    width = sqrt(weight * (share * (1 - share) + weight / 4)) / (1 + weight)
    return (max(middle - width, 0.0) if part else 0.0, min(middle + width, 1.0) if part < whole else 1.0)


def kaplan_meier(events: Days, censored: Days) -> Iterator[tuple[int, float]]:
    """The share that has had no event after each day on which anyone ends, in day order."""
    at_risk = sum(events.values()) + sum(censored.values())
    survival = 1.0
    for day in sorted({*events, *censored}):
        ended = events.get(day, 0)
        survival *= 1 - ended / at_risk
        yield day, survival
        at_risk -= ended + censored.get(day, 0)


def quantile(events: Days, censored: Days, share: float) -> int | None:
    """The first day at which the Kaplan-Meier curve is at or below ``share``; None where it never is."""
    # Products of ratios that equal one half on paper may miss it by a rounding error.
    return next((day for day, left in kaplan_meier(events, censored) if left <= share + 1e-12), None)
