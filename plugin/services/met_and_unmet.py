"""A stage's cohort set against held meetings: who had one and what followed, and who had none for how long."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np
from sqlalchemy.orm import Session

from plugin.domain.effectiveness import Followed, Stratum, Unmet
from plugin.domain.visits import Outcome
from plugin.store.cohorts.columns import Column, lasting
from plugin.store.cohorts.view import View
from plugin.store.queries.meetings import HeldMeetings
from plugin.store.queries.questions import Question
from plugin.store.types import DAY_MICROSECONDS, to_microseconds

Name = TypeVar("Name", bound=Hashable)
OUTCOMES = (Outcome.OPEN, Outcome.ADVANCED, Outcome.LOST)
# A combination is counted under one number: 16 bits each for the two counts of days, 2 for the outcome, the rest for
# persona and source (a deal has at most 65,535 days here, 179 years).
DAY_BITS, OUTCOME_BITS = 16, 2
MOST_DAYS = (1 << DAY_BITS) - 1


@dataclass(slots=True)
class MetAndUnmet:
    """Of one kind of meeting: the deals that had one, from its day on; all deals for as long as they had none."""

    followed: list[Followed]
    unmet: dict[Stratum, Unmet]


@dataclass(slots=True)
class _Counts:
    """Numbers of combinations, as they come in, stretch after stretch."""

    kinds: list[Column] = field(default_factory=list)
    times: list[Column] = field(default_factory=list)

    def add(self, codes: Column) -> None:
        kinds, times = np.unique(codes, return_counts=True)
        self.kinds.append(kinds)
        self.times.append(times)

    def total(self) -> Iterator[tuple[int, int]]:
        kinds, place = np.unique(np.concatenate(self.kinds or [np.empty(0, np.int64)]), return_inverse=True)
        times = np.bincount(place, np.concatenate(self.times or [np.empty(0)]), len(kinds)).astype(np.int64)
        return zip(kinds.tolist(), times.tolist(), strict=True)


class Cohort(Generic[Name]):
    """Reads the cohort a stretch at a time, for all kinds of meetings at once: it may be as long as the book of deals.

    ``entered`` is how many deals it has.
    """

    def __init__(
        self, session: Session, view: View, question: Question, stage: str, held: Mapping[Name, HeldMeetings]
    ) -> None:
        self.personas, self.sources = view.texts("persona"), view.texts("source")
        self.held, self.as_of = held, to_microseconds(question.as_of)
        self.met: defaultdict[Name, _Counts] = defaultdict(_Counts)
        self.unmet: defaultdict[Name, _Counts] = defaultdict(_Counts)
        self.entered = 0
        for rows in view.cohort(session, question, stage):
            self._count(rows)

    def found(self) -> dict[Name, MetAndUnmet]:
        return {name: MetAndUnmet(self._followed(self.met[name]), self._unmet(self.unmet[name])) for name in self.held}

    def _count(self, rows: Mapping[str, Column]) -> None:
        entered = rows["entered_at"]
        self.entered += len(entered)
        outcome, end = lasting(rows, self.as_of)
        stratum = (rows["persona"].astype(np.int64) + 1) * self._sources + rows["source"] + 1
        for name, meetings in self.held.items():
            met_at = _first_between(meetings, rows["deal"], entered, end)
            met = met_at >= 0
            day = _days(np.where(met, met_at, end) - entered)
            after = _days(end[met] - met_at[met])
            self.met[name].add(_code(stratum[met], day[met], after, outcome[met]))
            self.unmet[name].add(_code(stratum, day, np.zeros_like(day), np.where(met, 0, outcome)))

    def _followed(self, counts: _Counts) -> list[Followed]:
        found = []
        for code, deals in counts.total():
            stratum, day, after, outcome = self._parts(code)
            found.append(Followed(stratum, day, after, OUTCOMES[outcome], deals))
        return found

    def _unmet(self, counts: _Counts) -> dict[Stratum, Unmet]:
        found: defaultdict[Stratum, Unmet] = defaultdict(Unmet)
        for code, deals in counts.total():
            stratum, day, _, outcome = self._parts(code)
            kind = found[stratum]
            (kind.watched, kind.advanced, kind.lost)[outcome][day] += deals
        return dict(found)

    @property
    def _sources(self) -> int:
        return len(self.sources) + 1

    def _parts(self, code: int) -> tuple[Stratum, int, int, int]:
        code, outcome = divmod(code, 1 << OUTCOME_BITS)
        code, after = divmod(code, 1 << DAY_BITS)
        stratum, day = divmod(code, 1 << DAY_BITS)
        persona, source = divmod(stratum, self._sources)
        return (self.personas.get(persona - 1), self.sources.get(source - 1)), day, after, outcome


def _code(stratum: Column, day: Column, after: Column, outcome: Column) -> Column:
    code: Column = (((stratum << DAY_BITS | day) << DAY_BITS | after) << OUTCOME_BITS) | outcome
    return code


def _days(microseconds: Column) -> Column:
    days: Column = np.minimum(microseconds // DAY_MICROSECONDS, MOST_DAYS)
    return days


def _first_between(meetings: HeldMeetings, deal: Column, start: Column, end: Column) -> Column:
    """When each deal's first meeting from ``start`` to ``end`` (excluded) was; -1 where it had none."""
    place = np.searchsorted(meetings.deal, deal, "left")
    behind = np.searchsorted(meetings.deal, deal, "right")
    found = np.full(len(deal), -1, np.int64)
    waiting = np.flatnonzero(place < behind)
    # A deal has few meetings: all deals take their next one together, until each has one that is late enough.
    while len(waiting):
        at = meetings.at[place[waiting]]
        late = at >= start[waiting]
        fits = late & (at < end[waiting])
        found[waiting[fits]] = at[fits]
        place[waiting] += 1
        waiting = waiting[~late & (place[waiting] < behind[waiting])]
    return found
