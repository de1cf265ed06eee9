"""Passages as columns, clustered by stage and time: what a question about cohorts is counted on.

A question's cohort is one slice of each stage. Where nothing in a stretch of rows is later than the as-of instant,
its whole days are known beforehand (``ended``, ``stayed``); otherwise the instants themselves are compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from plugin.domain.conversion import Histogram
from plugin.store.cohorts.packed import NEVER, UNDATED
from plugin.store.types import DAY_MICROSECONDS

Column = npt.NDArray[Any]
Rows = Mapping[str, Column]

# Rows that share one latest instant: few enough to stay in a processor's cache, many enough to be worth a call.
STRETCH = 65_536

# ``ended``: 0 while open, else 1 + 2 x whole days, and one more where lost. ``stayed``: 0, else 1 + whole days.
STATES = ("none", "open", "won", "lost")
OPEN = STATES.index("open")
DIMENSIONS = ("owner", "persona", "source", "pipeline")
LATER = ("outcome_at", "left_at", "went_back_at", "reopened_at")
WENT_BACK, REOPENED, GONE, STRAIGHT = 1, 2, 4, 8

ENTRY_COLUMNS = ("entered_at", *LATER, "gone_at", "ended", "stayed", "marks", "left_to", *DIMENSIONS, "deal")
STANDING_COLUMNS = ("since", "came_back", "state", "gone_at", *DIMENSIONS, "deal")
DETOUR_COLUMNS = ("reached_at", "entered_at", "held_undated", *DIMENSIONS, "deal")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in the columns' own terms.

    ``first`` to ``behind`` (excluded) are the period, ``as_of`` an instant, all in microseconds; ``bounded`` says
    that a period was asked for; ``only`` are the numbers that each dimension may have.
    """

    first: int
    behind: int
    as_of: int
    bounded: bool
    only: Mapping[str, Sequence[int]]


@dataclass(slots=True)
class Counted:
    """Sums over several sets of rows, each added or taken away."""

    ended: list[Column] = field(default_factory=list)
    stayed: list[Column] = field(default_factory=list)
    open_days: list[Column] = field(default_factory=list)
    staying_days: list[Column] = field(default_factory=list)
    reached: int = 0
    skipped: int = 0
    went_back: int = 0
    reopened: int = 0

    def histogram(self) -> Histogram:
        ended, stayed = _sum(self.ended), _sum(self.stayed)
        return Histogram(
            advanced=_days(ended[1::2]),
            lost=_days(ended[2::2]),
            open=_days(_sum(self.open_days)),
            left=_days(stayed[1:]),
            staying=_days(_sum(self.staying_days)),
            reached=self.reached,
            skipped=self.skipped,
            went_back=self.went_back,
            reopened=self.reopened,
        )


@dataclass(frozen=True)
class Clustered:
    """Rows sorted by stage, then by their first column. ``bounds[s]`` to ``bounds[s + 1]`` are those of place s.

    ``latest`` is the last instant of each stretch (counted from the stage's first row; ``stretches[s]`` is the
    number of the stage's first one); ``deals`` are all rows' deals in order, each with its row in ``deal_rows``.
    """

    columns: Rows
    lead: str
    bounds: Sequence[int]
    stretches: Sequence[int]
    latest: Column
    deals: Column
    deal_rows: Column

    def rows_of(self, deals: Column) -> Column:
        """The numbers of the rows that belong to these deals."""
        firsts = np.searchsorted(self.deals, deals, "left")
        behind = np.searchsorted(self.deals, deals, "right")
        found = [self.deal_rows[a:b] for a, b in zip(firsts.tolist(), behind.tolist(), strict=True) if a < b]
        return np.sort(np.concatenate(found)) if found else np.empty(0, np.int64)

    def taken(self, rows: Column, read: Callable[[], None]) -> dict[str, Column]:
        """Copies of some rows, with their stage; ``read`` is called behind each column."""
        taken = {}
        for name, column in self.columns.items():
            taken[name] = column[rows]
            read()
        taken["stage"] = (np.searchsorted(np.asarray(self.bounds), rows, "right") - 1).astype(np.uint16)
        return taken

    def with_rows_of(self, other: Clustered) -> Clustered:
        """Both, sorted anew: for few rows."""
        both = [one.taken(np.arange(len(one.deals)), lambda: None) for one in (self, other)]
        rows = {name: np.concatenate([one[name] for one in both]) for name in both[0]}
        return clustered(rows, self.lead, len(self.bounds) - 1)

    def pieces(self, stage: int, first: int, behind: int) -> Iterator[tuple[slice, int]]:
        """The stage's rows with a lead in the range, a stretch at a time, each with its latest instant."""
        start, end = self.bounds[stage], self.bounds[stage + 1]
        lead = self.columns[self.lead]
        low = start + int(np.searchsorted(lead[start:end], first, "left"))
        high = start + int(np.searchsorted(lead[start:end], behind, "left"))
        while low < high:
            stretch = (low - start) // STRETCH
            stop = min(start + (stretch + 1) * STRETCH, high)
            yield slice(low, stop), int(self.latest[self.stretches[stage] + stretch])
            low = stop


