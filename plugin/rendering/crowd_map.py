"""The figure 8 of a crowd: how many stand in each stage and which way they go, how many went on and back between them.

Geometry only; the template writes the words that are not in the picture's labels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import cos, hypot, pi, sin, sqrt

from plugin.domain.crowd import StageCrowd
from plugin.domain.journey import Journey
from plugin.rendering.formats import compact
from plugin.rendering.labels import Box, Taken, width_of
from plugin.rendering.stage_label import SMALL, Chip, StageLabel
from plugin.rendering.way import Frame, Point, bent_path, path_of, way_through

# Generous in height: the picture is cut to what stands on it.
WIDE, TALL = Frame(960, 640, 0.42, 0.265), Frame(360, 1200, 0.205, 0.335, tall=True, spread=0.84)
# Narrower than the eight: beside its outermost stages there is room for their names.
WIDE_RING = Frame(960, 640, 0.33, 0.265)
TALL_RING = Frame(360, 1200, 0.26, 0.25, tall=True, spread=0.9)
MARGIN = 8.0
# The radius of the ring around a stage; the second one is that of a tall picture.
RING, SMALL_RING = 31.0, 25.0
THINNEST, WIDEST = 2.5, 17.0
# The arrow head of a way that nobody went: it shows where the way leads.
DIRECTION = 9.0
THIN_RETURN, WIDE_RETURN = 1.3, 4.5
# Where along a line its number may stand, the best place first.
PLACES = (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74)
# The same for a line over the gate, where two lines cross.
PLACES_BEFORE_THE_GATE = (0.3, 0.26, 0.34, 0.22, 0.38, 0.7, 0.74)
SIDES = (-1, 1)


@dataclass(frozen=True, slots=True)
class Arc:
    """A share of the ring around a stage: the deals that go one ``way``."""

    way: str
    path: str


@dataclass(frozen=True, slots=True)
class CrowdStation:
    """A stage. ``lines`` are its name; ``chips`` say which way its deals go, how many left it, and whether it is the
    largest leak."""

    crowd: StageCrowd
    x: float
    y: float
    ring: float
    text: str
    arcs: tuple[Arc, ...]
    anchor: str
    lines: tuple[tuple[str, float, float], ...]
    chips: tuple[Chip, ...]
    box: Box


@dataclass(frozen=True, slots=True)
class Stream:
    """Deals that went one way between stages; ``label`` is the middle of its number, None where there was no room."""

    start: str
    end: str
    deals: int
    text: str
    path: str
    width: float
    head: str
    label: Box | None


@dataclass(frozen=True, slots=True)
class CrowdMap:
    """``top`` is where the picture begins; ``gate`` is the purchase act: where a loop ends and the next begins."""

    width: int
    top: float
    height: float
    tall: bool
    track: str
    ons: tuple[Stream, ...]
    returns: tuple[Stream, ...]
    stations: tuple[CrowdStation, ...]
    gate: Point


def draw_crowd(
    journey: Journey,
    crowds: Sequence[StageCrowd],
    leak: StageCrowd | None,
    names: Mapping[str, str],
    leak_words: str,
    tall: bool = False,
) -> CrowdMap:
    """``names`` are the stages' in the reader's language, ``leak_words`` what marks the largest leak."""
    one_loop = len({stage.loop for stage in journey.stages}) == 1
    wide, high = (WIDE_RING, TALL_RING) if one_loop else (WIDE, TALL)
    return _Drawing(journey, crowds, leak, names, leak_words, high if tall else wide).drawn()


class _Drawing:
    def __init__(
        self,
        journey: Journey,
        crowds: Sequence[StageCrowd],
        leak: StageCrowd | None,
        names: Mapping[str, str],
        leak_words: str,
        frame: Frame,
    ) -> None:
        self.crowds, self.leak, self.names, self.leak_words, self.frame = crowds, leak, names, leak_words, frame
        self.journey, self.way = journey, way_through(journey, frame)
        self.ring = SMALL_RING if frame.tall else RING
        self.most_on = max((crowd.led.on for crowd in crowds), default=0)
        self.most_back = max((deals for crowd in crowds for deals in crowd.led.returns.values()), default=0)
        self.taken = Taken(frame.width, frame.height)

    def drawn(self) -> CrowdMap:
        stations = tuple(self._station(crowd) for crowd in self.crowds)
        gate = self.way.points[0]
        self.taken.take(Box(gate[0] - 12, gate[1] - 12, 24, 24))
        for x, y in self.way.points[::2]:
            self.taken.take(Box(x - 3, y - 3, 6, 6))
        ons = tuple(self._on(place) for place in range(len(self.crowds)))
        returns = tuple(self._returns())
        top = min(box.y for box in self.taken.boxes) - MARGIN
        return CrowdMap(
            width=self.frame.width,
            top=top,
            height=max(box.y + box.height for box in self.taken.boxes) + MARGIN - top,
            tall=self.frame.tall,
            track=path_of([*self.way.points, self.way.points[0]]),
            ons=ons,
            returns=returns,
            stations=stations,
            gate=gate,
        )

    def _station(self, crowd: StageCrowd) -> CrowdStation:
        place = self.way.places[crowd.stage]
        x, y = self.way.at(place)
        is_leak = self.leak is not None and crowd.stage == self.leak.stage
        words = self.leak_words if is_leak else ""
        block = StageLabel(self.frame, self.way, place, self.ring, self.names[crowd.stage], crowd, words)
        reach = self.ring + 3
        self.taken.take(Box(x - reach, y - reach, 2 * reach, 2 * reach))
        self.taken.take(block.box)
        return CrowdStation(
            crowd=crowd,
            x=x,
            y=y,
            ring=self.ring,
            text=compact(crowd.deals),
            arcs=tuple(_arcs(x, y, self.ring, crowd)),
            anchor=block.anchor,
            lines=tuple(block.lines()),
            chips=tuple(block.chips()),
            box=block.box,
        )

    def _on(self, number: int) -> Stream:
        """From a stage to the next one, over the gate where the loop ends; the last one leads to the first."""
        crowd, following = self.crowds[number], self.crowds[(number + 1) % len(self.crowds)]
        points = self._between(crowd.stage, following.stage)
        width = _weight(crowd.led.on, self.most_on, THINNEST, WIDEST) if crowd.led.on else 0.0
        text = compact(crowd.led.on)
        over_the_gate = self.journey.stage(crowd.stage).distance == 0
        places = PLACES_BEFORE_THE_GATE if over_the_gate else PLACES
        label = self.taken.first_free(_beside(points, places, width, text)) if crowd.led.on else None
        head = _chevron(points, places[0], 5 + width * 0.45 if width else DIRECTION)
        return Stream(crowd.stage, following.stage, crowd.led.on, text, path_of(points), width, head, label)

    def _between(self, start: str, end: str) -> list[Point]:
        """Along the way from the edge of one stage's ring to that of the next."""
        one, other = self.way.places[start], self.way.places[end]
        centres = self.way.at(one), self.way.at(other)
        points = self.way.between(one, other) if start != end else [*self.way.points, self.way.points[0]]
        free = [point for point in points if all(_distance(point, centre) > self.ring + 3 for centre in centres)]
        return free or points

    def _returns(self) -> Iterator[Stream]:
        """The largest first: it gets the best place for its number."""
        found = [(deals, crowd.stage, to) for crowd in self.crowds for to, deals in crowd.led.returns.items() if deals]
        for deals, stage, to in sorted(found, key=lambda one: (-one[0], one[1], one[2])):
            curve = self.way.bow(self.way.places[stage], self.way.places[to], self.ring + 7)
            text = compact(deals)
            points = [_on_bow(curve, step) for step in PLACES]
            label = self.taken.first_free(_around(point, text) for point in points)
            width = _weight(deals, self.most_back, THIN_RETURN, WIDE_RETURN)
            yield Stream(stage, to, deals, text, bent_path(curve), width, _head(curve, width), label)


