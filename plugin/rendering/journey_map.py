"""The journey of one deal, drawn: the stages on the way, what was travelled, and each return.

Geometry only; the template writes the words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from plugin.domain.journey import Journey
from plugin.domain.visits import Standing, Visit
from plugin.rendering.way import Frame, Way, bent_path, path_of, way_through

WIDE, TALL = Frame(760, 300, 0.44, 0.42), Frame(340, 470, 0.34, 0.45, tall=True)
# How far a label stands from its stage.
LABEL_GAP = 20


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


def draw(
    journey: Journey, visits: Sequence[Visit], standing: Standing, now: datetime, tall: bool = False
) -> JourneyMap:
    frame = TALL if tall else WIDE
    way = way_through(journey, frame)
    known = [visit for visit in visits if visit.stage in way.places]
    steps = [(one, other) for one, other in pairwise(known) if one.stage != other.stage]
    return JourneyMap(
        width=frame.width,
        height=frame.height,
        track=path_of([*way.points, way.points[0]]),
        trails=tuple(
            path_of(way.between(way.places[one.stage], way.places[other.stage]))
            for one, other in steps
            if not other.came_back
        ),
        returns=tuple(
            bent_path(way.bow(way.places[one.stage], way.places[other.stage]))
            for one, other in steps
            if other.came_back
        ),
        stations=tuple(_station(key, way, known, standing, now, tall) for key in way.places),
    )


def _station(key: str, way: Way, visits: Sequence[Visit], standing: Standing, now: datetime, tall: bool) -> Station:
    x, y = way.at(way.places[key])
    mine = [visit for visit in visits if visit.stage == key]
    here = standing.state == "open" and standing.stage == key
    if tall:
        side = -1 if x < TALL.width / 2 else 1
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