@dataclass(frozen=True)
class Layer:
    """All rows of some deals: ``entries`` by first entry; ``detours``, reached otherwise than by entering, by that.

    ``standings`` are the deals where they stand now, by since when. A stage is a place of the layer's ``Layout``.
    """

    entries: Clustered
    detours: Clustered
    standings: Clustered

    def count(self, stage: int, asked: Asked, into: Counted, sign: int = 1) -> None:
        """Add this layer's share of a stage's cohort to ``into``, or take it away."""
        for piece, latest in self.entries.pieces(stage, asked.first, min(asked.behind, asked.as_of + 1)):
            _count_entries(_Taken.of(self.entries, piece, asked.only), latest <= asked.as_of, asked, into, sign)
        for piece, _ in self.detours.pieces(stage, _first_reached(asked), min(asked.behind, asked.as_of + 1)):
            rows = _Taken.of(self.detours, piece, asked.only)
            into.reached += sign * rows.number
            into.skipped += sign * int(np.count_nonzero(_skipped(rows, asked)))

    def find(self, stage: int, figure: Figure, asked: Asked) -> Iterator[tuple[Column, Column]]:
        """The deals that a figure counts, each row with the instant that it is sorted by."""
        of_entries, of_detours = figure
        behind = min(asked.behind, asked.as_of + 1)
        for clustered, holds, first in (
            (self.entries, of_entries, asked.first),
            (self.detours, of_detours, _first_reached(asked)),
        ):
            for piece, _ in clustered.pieces(stage, first, behind) if holds else ():
                rows = _Taken.of(clustered, piece, asked.only)
                chosen = holds(rows, asked) if holds else np.empty(0, bool)
                yield rows["deal"][chosen], rows[clustered.lead][chosen]

    def entered(self, stage: int, asked: Asked) -> Iterator[_Taken]:
        """The rows of a stage's cohort, a stretch at a time."""
        for piece, _ in self.entries.pieces(stage, asked.first, min(asked.behind, asked.as_of + 1)):
            yield _Taken.of(self.entries, piece, asked.only)

    def standing(self, stage: int, asked: Asked) -> Iterator[_Taken]:
        """The rows of the deals that stand in a stage now, whatever the period and the instant."""
        for piece, _ in self.standings.pieces(stage, UNDATED, NEVER):
            yield _Taken.of(self.standings, piece, asked.only)

    @property
    def last_deal(self) -> int:
        """The highest number of its deals; 0 where it has none."""
        return int(self.standings.deals[-1]) if len(self.standings.deals) else 0

    def with_rows_of(self, other: Layer) -> Layer:
        return Layer(*(getattr(self, part).with_rows_of(getattr(other, part)) for part in PARTS))

    def taken(self, deals: Column, read: Callable[[], None]) -> Layer:
        """A layer of the rows of some of its deals; ``read`` is called whenever a column has been read."""
        parts = (self.entries, self.detours, self.standings)
        return Layer(
            *(clustered(part.taken(part.rows_of(deals), read), part.lead, len(part.bounds) - 1) for part in parts)
        )


class _Taken:
    """Some rows' columns, each read when it is asked for."""

    def __init__(self, rows: Rows, piece: slice, chosen: Column | None, number: int) -> None:
        self.rows, self.piece, self.chosen, self.number = rows, piece, chosen, number

    @classmethod
    def of(cls, clustered: Clustered, piece: slice, only: Mapping[str, Sequence[int]]) -> _Taken:
        chosen: Column | None = None
        for name, numbers in only.items():
            column = clustered.columns[name][piece]
            holds = column == numbers[0] if len(numbers) == 1 else np.isin(column, numbers)
            chosen = holds if chosen is None else chosen & holds
        number = piece.stop - piece.start if chosen is None else int(np.count_nonzero(chosen))
        return cls(clustered.columns, piece, chosen, number)

    def __getitem__(self, name: str) -> Column:
        column = self.rows[name][self.piece]
        return column if self.chosen is None else column[self.chosen]


