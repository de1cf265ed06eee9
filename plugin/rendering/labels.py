"""Where labels of a picture stand, so that none touches another.

The server knows no fonts: a text's width is estimated from its letters, a little too wide rather than too narrow.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

NARROW, WIDE_SIGNS = frozenset("fijlrtI.,:;'’!|()[] \u00a0\u202f"), frozenset("mwMWÆŒ@%")


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle by its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    def touches(self, other: Box) -> bool:
        apart_across = self.x + self.width <= other.x or other.x + other.width <= self.x
        apart_down = self.y + self.height <= other.y or other.y + other.height <= self.y
        return not (apart_across or apart_down)

    def lies_within(self, width: float, height: float) -> bool:
        return self.x >= 0 and self.y >= 0 and self.x + self.width <= width and self.y + self.height <= height


@dataclass
class Taken:
    """What of a picture is taken already."""

    width: float
    height: float
    boxes: list[Box] = field(default_factory=list)

    def take(self, box: Box) -> None:
        self.boxes.append(box)

    def first_free(self, wanted: Iterable[Box]) -> Box | None:
        """Takes the first box that lies in the picture and touches nothing; None where none does."""
        for box in wanted:
            if box.lies_within(self.width, self.height) and not any(box.touches(other) for other in self.boxes):
                self.take(box)
                return box
        return None


def width_of(text: str, size: float) -> float:
    """About how wide a text is, in the unit of ``size``, its font's."""
    return sum(_share(sign) for sign in text) * size


def wrapped(text: str, width: float, size: float, most: int = 2) -> tuple[str, ...]:
    """The text on at most so many lines of a width, cut with an ellipsis where it is longer."""
    lines: list[str] = []
    for word in text.split():
        if lines and width_of(f"{lines[-1]} {word}", size) <= width:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    whole, rest = lines[: most - 1], " ".join(lines[most - 1 :])
    return tuple(_cut(line, width, size) for line in (*whole, rest) if line)


def _cut(line: str, width: float, size: float) -> str:
    if width_of(line, size) <= width:
        return line
    while line and width_of(f"{line}…", size) > width:
        line = line[:-1]
    return f"{line.rstrip()}…"


def _share(sign: str) -> float:
    if sign in NARROW:
        return 0.36
    if sign in WIDE_SIGNS:
        return 0.92
    return 0.7 if sign.isupper() else 0.59