def _arcs(x: float, y: float, ring: float, crowd: StageCrowd) -> Iterator[Arc]:
    """The ring around a stage, parted by the ways of its deals, from the top clockwise."""
    begin = 0.0
    for way, deals in (("forward", crowd.forward), ("still", crowd.still), ("back", crowd.gone_back)):
        if deals:
            share = deals / crowd.deals
            yield Arc(way, _arc(x, y, ring, begin, min(begin + share, begin + 0.9999)))
            begin += share


def _arc(x: float, y: float, ring: float, begin: float, end: float) -> str:
    (ax, ay), (bx, by) = ((x + ring * sin(2 * pi * turn), y - ring * cos(2 * pi * turn)) for turn in (begin, end))
    return f"M{ax:.1f} {ay:.1f}A{ring} {ring} 0 {int(end - begin > 0.5)} 1 {bx:.1f} {by:.1f}"


def _weight(deals: int, most: int, thinnest: float, widest: float) -> float:
    """A line's width: its share of the greatest, by the root, so that small streams are still seen."""
    return thinnest + (widest - thinnest) * sqrt(deals / most)


def _beside(points: Sequence[Point], places: Sequence[float], width: float, text: str) -> Iterator[Box]:
    """Boxes for a number at the side of a line, from its middle outwards."""
    wide, high = width_of(text, SMALL) + 4, SMALL + 3
    for place in places:
        number = min(max(int(place * len(points)), 1), len(points) - 2) if len(points) > 2 else 0
        (ax, ay), (bx, by) = points[number - 1], points[min(number + 1, len(points) - 1)]
        length = hypot(bx - ax, by - ay) or 1
        across, down = (by - ay) / length, -(bx - ax) / length
        reach = width / 2 + 5 + abs(across) * wide / 2 + abs(down) * high / 2
        for side in SIDES:
            x, y = points[number][0] + side * across * reach, points[number][1] + side * down * reach
            yield Box(x - wide / 2, y - high / 2, wide, high)