# The parts of a layer, and what each is sorted by within a place.
LEADS = {"entries": "entered_at", "detours": "reached_at", "standings": "since"}


def layer(rows: Rows, standings: Rows, places: int) -> Layer:
    """Cluster deals: ``rows`` are their packed records with ``gone_at`` and the dimensions, ``standings`` the rest.

    ``places`` is how many a stage may have.
    """
    parts = unsorted(rows, standings)
    return Layer(**{part: clustered(parts[part], lead, places) for part, lead in LEADS.items()})


def unsorted(rows: Rows, standings: Rows) -> dict[str, Rows]:
    """The rows of each part as ``clustered`` takes them, from what ``layer`` is given."""
    entered, reached = rows["entered_at"], rows["reached_at"]
    is_entry, straight = entered != NEVER, entered == reached
    entries = {name: rows[name][is_entry] for name in ("stage", *ENTRY_COLUMNS) if name in rows}
    entries |= _worked_out(entries, rows["outcome"][is_entry], straight[is_entry])
    detours = {name: rows[name][~straight] for name in ("stage", *DETOUR_COLUMNS)}
    standing = {name: standings[name] for name in ("stage", *STANDING_COLUMNS)}
    return {"entries": entries, "detours": detours, "standings": standing}


def clustered(rows: Rows, lead: str, places: int) -> Clustered:
    """Sort rows by stage and ``lead``; every row keeps its columns but the stage, which its place says."""
    order = np.lexsort((rows[lead], rows["stage"]))
    stage = rows["stage"][order]
    bounds = np.searchsorted(stage, np.arange(places + 1)).tolist()
    columns = {name: column[order] for name, column in rows.items() if name != "stage"}
    stretches, last = latest(columns, bounds)
    by_deal = np.argsort(columns["deal"], kind="stable")
    deals = columns["deal"][by_deal]
    return Clustered(columns, lead, bounds, stretches, last, deals, by_deal.astype(np.uint32))


def _worked_out(rows: Rows, outcome: Column, straight: Column) -> dict[str, Column]:
    """What doesn't depend on the as-of instant: whole days where something ended, and marks."""
    days, stay = (_whole_days(rows["entered_at"], rows[name]) for name in ("outcome_at", "left_at"))
    marks = np.where(rows["went_back_at"] != NEVER, WENT_BACK, 0) | np.where(rows["reopened_at"] != NEVER, REOPENED, 0)
    marks |= np.where(rows["gone_at"] != NEVER, GONE, 0) | np.where(straight, STRAIGHT, 0)
    return {
        "ended": np.where(rows["outcome_at"] == NEVER, 0, 2 * days + outcome).astype(np.int32),
        "stayed": np.where(rows["left_at"] == NEVER, 0, 1 + stay).astype(np.int32),
        "marks": marks.astype(np.uint8),
    }


def latest(columns: Rows, bounds: Sequence[int]) -> tuple[list[int], Column]:
    """The last instant of each stretch of anything that an earlier as-of instant doesn't know of."""
    watched = [name for name in LATER if name in columns]
    stretches: list[int] = []
    last: list[int] = []
    for start, end in pairwise(bounds):
        stretches.append(len(last))
        for low in range(start, end, STRETCH):
            piece = slice(low, min(low + STRETCH, end))
            last.append(max((_last(columns[name][piece]) for name in watched), default=UNDATED))
    return stretches, np.array(last, np.int64)


def _last(instants: Column) -> int:
    return int(np.max(instants, where=instants != NEVER, initial=UNDATED))


def _count_entries(rows: _Taken, settled: bool, asked: Asked, into: Counted, sign: int) -> None:
    if not rows.number:
        return
    marks = rows["marks"]
    ended, stayed, went_back, reopened = _settled(rows, marks) if settled else _by(rows, asked.as_of)
    into.ended.append(sign * np.bincount(ended))
    into.stayed.append(sign * np.bincount(stayed))
    into.open_days.append(sign * np.bincount(_watched(rows, marks, ended == 0, asked.as_of)))
    into.staying_days.append(sign * np.bincount(_watched(rows, marks, stayed == 0, asked.as_of)))
    into.went_back += sign * int(np.count_nonzero(went_back))
    into.reopened += sign * int(np.count_nonzero(reopened))
    into.reached += sign * int(np.count_nonzero(marks & STRAIGHT))


