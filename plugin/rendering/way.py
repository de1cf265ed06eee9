"""The way through a journey as a curve: a lying (or standing) eight on which the stages stand; one loop is a ring.

Geometry only, shared by the picture of one deal and by that of the whole crowd.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import cos, hypot, pi, sin, sqrt

from plugin.domain.journey import Journey, Loop

Point = tuple[float, float]

SAMPLES = 240
STOPS_SHORT = 17
# How far a return bends towards the middle of its loop, as a share of the way there.
BEND = 0.6


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture's size, and how far the curve reaches from its middle, as shares of the size.

    In a ``tall`` one the eight stands. Stages stand on the share ``spread`` of each loop that lies away from the
    crossing.
    """

    width: int
    height: int
    across: float
    down: float
    tall: bool = False
    spread: float = 1.0


@dataclass(frozen=True, slots=True)
class Way:
    """The curve as points, and where on it (0 to 1) each stage stands."""

    points: tuple[Point, ...]
    places: dict[str, float]
    loops: int

    def at(self, place: float) -> Point:
        return self.points[round(place * SAMPLES) % SAMPLES]

    def outward(self, place: float) -> Point:
        """The direction, of length 1, that leads away from the loop."""
        number = round(place * SAMPLES)
        before, after = self.points[number - 1], self.points[(number + 1) % SAMPLES]
        across, down = after[0] - before[0], after[1] - before[1]
        length = hypot(across, down) or 1
        here, middle = self.at(place), self.middle(place)
        side = 1 if (here[0] - middle[0]) * down - (here[1] - middle[1]) * across > 0 else -1
        return side * down / length, -side * across / length

    def middle(self, place: float) -> Point:
        """The middle of the loop that a place belongs to."""
        size = SAMPLES // self.loops
        first = int(place * self.loops) * size
        mine = self.points[first : first + size]
        return sum(x for x, _ in mine) / len(mine), sum(y for _, y in mine) / len(mine)

    def bow(self, start: float, end: float, stops_short: float = STOPS_SHORT) -> tuple[Point, Point, Point]:
        """A bent line (a quadratic curve) that stops short of its end, so that its arrow head stays visible."""
        one, other = self.at(start), self.at(end)
        between = self.middle(start), self.middle(end)
        pull = [(one[n] + other[n]) / 2 * (1 - BEND) + (between[0][n] + between[1][n]) / 2 * BEND for n in (0, 1)]
        length = hypot(other[0] - pull[0], other[1] - pull[1]) or 1
        tip = [other[n] - (other[n] - pull[n]) / length * stops_short for n in (0, 1)]
        return one, (pull[0], pull[1]), (tip[0], tip[1])

    def between(self, start: float, end: float) -> list[Point]:
        """Along the curve, forward; over its beginning where the end comes first."""
        first, last = round(start * SAMPLES), round(end * SAMPLES)
        return [self.points[n % SAMPLES] for n in range(first, (last if last >= first else last + SAMPLES) + 1)]


@cache
def way_through(journey: Journey, frame: Frame) -> Way:
    loops = [loop for loop in Loop if any(stage.loop is loop for stage in journey.stages)]
    places: dict[str, float] = {}
    for number, loop in enumerate(loops):
        mine = [stage for stage in journey.stages if stage.loop is loop]
        for position, stage in enumerate(mine):
            share = 0.5 + ((position + 0.5) / len(mine) - 0.5) * frame.spread
            places[stage.key] = (number + share) / len(loops)
    curve = _eight if len(loops) > 1 else _ring
    return Way(_evenly([_placed(curve(2 * pi * n / 2000), frame) for n in range(2000)]), places, len(loops))


def _eight(turn: float) -> Point:
    """Bernoulli's lemniscate from its crossing: up over the left loop and back, then up over the right one."""
    t = turn + pi / 2
    scale = sqrt(2) / (1 + sin(t) ** 2)
    return scale * cos(t) / sqrt(2), scale * cos(t) * sin(t) * 1.95 / sqrt(2)


def _ring(turn: float) -> Point:
    """From the left, over the top."""
    return -cos(turn), -sin(turn) * 0.7


def _placed(point: Point, frame: Frame) -> Point:
    """From the unit square to the picture; a standing eight begins with its upper loop."""
    x, y = (point[1], point[0]) if frame.tall else point
    return frame.width * (0.5 + x * frame.across), frame.height * (0.5 + y * frame.down)


def _evenly(points: Sequence[Point]) -> tuple[Point, ...]:
    """The same closed curve as SAMPLES points of equal distance along it."""
    closed = [*points, points[0]]
    found: list[Point] = []
    steps = [hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(closed)]
    gap, gone = sum(steps) / SAMPLES, 0.0
    for point, step in zip(closed, steps, strict=False):
        if gone >= gap * len(found) and len(found) < SAMPLES:
            found.append(point)
        gone += step
    return tuple(found)


def path_of(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def bent_path(curve: tuple[Point, Point, Point]) -> str:
    """The path of a bow."""
    start, pull, tip = curve
    return f"M{start[0]:.1f} {start[1]:.1f}Q{pull[0]:.1f} {pull[1]:.1f} {tip[0]:.1f} {tip[1]:.1f}"
