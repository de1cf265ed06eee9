"""What becomes of a cohort, day by day since the entry: the shares that advanced and that were lost, with bands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from plugin.domain.conversion import ENOUGH, Histogram
from plugin.domain.estimators import CurvePoint, aalen_johansen, log_log_interval


@dataclass(frozen=True, slots=True)
class CurveStep:
    """From this whole day on, until the next step: a share from 0 to 1, its 95 % band, how many were still watched.

    ``low`` and ``high`` are the share itself where no interval is defined (nobody yet, or everybody).
    """

    day: int
    share: float
    low: float
    high: float
    at_risk: int


@dataclass(frozen=True, slots=True)
class StageCurves:
    """Both curves of a stage's cohort; empty where fewer than ten deals entered.

    They end on ``last_day``, the last one on which ten deals are still watched: behind it chance draws the line.
    """

    entered: int
    last_day: int
    advanced: tuple[CurveStep, ...]
    lost: tuple[CurveStep, ...]


def curves(histogram: Histogram) -> StageCurves:
    """The curves that a cohort carries (Aalen-Johansen, each outcome with the other as its competing risk)."""
    h = histogram
    if h.entered < ENOUGH:
        return StageCurves(h.entered, 0, (), ())
    advanced = list(_known(aalen_johansen(h.advanced, h.lost, h.open)))
    lost = list(_known(aalen_johansen(h.lost, h.advanced, h.open)))
    last_day = max((point.day for point in advanced), default=0)
    return StageCurves(h.entered, last_day, tuple(map(_step, _changes(advanced))), tuple(map(_step, _changes(lost))))


def at_day(steps: tuple[CurveStep, ...], day: int) -> CurveStep | None:
    """What holds *within* so many days: the last step below that day; None before the first one."""
    return next((step for step in reversed(steps) if step.day < day), None)


def _known(points: Iterator[CurvePoint]) -> Iterator[CurvePoint]:
    return (point for point in points if point.at_risk >= ENOUGH)


def _changes(points: list[CurvePoint]) -> Iterator[CurvePoint]:
    """The points at which the curve rises, and the last one, up to which it was watched."""
    before = 0.0
    for number, point in enumerate(points):
        if point.incidence > before or number == len(points) - 1:
            yield point
        before = point.incidence


def _step(point: CurvePoint) -> CurveStep:
    low, high = log_log_interval(point.incidence, point.variance) or (point.incidence, point.incidence)
    return CurveStep(point.day, point.incidence, low, high, point.at_risk)
