"""How large a slide's text may be, so that all of it stays on the slide. Sizes in points, places in EMU."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from pptx.util import Pt

from plugin.services.deck_blocks import Block, ColumnsBlock, Line, PictureBlock, Runs, TableBlock, TextBlock
from plugin.services.deck_layouts import GAP

LARGEST, SMALLEST = 28.0, 6.0
# Mean width of a letter and distance of lines, as shares of the size; a little generous.
LETTER, LEADING = 0.53, 1.22
BETWEEN_LINES = 0.42
CELL_MARGIN = int(Pt(6))
BETWEEN_BLOCKS = int(Pt(14))
LEAST_PICTURE = int(Pt(72))
# Room to write in, where a table is filled in together.
EMPTY_ROW = int(Pt(34))


@dataclass(frozen=True, slots=True)
class Area:
    left: int
    top: int
    width: int
    height: int


def size_for(blocks: Sequence[Block], area: Area) -> float:
    """The largest size at which the blocks stand in the area, one below the other."""
    size = LARGEST
    while size > SMALLEST and height_of(blocks, area.width, size) > area.height:
        size -= 1.0
    return size


def height_of(blocks: Sequence[Block], width: int, size: float) -> int:
    return sum(block_height(block, width, size) for block in blocks) + BETWEEN_BLOCKS * max(len(blocks) - 1, 0)


def block_height(block: Block, width: int, size: float) -> int:
    match block:
        case TextBlock():
            return sum(line_height(line, width, size) for line in block.lines)
        case TableBlock():
            return sum(row_heights(block, width, size))
        case ColumnsBlock():
            part = column_width(block, width)
            return max((height_of(column, part, size) for column in block.columns), default=0)
        case PictureBlock():
            return LEAST_PICTURE


def line_height(line: Line, width: int, size: float) -> int:
    size = size * (1.15 if line.heading or line.quote else 1)
    indent = int(Pt(size)) * (1 + line.level) if line.bullet or line.level or line.quote else 0
    return int(Pt(lines_of(line.text, width - indent, size) * size * LEADING + size * BETWEEN_LINES))


def row_heights(table: TableBlock, width: int, size: float) -> list[int]:
    widths = column_widths(table, width)
    return [max(_cell_height(cell, part, size) for cell, part in zip(row, widths, strict=False)) for row in table.rows]


def _cell_height(cell: Runs, width: int, size: float) -> int:
    text = _text(cell)
    if not text:
        return int(EMPTY_ROW * size / LARGEST)
    return int(Pt(lines_of(text, width - 2 * CELL_MARGIN, size) * size * LEADING)) + 2 * CELL_MARGIN


def column_widths(table: TableBlock, width: int) -> list[int]:
    """By the square root of what the fullest cell holds: long texts get more room, short ones keep theirs."""
    count = max(len(row) for row in table.rows)
    weights = [
        max((min(len(_text(row[place])), 160) for row in table.rows if place < len(row)), default=1) ** 0.5 + 1.5
        for place in range(count)
    ]
    widths = [int(width * weight / sum(weights)) for weight in weights]
    return [*widths[:-1], width - sum(widths[:-1])]


def column_width(block: ColumnsBlock, width: int) -> int:
    count = max(len(block.columns), 1)
    return (width - int(GAP) * (count - 1)) // count


def lines_of(text: str, width: int, size: float) -> int:
    """How many lines a text takes; a word longer than a line is broken."""
    room = max(int(width / int(Pt(size * LETTER))), 1)
    return sum(_wrapped(part, room) for part in text.split("\n"))


def _wrapped(text: str, room: int) -> int:
    lines, used = 1, 0
    for word in text.split(" "):
        needed = len(word) + (1 if used else 0)
        if used + needed <= room:
            used += needed
        else:
            lines += (1 if used else 0) + ceil(len(word) / room) - 1
            used = len(word) % room or (room if word else 0)
    return lines


def _text(cell: Runs) -> str:
    return "".join(run.text for run in cell)
