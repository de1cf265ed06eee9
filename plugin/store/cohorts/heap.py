"""Rows that are too many to hold: put down in a file as they come, taken up again in order, a stage's column at a time.

What stays in memory is one column of one stage, a few times over, and eight bytes a row for their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from plugin.store.cohorts.columns import LATER, Column, Rows, latest


class Block(NamedTuple):
    """Rows as they were put down: where the first of their columns begins, and how many they are."""

    start: int
    rows: int


@dataclass(frozen=True)
class Pieces:
    """An array that nobody holds whole."""

    kind: np.dtype[Any]
    length: int
    pieces: Iterable[Column]


class Heap:
    """Rows of one part of a layer. ``like`` are none of them, with all their columns.

    ``add`` takes them in the order of their deals; behind the last, ``arrays`` are those of ``columns.clustered``.
    """

    def __init__(self, file: BinaryIO, like: Rows, lead: str, places: int) -> None:
        self.lead = lead
        kinds = {name: column.dtype for name, column in like.items()}
        self._by_stage = _Table(file, {name: kind for name, kind in kinds.items() if name != "stage"})
        self._by_deal = _Table(file, {name: kinds[name] for name in ("stage", "deal")})
        self._blocks: list[list[Block]] = [[] for _ in range(places)]
        self._came: list[Block] = []

    def add(self, rows: Rows) -> None:
        self._came.append(self._by_deal.put(rows))
        for stage in np.unique(rows["stage"]).tolist():
            mine = rows["stage"] == stage
            self._blocks[stage].append(self._by_stage.put({name: column[mine] for name, column in rows.items()}))

    @property
    def bounds(self) -> list[int]:
        return list(accumulate((sum(block.rows for block in blocks) for blocks in self._blocks), initial=0))

    @property
    def stretches(self) -> list[int]:
        return latest({}, self.bounds)[0]

    def arrays(self) -> dict[str, Pieces]:
        orders = [self._order(blocks) for blocks in self._blocks]
        last = np.concatenate([*self._latest(orders)])
        rows, kinds = self.bounds[-1], self._by_stage.kinds
        return {
            **{name: Pieces(kind, rows, self._sorted(name, orders)) for name, kind in kinds.items()},
            "latest": Pieces(last.dtype, len(last), (last,)),
            "deals": Pieces(kinds["deal"], rows, (self._by_deal.column([block], "deal") for block in self._came)),
            "deal_rows": Pieces(np.dtype(np.uint32), rows, self._deal_rows(orders)),
        }

    def _order(self, blocks: Sequence[Block]) -> Column:
        return np.argsort(self._by_stage.column(blocks, self.lead), kind="stable").astype(np.uint32)

    def _sorted(self, name: str, orders: Sequence[Column]) -> Iterator[Column]:
        for blocks, order in zip(self._blocks, orders, strict=True):
            yield self._by_stage.column(blocks, name)[order]

    def _latest(self, orders: Sequence[Column]) -> Iterator[Column]:
        watched = [name for name in LATER if name in self._by_stage.kinds]
        for blocks, order in zip(self._blocks, orders, strict=True):
            columns = {name: self._by_stage.column(blocks, name)[order] for name in watched}
            yield latest(columns, (0, len(order)))[1]

    def _deal_rows(self, orders: Sequence[Column]) -> Iterator[Column]:
        """Where each row has come to stand, in the order in which the rows came."""
        places = [first + _inverse(order) for first, order in zip(self.bounds, orders, strict=False)]
        taken = [0] * len(places)
        for block in self._came:
            stages = self._by_deal.column([block], "stage")
            rows = np.empty(block.rows, np.uint32)
            for stage, number in enumerate(np.bincount(stages, minlength=len(places)).tolist()):
                rows[stages == stage] = places[stage][taken[stage] : taken[stage] + number]
                taken[stage] += number
            yield rows


class _Table:
    """Blocks of rows with the same columns, each column of a block in one run."""

    def __init__(self, file: BinaryIO, kinds: Mapping[str, np.dtype[Any]]) -> None:
        self.file, self.kinds = file, kinds
        widths = accumulate((kind.itemsize for kind in kinds.values()), initial=0)
        self._before = dict(zip(kinds, widths, strict=False))

    def put(self, rows: Rows) -> Block:
        start = self.file.seek(0, 2)
        for name, kind in self.kinds.items():
            self.file.write(np.ascontiguousarray(rows[name], kind).view(np.uint8).data)
        return Block(start, len(rows["deal"]))

    def column(self, blocks: Sequence[Block], name: str) -> Column:
        """A column of some blocks, one behind the other."""
        column = np.empty(sum(block.rows for block in blocks), self.kinds[name])
        filled = 0
        for start, rows in blocks:
            self.file.seek(start + rows * self._before[name])
            self.file.readinto(column[filled : filled + rows].view(np.uint8).data)  # type: ignore[attr-defined]
            filled += rows
        return column


def _inverse(order: Column) -> Column:
    inverse = np.empty_like(order)
    inverse[order] = np.arange(len(order), dtype=order.dtype)
    return inverse
