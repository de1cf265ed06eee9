"""The journey drawn: a lying (or standing) eight on which the stages stand, the way travelled, and each return.

Geometry only; the template writes the words. A journey of one loop is drawn as one ring.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from math import cos, hypot, pi, sin, sqrt

from plugin.domain.journey import Journey, Loop
from plugin.domain.visits import Standing, Visit

Point = tuple[float, float]

SAMPLES = 240
WIDE, TALL = (760, 300), (340, 470)
# How far a label stands from its stage.
LABEL_GAP = 20
STOPS_SHORT = 17
# How far a return bends towards the middle of its loop, as a share of the way there.
BEND = 0.6


@dataclass(frozen=True, slots=True)
class Station:
    """A stage on the map. ``state`` is here, visited or ahead; ``visits`` and ``days`` are over all its visits."""

    key: str
    x: float
    y: float
    label_x: float
    label_y: float
    anchor: str
    state: str
    visits: int
    days: int | None


@dataclass(frozen=True, slots=True)
class JourneyMap:
    """``track`` is the whole way, ``trails`` what was travelled forward, ``returns`` each going back; all SVG paths."""

    width: int
    height: int
    track: str
    trails: tuple[str, ...]
    returns: tuple[str, ...]
    stations: tuple[Station, ...]


@dataclass(frozen=True, slots=True)
class _Way:
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

    def bow(self, start: float, end: float) -> str:
        """A bent line that stops short of the stage it leads to, so that its arrow head stays visible."""
        one, other = self.at(start), self.at(end)
        between = self.middle(start), self.middle(end)
        pull = [(one[n] + other[n]) / 2 * (1 - BEND) + (between[0][n] + between[1][n]) / 2 * BEND for n in (0, 1)]
        length = hypot(other[0] - pull[0], other[1] - pull[1]) or 1
        tip = [other[n] - (other[n] - pull[n]) / length * STOPS_SHORT for n in (0, 1)]
        return f"M{one[0]:.1f} {one[1]:.1f}Q{pull[0]:.1f} {pull[1]:.1f} {tip[0]:.1f} {tip[1]:.1f}"

    def between(self, start: float, end: float) -> list[Point]:
        """Along the curve, forward; over its beginning where the end comes first."""
        first, last = round(start * SAMPLES), round(end * SAMPLES)
        return [self.points[n % SAMPLES] for n in range(first, (last if last >= first else last + SAMPLES) + 1)]


def draw(
    journey: Journey, visits: Sequence[Visit], standing: Standing, now: datetime, tall: bool = False
) -> JourneyMap:
    width, height = TALL if tall else WIDE
    way = _way(journey, tall)
    known = [visit for visit in visits if visit.stage in way.places]
    steps = [(one, other) for one, other in pairwise(known) if one.stage != other.stage]
    return JourneyMap(
        width=width,
        height=height,
        track=_path([*way.points, way.points[0]]),
        trails=tuple(
            _path(way.between(way.places[one.stage], way.places[other.stage]))
            for one, other in steps
            if not other.came_back
        ),
        returns=tuple(
            way.bow(way.places[one.stage], way.places[other.stage]) for one, other in steps if other.came_back
        ),
        stations=tuple(_station(key, way, known, standing, now, tall) for key in way.places),
    )


def _station(key: str, way: _Way, visits: Sequence[Visit], standing: Standing, now: datetime, tall: bool) -> Station:
    x, y = way.at(way.places[key])
    width = TALL[0] if tall else WIDE[0]
    mine = [visit for visit in visits if visit.stage == key]
    here = standing.state == "open" and standing.stage == key
    if tall:
        side = -1 if x < width / 2 else 1
        label = (x + side * LABEL_GAP, y, "end" if side < 0 else "start")
    else:
        across, down = way.outward(way.places[key])
        label = (x + across * LABEL_GAP * 1.7, y + down * LABEL_GAP + (8 if down > 0 else -14), "middle")
    state = "here" if here else "visited" if mine else "ahead"
    return Station(key, x, y, *label, state, len(mine), _days(mine, standing, now))


def _days(visits: Sequence[Visit], standing: Standing, now: datetime) -> int | None:
    """Whole days over all visits that have a duration; None where there are none."""
    end = now if standing.state == "open" else standing.since or now
    stays = [(visit.left_at or end) - visit.entered_at for visit in visits if visit.is_entry and visit.entered_at]
    return sum(stays, timedelta()) // timedelta(days=1) if stays else None


@cache
def _way(journey: Journey, tall: bool) -> _Way:
    loops = [loop for loop in Loop if any(stage.loop is loop for stage in journey.stages)]
    places: dict[str, float] = {}
    for number, loop in enumerate(loops):
        mine = [stage for stage in journey.stages if stage.loop is loop]
        for position, stage in enumerate(mine):
            places[stage.key] = (number + (position + 0.5) / len(mine)) / len(loops)
    curve = _eight if len(loops) > 1 else _ring
    return _Way(_evenly([_placed(curve(2 * pi * n / 2000), tall) for n in range(2000)]), places, len(loops))


def _eight(turn: float) -> Point:
    """Bernoulli's lemniscate from its crossing: up over the left loop and back, then up over the right one."""
    t = turn + pi / 2
    scale = sqrt(2) / (1 + sin(t) ** 2)
    return scale * cos(t) / sqrt(2), scale * cos(t) * sin(t) * 1.95 / sqrt(2)


def _ring(turn: float) -> Point:
    """From the left, over the top."""
    return -cos(turn), -sin(turn) * 0.7


def _placed(point: Point, tall: bool) -> Point:
    """From the unit square to the picture; a standing eight begins with its upper loop."""
    width, height = TALL if tall else WIDE
    x, y = (point[1], point[0]) if tall else point
    across, down = (0.34, 0.45) if tall else (0.44, 0.42)
    return width / 2 + x * width * across, height / 2 + y * height * down


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


def _path(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
