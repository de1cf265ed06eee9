"""What is written at a stage of the figure 8: its name, which way its deals go, how many left it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from plugin.domain.crowd import StageCrowd
from plugin.rendering.formats import compact
from plugin.rendering.labels import Box, width_of, wrapped
from plugin.rendering.way import Frame, Way

# Sizes of type: a stage's name (the second one in a tall picture), small text, small and bold text.
NAME_SIZE, SMALL_NAME = 15.0, 13.5
SMALL, BOLD = 12.5, 13.0
# The heights of lines, and the room that a sign takes.
LINE, SMALL_LINE, SIGN = 18.0, 17.0, 15.0
GAP = 8.0
WIDEST_NAME = 150.0
# How far outwards a way that leads up or down is, and the room that a name beside it needs.
UPRIGHT, ROOM_BESIDE = 0.9, 110.0
# Where a text hangs, as a share of its width.
ANCHORS = {"start": 0.0, "middle": 0.5, "end": 1.0}


@dataclass(frozen=True, slots=True)
class Chip:
    """A sign and its number; ``x`` and ``y`` are the number's, ``sign_x`` the sign's left edge."""

    sign: str
    text: str
    sign_x: float
    x: float
    y: float


class StageLabel:
    """The label of a stage: its name, which way its deals go, how many left it, and whether it is the largest leak."""

    def __init__(
        self, frame: Frame, way: Way, place: float, ring: float, name: str, crowd: StageCrowd, tag: str
    ) -> None:
        self.crowd, self.frame, self.far = crowd, frame, ring + GAP
        self.x, self.y = way.at(place)
        across, down = way.outward(place)
        self.above, self.left = down < 0, self.x < frame.width / 2
        room = (self.x if self.left else frame.width - self.x) - self.far - 2
        # Where the way leads up or down it would run through what stands above or below the stage.
        self.beside = frame.tall or (abs(across) > UPRIGHT and room >= ROOM_BESIDE)
        self.anchor = "middle" if not self.beside else "end" if self.left else "start"
        self.size = SMALL_NAME if frame.tall else NAME_SIZE
        self.room = room if self.beside else WIDEST_NAME
        self.name = wrapped(name, self.room, self.size)
        tags = wrapped(tag, self.room - SIGN, BOLD)
        marks = [[("" if number else "leak", line)] for number, line in enumerate(tags)]
        self.rows = [row for row in (*self._rows(), *marks) if row]
        self.box = self._box()

    def _rows(self) -> Iterator[list[tuple[str, str]]]:
        """Signs with numbers: where the deals that stand here go, then those that left."""
        crowd = self.crowd
        ways = (("forward", crowd.forward), ("still", crowd.still), ("back", crowd.gone_back))
        row: list[tuple[str, str]] = []
        for chip in ((sign, compact(deals)) for sign, deals in ways if deals):
            if row and _row_width([*row, chip]) > self.room:
                yield row
                row = []
            row.append(chip)
        yield row
        yield [("lost", compact(crowd.led.lost))] if crowd.led.lost else []

    def _box(self) -> Box:
        widths = [width_of(line, self.size) for line in self.name]
        widths += [_row_width(row) for row in self.rows]
        width = max(widths)
        height = len(self.name) * LINE + len(self.rows) * SMALL_LINE + 2
        if self.beside:
            top = self.y - height / 2
            return Box(self.x - self.far - width if self.left else self.x + self.far, top, width, height)
        top = self.y - self.far - height if self.above else self.y + self.far
        return Box(min(max(self.x - width / 2, 2), self.frame.width - width - 2), top, width, height)

    @property
    def _at(self) -> float:
        """Where text is anchored."""
        return self.box.x + self.box.width * ANCHORS[self.anchor]

    def lines(self) -> Iterator[tuple[str, float, float]]:
        for number, line in enumerate(self.name):
            yield line, self._at, self.box.y + number * LINE + 13

    def chips(self) -> Iterator[Chip]:
        for number, row in enumerate(self.rows):
            y = self.box.y + len(self.name) * LINE + number * SMALL_LINE + 12
            x = self._at - _row_width(row) * ANCHORS[self.anchor]
            for sign, text in row:
                yield Chip(sign, text, x, x + SIGN, y)
                x += _chip_width(text)


def _chip_width(text: str) -> float:
    return SIGN + width_of(text, SMALL) + 7


def _row_width(row: Sequence[tuple[str, str]]) -> float:
    return sum(_chip_width(text) for _, text in row) - 7
