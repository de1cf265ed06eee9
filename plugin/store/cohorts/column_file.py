"""A layer of columns in a file that several processes map: written aside, then renamed, never changed after that.

The file is a line of JSON that says where each array begins, then the arrays. It is derived: a file that can't be
read is thrown away and made anew.
"""

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from plugin.store.cohorts.columns import Clustered, Column, Layer
from plugin.store.cohorts.heap import Heap, Pieces

# Changes whenever the arrays or their meaning do: a file of another form is made anew.
FORM = 2
ALIGNMENT = 64
HEAD_BYTES = 65_536
ABOUT = "about"


class Unreadable(Exception):
    """The file is cut short, or of another form."""


@dataclass(frozen=True)
class ColumnFile:
    """A layer mapped from a file, and what was written beside it."""

    layer: Layer
    about: Mapping[str, Any]
    mapped: mmap.mmap

    def release(self) -> None:
        """Give the memory back to the system; what is read again comes from its cache of files."""
        self.mapped.madvise(mmap.MADV_DONTNEED)


def write(path: Path, parts: Mapping[str, Heap], about: Mapping[str, Any]) -> None:
    """Write a layer's parts, and a few plain values about it, to ``path``; nobody ever sees half a file."""
    arrays = {f"{part}.{name}": array for part, rows in parts.items() for name, array in rows.arrays().items()}
    told = np.frombuffer(json.dumps(dict(about)).encode(), np.uint8)
    arrays[ABOUT] = Pieces(told.dtype, len(told), (told,))
    places, end = {}, HEAD_BYTES
    for name, array in arrays.items():
        places[name] = (end, array.kind.str, array.length)
        end += -(-array.length * array.kind.itemsize // ALIGNMENT) * ALIGNMENT
    shapes = {part: (rows.lead, list(rows.bounds), list(rows.stretches)) for part, rows in parts.items()}
    head = json.dumps({"form": FORM, "bytes": end, "places": places, "shapes": shapes}).encode()
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with draft.open("wb") as file:
        file.write(head.ljust(HEAD_BYTES))
        for name, array in arrays.items():
            file.seek(places[name][0])
            for piece in array.pieces:
                file.write(piece.view(np.uint8).data)
        file.truncate(end)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def read(path: Path) -> ColumnFile:
    """Map a file that ``write`` made. Raises Unreadable where it is not whole, OSError where it is not there."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size < HEAD_BYTES:
            raise Unreadable(path.name)
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    try:
        head = json.loads(mapped[:HEAD_BYTES])
    except ValueError as error:
        raise Unreadable(path.name) from error
    if head["form"] != FORM or head["bytes"] != len(mapped):
        raise Unreadable(path.name)
    arrays = {
        name: np.frombuffer(mapped, np.dtype(kind), count=number, offset=start)
        for name, (start, kind, number) in head["places"].items()
    }
    parts = {part: _clustered(part, arrays, *shape) for part, shape in head["shapes"].items()}
    return ColumnFile(Layer(**parts), json.loads(arrays[ABOUT].tobytes()), mapped)


def _clustered(
    part: str, arrays: Mapping[str, Column], lead: str, bounds: list[int], stretches: list[int]
) -> Clustered:
    mine = {name.removeprefix(f"{part}."): array for name, array in arrays.items() if name.startswith(f"{part}.")}
    latest, deals, deal_rows = (mine.pop(name) for name in ("latest", "deals", "deal_rows"))
    return Clustered(mine, lead, bounds, stretches, latest, deals, deal_rows)