def _around(point: Point, text: str) -> Box:
    wide, high = width_of(text, SMALL) + 9, SMALL + 3
    return Box(point[0] - wide / 2, point[1] - high / 2, wide, high)


def _chevron(points: Sequence[Point], place: float, width: float) -> str:
    """An arrow head on a line."""
    number = int(len(points) * place)
    tip, before = points[min(number + 2, len(points) - 1)], points[max(number - 2, 0)]
    return _triangle(points[number], tip[0] - before[0], tip[1] - before[1], width)


def _head(curve: tuple[Point, Point, Point], width: float) -> str:
    """An arrow head on the end of a bow."""
    _, pull, tip = curve
    return _triangle(tip, tip[0] - pull[0], tip[1] - pull[1], 5 + width)


def _triangle(at: Point, across: float, down: float, size: float) -> str:
    length = hypot(across, down) or 1
    dx, dy = across / length * size, down / length * size
    tip = at[0] + dx * 0.7, at[1] + dy * 0.7
    left = at[0] - dx * 0.5 - dy * 0.75, at[1] - dy * 0.5 + dx * 0.75
    right = at[0] - dx * 0.5 + dy * 0.75, at[1] - dy * 0.5 - dx * 0.75
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in (tip, left, right)) + "z"


def _on_bow(curve: tuple[Point, Point, Point], t: float) -> Point:
    (ax, ay), (bx, by), (cx, cy) = curve
    return (
        (1 - t) ** 2 * ax + 2 * t * (1 - t) * bx + t**2 * cx,
        (1 - t) ** 2 * ay + 2 * t * (1 - t) * by + t**2 * cy,
    )


def _distance(one: Point, other: Point) -> float:
    return hypot(one[0] - other[0], one[1] - other[1])
