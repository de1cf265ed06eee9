"""What followed a held meeting, against deals of the same kind that had none at that age. Association, not cause.

Deals that had the meeting are followed from its day. Each is set against what became, from the same day in the stage
on, of deals of its persona and source that had not had it by then (a deal counts there until its own meeting): so a
deal is not praised for having lived long enough to be met. Differences of several meetings are shrunk to their mean by
how unsure each is (DerSimonian & Laird, *Controlled Clinical Trials* 7 (1986) 177, read as an empirical Bayes prior).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, sqrt

from plugin.domain.conversion import ENOUGH
from plugin.domain.estimators import Z_95, aalen_johansen
from plugin.domain.visits import Outcome

# Persona and source; None is any.
Stratum = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class Followed:
    """So many deals that had the meeting on this day in the stage, and what became of them after so many more days."""

    stratum: Stratum
    day: int
    after: int
    outcome: Outcome
    deals: int = 1


@dataclass(slots=True)
class Unmet:
    """Deals of one kind for as long as they had not had the meeting, by whole days in the stage."""

    advanced: Counter[int] = field(default_factory=Counter)
    lost: Counter[int] = field(default_factory=Counter)
    watched: Counter[int] = field(default_factory=Counter)

    def add(self, other: Unmet) -> None:
        self.advanced += other.advanced
        self.lost += other.lost
        self.watched += other.watched


@dataclass(frozen=True, slots=True)
class Effect:
    """Shares from 0 to 1 within the horizon after the meeting. None is a figure that the data can't carry.

    ``expected`` is what the unmet did; ``difference`` has its standard ``error``; ``shrunk`` lies between ``low`` and
    ``high`` (95 %). ``compared`` deals had anybody to be compared with.
    """

    met: int
    compared: int
    observed: float | None = None
    expected: float | None = None
    difference: float | None = None
    error: float | None = None
    shrunk: float | None = None
    low: float | None = None
    high: float | None = None


def effect(followed: Sequence[Followed], unmet: Mapping[Stratum, Unmet], horizon: int) -> Effect:
    """One meeting's difference, not shrunk yet."""
    met = sum(one.deals for one in followed)
    curves = _Curves(unmet, horizon)
    pairs = [(one, curves.from_day(one.stratum, one.day)) for one in followed]
    compared = [(one, found) for one, found in pairs if found]
    number = sum(one.deals for one, _ in compared)
    if number < ENOUGH:
        return Effect(met, number)
    observed, variance = _observed([one for one, _ in compared], horizon)
    expected = sum(one.deals * share for one, (share, _, _) in compared) / number
    variance += _variance_of_expected(compared, number)
    return Effect(met, number, observed, expected, observed - expected, sqrt(variance))


def shrink(effects: Sequence[Effect], among: Sequence[Effect]) -> list[Effect]:
    """The same with their differences drawn to the mean of those ``among``: the less sure one is, the further.

    Fewer than two teach nothing of how far meetings lie apart: then nothing is drawn.
    """
    known = [(one.difference, one.error**2) for one in among if one.difference is not None and one.error]
    spread, mean, mean_variance = _prior(known) if len(known) > 1 else (inf, 0.0, 0.0)
    return [_shrunk(one, spread, mean, mean_variance) for one in effects]


