"""Curves as numbers for an SVG: paths in a box of 600 by 240, a step for each day on which something changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from plugin.domain.curves import CurveStep, StageCurves

WIDTH, HEIGHT = 600, 240
TICK_DAYS = (7, 14, 30, 60, 90, 180, 365, 730)
FEWEST_TICKS = 3
# A name on a phone: 21 of the box high, and no sign of it wider than this.
LINE_HEIGHT, SIGN_WIDTH = 21.0, 12.0


@dataclass(frozen=True, slots=True)
class Drawn:
    """A curve: ``line`` and ``band`` are SVG paths; its name stands behind its end, at ``name_x`` and ``name_y``."""

    name: str
    style: int
    line: str
    band: str
    name_x: float
    name_y: float


@dataclass(frozen=True, slots=True)
class Axis:
    """Days with their places on the horizontal axis."""

    days: int
    ticks: tuple[tuple[int, float], ...]


def axis_for(found: Sequence[StageCurves]) -> Axis:
    """One axis for all curves of a picture: as far as the longest of them is watched."""
    days = max((one.last_day for one in found), default=0) + 1
    every = next((step for step in reversed(TICK_DAYS) if days // step >= FEWEST_TICKS), TICK_DAYS[0])
    return Axis(days, tuple((day, round(day / days * WIDTH, 1)) for day in range(0, days, every)))


def draw(named: Iterable[tuple[str, tuple[CurveStep, ...], int]], axis: Axis) -> list[Drawn]:
    """Curves by name, each with the number of its line's style; names that would cover each other are moved apart."""
    drawn = sorted(
        (_drawn(name, steps, style, axis) for name, steps, style in named if steps), key=lambda one: one.name_y
    )
    for place, one in enumerate(drawn):
        above = [other.name_y for other in drawn[:place] if _beside(one, other)]
        drawn[place] = replace(one, name_y=max([one.name_y, *(y + LINE_HEIGHT for y in above)]))
    return drawn


def _beside(one: Drawn, other: Drawn) -> bool:
    """Their names would stand above each other."""
    return (
        one.name_x < other.name_x + len(other.name) * SIGN_WIDTH
        and other.name_x < one.name_x + len(one.name) * SIGN_WIDTH
    )


def _drawn(name: str, steps: tuple[CurveStep, ...], style: int, axis: Axis) -> Drawn:
    points = list(_corners([(step.day, step.share) for step in steps], axis))
    upper = list(_corners([(step.day, step.high) for step in steps], axis))
    lower = list(_corners([(step.day, step.low) for step in steps], axis))
    end_x, end_y = points[-1]
    return Drawn(name, style, _path(points), _path([*upper, *reversed(lower)]) + "Z", end_x + 6, end_y + 4)


def _corners(values: Sequence[tuple[int, float]], axis: Axis) -> Iterator[tuple[float, float]]:
    """Flat until the next day, then up: nothing is known between two days."""
    height = 0.0
    for day, share in values:
        at = round(day / axis.days * WIDTH, 1)
        yield at, _y(height)
        yield at, _y(share)
        height = share


def _y(share: float) -> float:
    return round((1 - share) * HEIGHT, 1)


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)
