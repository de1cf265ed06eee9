"""Returns drawn: the stages of a loop on a line, and over them a bow for each way back, as wide as it is travelled.

Geometry only; the table beside it says the same in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plugin.domain.going_back import WayBack
from plugin.domain.journey import BuyerStage, Journey, Loop

# A stage has a column; bows leave it on its left side and reach it on its right one, so that they do not cross there.
COLUMN, HEAD, FOOT, BELOW = 100, 26, 14, 40
BESIDE = 9
THINNEST, THICKEST = 1.5, 8.0
# How high a bow's handles stand for each stage that it passes; its top is at three quarters of them.
RISE, BASE_RISE = 40, 18
TOP_SHARE = 0.75


@dataclass(frozen=True, slots=True)
class Stop:
    key: str
    x: float


@dataclass(frozen=True, slots=True)
class Bow:
    """``path`` is an SVG path; the number of moves stands at ``x``, ``y``."""

    path: str
    width: float
    x: float
    y: float
    moves: int


@dataclass(frozen=True, slots=True)
class ReturnPicture:
    """One loop. The line on which its stages stand is at ``line``."""

    loop: Loop
    width: int
    height: int
    line: float
    stops: tuple[Stop, ...]
    bows: tuple[Bow, ...]


def draw(journey: Journey, ways: Sequence[WayBack]) -> tuple[ReturnPicture, ...]:
    """A picture for each loop that has a way back; widths compare over both."""
    most = max((way.moves for way in ways), default=1)
    pictures = (_loop([one for one in journey.stages if one.loop is loop], loop, ways, most) for loop in Loop)
    return tuple(picture for picture in pictures if picture.bows)


def _loop(stages: Sequence[BuyerStage], loop: Loop, ways: Sequence[WayBack], most: int) -> ReturnPicture:
    places = {stage.key: place for place, stage in enumerate(stages)}
    mine = [way for way in ways if way.stage in places and way.target in places]
    farthest = max((places[way.stage] - places[way.target] for way in mine), default=1)
    line = HEAD + TOP_SHARE * _rise(farthest) + FOOT
    return ReturnPicture(
        loop=loop,
        width=COLUMN * len(stages),
        height=round(line + BELOW),
        line=line,
        stops=tuple(Stop(stage.key, _middle(place)) for place, stage in enumerate(stages)),
        bows=tuple(_bow(way, mine, places, most, line) for way in mine),
    )


def _bow(way: WayBack, ways: Sequence[WayBack], places: dict[str, int], most: int, line: float) -> Bow:
    here, there = places[way.stage], places[way.target]
    # The farther a bow leads, the more it stands outside of the others.
    leaving = sorted((one for one in ways if one.stage == way.stage), key=lambda one: places[one.target])
    arriving = sorted((one for one in ways if one.target == way.target), key=lambda one: -places[one.stage])
    start = _middle(here) - BESIDE * (leaving.index(way) + 0.5)
    end = _middle(there) + BESIDE * (arriving.index(way) + 0.5)
    foot, top = line - FOOT, line - FOOT - _rise(here - there)
    path = f"M{start:.1f} {foot:.1f}C{start:.1f} {top:.1f} {end:.1f} {top:.1f} {end:.1f} {foot:.1f}"
    width = THINNEST + (THICKEST - THINNEST) * way.moves / most
    return Bow(path, width, (start + end) / 2, foot - TOP_SHARE * _rise(here - there), way.moves)


def _rise(stages: int) -> float:
    return BASE_RISE + RISE * stages


def _middle(place: int) -> float:
    return COLUMN * (place + 0.5)