def _settled(rows: _Taken, marks: Column) -> tuple[Column, Column, Column, Column]:
    return rows["ended"], rows["stayed"], marks & WENT_BACK, marks & REOPENED


def _by(rows: _Taken, as_of: int) -> tuple[Column, Column, Column, Column]:
    ended = np.where(rows["outcome_at"] <= as_of, rows["ended"], 0)
    stayed = np.where(rows["left_at"] <= as_of, rows["stayed"], 0)
    return ended, stayed, rows["went_back_at"] <= as_of, rows["reopened_at"] <= as_of


def _watched(rows: _Taken, marks: Column, undecided: Column, as_of: int) -> Column:
    """For how many whole days: until the as-of instant, or until the deal was found gone."""
    entered = rows["entered_at"][undecided]
    if not np.any(marks & GONE):
        return _whole_days(entered, as_of)
    return _whole_days(entered, np.minimum(rows["gone_at"][undecided], as_of))


def _whole_days(start: Column, end: Column | int) -> Column:
    """Never below zero: a deal found gone before its entry was corrected has been watched for no day."""
    elapsed: Column = np.maximum(end - start, 0) // DAY_MICROSECONDS
    return elapsed


def _first_reached(asked: Asked) -> int:
    """A reaching without a date lies in no period; it counts only where no period is asked for."""
    return max(asked.first, UNDATED + 1) if asked.bounded else UNDATED


def _skipped(rows: _Taken, asked: Asked) -> Column:
    skipped: Column = (rows["held_undated"] == 0) & (rows["entered_at"] > asked.as_of)
    return skipped


def _with_outcome(code: int) -> Holds:
    def holds(rows: _Taken, asked: Asked) -> Column:
        ended = np.where(rows["outcome_at"] <= asked.as_of, rows["ended"], 0)
        found: Column = (ended > 0) & ((ended - 1) % 2 == code - 1) if code else ended == 0
        return found

    return holds


def _by_then(name: str) -> Holds:
    def holds(rows: _Taken, asked: Asked) -> Column:
        found: Column = rows[name] <= asked.as_of
        return found

    return holds


def _all(rows: _Taken, _asked: Asked) -> Column:
    return np.ones(rows.number, bool)


Holds = Callable[[_Taken, Asked], Column]
# What a figure takes of the entries and of the detours.
Figure = tuple[Holds | None, Holds | None]


def led_to(target: int, nowhere: int) -> Figure:
    """The deals whose first visit led there by the as-of instant; ``nowhere`` takes those that are there still."""

    def holds(rows: _Taken, asked: Asked) -> Column:
        found: Column = targets(rows, asked, nowhere) == target
        return found

    return holds, None


def targets(rows: _Taken, asked: Asked, nowhere: int) -> Column:
    """Where each first visit led by the as-of instant."""
    return np.where(rows["left_at"] <= asked.as_of, rows["left_to"], np.uint8(nowhere))


FIGURES: Mapping[str, Figure] = {
    "entered": (_all, None),
    "reached": (lambda rows, _asked: rows["marks"] & STRAIGHT != 0, _all),
    "skipped": (None, _skipped),
    "advanced": (_with_outcome(1), None),
    "lost": (_with_outcome(2), None),
    "open": (_with_outcome(0), None),
    "went_back": (_by_then("went_back_at"), None),
    "reopened": (_by_then("reopened_at"), None),
}


def lasting(rows: Rows, as_of: int) -> tuple[Column, Column]:
    """A cohort's outcomes as of an instant (0 open, 1 advanced, 2 lost), and until when each row was watched."""
    ended = np.where(rows["outcome_at"] <= as_of, rows["ended"], 0)
    outcome = np.where(ended == 0, 0, 2 - ended % 2).astype(np.int64)
    watched = np.minimum(np.minimum(rows["gone_at"], as_of), rows["outcome_at"])
    return outcome, np.maximum(watched, rows["entered_at"])


def _sum(counts: Sequence[Column]) -> Column:
    total = np.zeros(max((len(one) for one in counts), default=1), np.int64)
    for one in counts:
        total[: len(one)] += one
    return total


def _days(counts: Column) -> Counter[int]:
    days = np.flatnonzero(counts)
    return Counter(dict(zip(days.tolist(), counts[days].tolist(), strict=True)))