def _prior(known: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """How far true differences lie apart (variance), their mean, and that mean's own variance."""
    weights = [1 / variance for _, variance in known]
    total = sum(weights)
    mean = sum(w * d for w, (d, _) in zip(weights, known, strict=True)) / total
    heterogeneity = sum(w * (d - mean) ** 2 for w, (d, _) in zip(weights, known, strict=True))
    scale = total - sum(w * w for w in weights) / total
    spread = max(0.0, (heterogeneity - (len(known) - 1)) / scale) if scale > 0 else 0.0
    weights = [1 / (variance + spread) for _, variance in known]
    mean = sum(w * d for w, (d, _) in zip(weights, known, strict=True)) / sum(weights)
    return spread, mean, 1 / sum(weights)


def _shrunk(one: Effect, spread: float, mean: float, mean_variance: float) -> Effect:
    if one.difference is None or not one.error:
        return one
    variance = one.error**2
    pull = variance / (variance + spread)
    shrunk = pull * mean + (1 - pull) * one.difference
    width = Z_95 * sqrt(variance * (1 - pull) + pull**2 * mean_variance)
    return Effect(
        one.met,
        one.compared,
        one.observed,
        one.expected,
        one.difference,
        one.error,
        shrunk,
        shrunk - width,
        shrunk + width,
    )


def _observed(followed: Sequence[Followed], horizon: int) -> tuple[float, float]:
    """The share that advanced within the horizon after the meeting (Aalen-Johansen), and its variance."""
    counts: defaultdict[Outcome, Counter[int]] = defaultdict(Counter)
    for one in followed:
        counts[one.outcome][one.after] += one.deals
    share, variance = 0.0, 0.0
    for point in aalen_johansen(counts[Outcome.ADVANCED], counts[Outcome.LOST], counts[Outcome.OPEN]):
        if point.day < horizon:
            share, variance = point.incidence, point.variance
    return share, variance


def _variance_of_expected(compared: Sequence[tuple[Followed, tuple[float, int, Stratum]]], number: int) -> float:
    """As of shares among those that were at risk on the day; deals that share a comparison share its error."""
    groups: defaultdict[Stratum, list[tuple[int, float, int]]] = defaultdict(list)
    for one, (share, left, stratum) in compared:
        groups[stratum].append((one.deals, share, left))
    total = 0.0
    for found in groups.values():
        deals = sum(n for n, _, _ in found)
        share = sum(n * p for n, p, _ in found) / deals
        at_risk = sum(n * left for n, _, left in found) / deals
        total += (deals / number) ** 2 * share * (1 - share) / at_risk
    return total


class _Curves:
    """The unmet deals' curves, each made when it is first asked for."""

    def __init__(self, unmet: Mapping[Stratum, Unmet], horizon: int) -> None:
        self.horizon = horizon
        self.unmet: defaultdict[Stratum, Unmet] = defaultdict(Unmet)
        for (persona, source), one in unmet.items():
            for stratum in {(persona, source), (persona, None), (None, None)}:
                self.unmet[stratum].add(one)
        self._curves: dict[Stratum, _Curve] = {}

    def from_day(self, stratum: Stratum, day: int) -> tuple[float, int, Stratum] | None:
        """The share that advanced within the horizon from that day on, how many were at risk, and of which kind.

        Of the same persona and source, else of the same persona, else of all: wherever ten are left on that day.
        """
        for candidate in (stratum, (stratum[0], None), (None, None)):
            if candidate in self.unmet:
                if candidate not in self._curves:
                    self._curves[candidate] = _Curve(self.unmet[candidate])
                share, at_risk = self._curves[candidate].between(day, day + self.horizon)
                if share is not None and at_risk >= ENOUGH:
                    return share, at_risk, candidate
        return None


class _Curve:
    """Cumulative incidence and undecided share of unmet deals, by day."""

    def __init__(self, unmet: Unmet) -> None:
        self.days: list[int] = []
        self.incidence, self.undecided = [0.0], [1.0]
        at_risk = unmet.advanced.total() + unmet.lost.total() + unmet.watched.total()
        self.at_risk = [at_risk]
        survival, incidence = 1.0, 0.0
        for day in sorted({*unmet.advanced, *unmet.lost, *unmet.watched}):
            advanced, ended = unmet.advanced[day], unmet.advanced[day] + unmet.lost[day]
            incidence += survival * advanced / at_risk
            survival *= 1 - ended / at_risk
            at_risk -= ended + unmet.watched[day]
            self.days.append(day)
            self.incidence.append(incidence)
            self.undecided.append(survival)
            self.at_risk.append(at_risk)

    def between(self, first: int, behind: int) -> tuple[float | None, int]:
        """Of those undecided before ``first``, the share that advanced before ``behind``; how many they were."""
        low, high = bisect_left(self.days, first), bisect_left(self.days, behind)
        if self.undecided[low] <= 0 or not self.at_risk[low]:
            return None, 0
        return (self.incidence[high] - self.incidence[low]) / self.undecided[low], self.at_risk[low]
