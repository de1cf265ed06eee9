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


def write(path: Path, layer: Layer, about: Mapping[str, Any]) -> None:
    """Write the layer, and a few plain values about it, to ``path``; nobody ever sees half a file."""
    parts = {"entries": layer.entries, "detours": layer.detours, "standings": layer.standings}
    arrays = {f"{part}.{name}": array for part, rows in parts.items() for name, array in _arrays(rows).items()}
    arrays[ABOUT] = np.frombuffer(json.dumps(dict(about)).encode(), np.uint8)
    places, end = {}, HEAD_BYTES
    for name, array in arrays.items():
        places[name] = (end, array.dtype.str, len(array))
        end += -(-array.nbytes // ALIGNMENT) * ALIGNMENT
    shapes = {part: (rows.lead, list(rows.bounds), list(rows.stretches)) for part, rows in parts.items()}
    head = json.dumps({"form": FORM, "bytes": end, "places": places, "shapes": shapes}).encode()
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with draft.open("wb") as file:
        file.write(head.ljust(HEAD_BYTES))
        for name, array in arrays.items():
            file.seek(places[name][0])
            file.write(np.ascontiguousarray(array).view(np.uint8).data)
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


def _arrays(rows: Clustered) -> dict[str, Column]:
    return {**rows.columns, "latest": rows.latest, "deals": rows.deals, "deal_rows": rows.deal_rows}


def _clustered(
    part: str, arrays: Mapping[str, Column], lead: str, bounds: list[int], stretches: list[int]
) -> Clustered:
    mine = {name.removeprefix(f"{part}."): array for name, array in arrays.items() if name.startswith(f"{part}.")}
    latest, deals, deal_rows = (mine.pop(name) for name in ("latest", "deals", "deal_rows"))
    return Clustered(mine, lead, bounds, stretches, latest, deals, deal_rows)
