"""Rows taken up again from a heap are those that sorting them in memory gives, without holding them."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from itertools import pairwise
from tempfile import TemporaryFile

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from plugin.store.cohorts.columns import LATER, Clustered, Rows, clustered
from plugin.store.cohorts.heap import Heap

STAGES = 4


def some_rows(deals: range, chance: np.random.Generator, *, rows_a_deal: int = 6, instants: int = 50) -> Rows:
    deal = np.repeat(np.array(deals, np.int64), chance.integers(0, rows_a_deal, len(deals)))
    return {
        "stage": chance.integers(0, STAGES, len(deal)).astype(np.uint8),
        "entered_at": chance.integers(0, instants, len(deal)),
        **{name: chance.integers(0, instants, len(deal)) for name in LATER},
        "ended": chance.integers(0, 9, len(deal)).astype(np.int32),
        "deal": deal,
    }


def joined(batches: list[Rows]) -> Rows:
    return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}


def taken_up(batches: Iterator[Rows] | list[Rows]) -> Clustered:
    with TemporaryFile() as file:
        heap = Heap(file, some_rows(range(0), np.random.default_rng(1)), "entered_at", STAGES)
        for batch in batches:
            heap.add(batch)
        arrays = {name: np.concatenate([*array.pieces]) for name, array in heap.arrays().items()}
        kinds = {name: (array.kind, array.length) for name, array in heap.arrays().items()}
    assert kinds == {name: (array.dtype, len(array)) for name, array in arrays.items()}
    latest, deals, deal_rows = (arrays.pop(name) for name in ("latest", "deals", "deal_rows"))
    return Clustered(arrays, "entered_at", heap.bounds, heap.stretches, latest, deals, deal_rows)


@given(st.lists(st.integers(0, 40), min_size=1, max_size=5), st.integers(0, 2**32))
def test_rows_come_back_as_they_would_be_sorted_in_memory(sizes: list[int], seed: int) -> None:
    chance = np.random.default_rng(seed)
    ends = np.cumsum([0, *sizes]).tolist()
    batches = [some_rows(range(first, end), chance) for first, end in pairwise(ends)]
    found, plain = taken_up(batches), clustered(joined(batches), "entered_at", STAGES)
    assert (found.bounds, found.stretches) == (plain.bounds, plain.stretches)
    for name, column in plain.columns.items():
        assert np.array_equal(found.columns[name], column), name
    assert np.array_equal(found.latest, plain.latest)
    assert np.array_equal(found.deals, plain.deals)
    for deal in range(ends[-1]):
        assert np.array_equal(found.rows_of(np.array([deal])), plain.rows_of(np.array([deal])))


def test_a_row_takes_a_fraction_of_its_own_size_in_memory() -> None:
    chance, deals, batch = np.random.default_rng(3), 200_000, 5_000
    like = some_rows(range(0), chance)
    tracemalloc.start()
    with TemporaryFile() as file:
        heap = Heap(file, like, "entered_at", STAGES)
        for first in range(0, deals, batch):
            heap.add(some_rows(range(first, first + batch), chance, instants=10**9))
        for array in heap.arrays().values():
            for _ in array.pieces:
                pass
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    width = sum(column.dtype.itemsize for column in like.values())
    assert held < heap.bounds[-1] * width / 2
