"""Cohorts as a process sees them: the newest snapshot, with the deals that changed since in place of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plugin.domain.conversion import Histogram
from plugin.domain.journey import Journey
from plugin.domain.journeys import Journeys
from plugin.domain.visits import Passage
from plugin.store.cohorts import column_file
from plugin.store.cohorts.column_file import ColumnFile
from plugin.store.cohorts.columns import (
    DIMENSIONS,
    FIGURES,
    OPEN,
    STATES,
    Asked,
    Column,
    Counted,
    Figure,
    Layer,
    layer,
    led_to,
    targets,
)
from plugin.store.cohorts.layout import Layout
from plugin.store.cohorts.packed import NEVER, NOWHERE, RECORD, UNDATED, Packing
from plugin.store.cohorts.rows import NO_DEALS, DealRows, Numbers, joined, no_numbers, rows_of_deals
from plugin.store.queries.questions import Choices, Question
from plugin.store.tables import CohortSnapshot, CrmOwner, CrmPipeline, DealChange, DealStanding, Derivation
from plugin.store.types import to_microseconds

NOTHING = np.empty(0, np.int64)
NOBODY = -2
# Mapped memory that may stay in use between two questions.
KEPT_BYTES = 64_000_000


@dataclass(frozen=True)
class _Part:
    """A layer ``without`` some of its deals: their rows are counted and taken away again."""

    layer: Layer
    layout: Layout
    without: Column = field(default_factory=lambda: NOTHING)
    taken_away: Layer | None = None

    def replacing(self, deals: Column, file: ColumnFile | None) -> _Part:
        """``file`` gives back, column by column, the memory that looking for the deals takes.

        Only those are looked for that are not taken away already: one deal more costs one deal's rows.
        """
        fresh = np.setdiff1d(deals, self.without)
        if not len(fresh):
            return self
        taken = self.layer.taken(fresh, file.release if file else lambda: None)
        if self.taken_away:
            taken = self.taken_away.with_rows_of(taken)
        return replace(self, without=np.union1d(self.without, fresh), taken_away=taken)

    def count(self, stage: int, asked: Asked, into: Counted) -> None:
        self.layer.count(stage, asked, into)
        if self.taken_away:
            self.taken_away.count(stage, asked, into, -1)


@dataclass(frozen=True)
class View:
    """What reports count on, of the deals that follow ``journey``.

    ``dated`` is when the figures were whole for the last time; None where that is now.
    """

    journeys: Journeys
    journey: Journey
    numbers: Numbers
    seen: Mapping[str, Sequence[int]]
    parts: tuple[_Part, ...]
    file: ColumnFile | None
    dated: datetime | None

    def histograms(self, session: Session, question: Question) -> dict[str, Histogram]:
        """Each stage's cohort, counted."""
        asked = self._asked(session, question)
        return {stage.key: self._histogram(stage.key, asked) for stage in self.journey.stages}

    def histogram(self, session: Session, question: Question, stage: str) -> Histogram:
        return self._histogram(stage, self._asked(session, question))

    def flow(self, session: Session, question: Question, stage: str) -> dict[str | None, int]:
        """Where the first visits of a stage's cohort led: to a stage, won, lost, or nowhere yet (None)."""
        asked, found = self._asked(session, question), Counter[str | None]()
        for part, place in self._parts(stage):
            total = np.zeros(256, np.int64)
            for sign, layer_ in ((1, part.layer), (-1, part.taken_away)):
                for rows in layer_.entered(place, asked) if layer_ else ():
                    total += sign * np.bincount(targets(rows, asked, NOWHERE), minlength=256)
            packing = self._packing(part)
            found.update({packing.target(code): int(total[code]) for code in np.flatnonzero(total).tolist()})
        self._release()
        return {target: deals for target, deals in found.items() if deals}

    def deals(self, session: Session, question: Question, stage: str, figure: str) -> Column:
        """The deals that a figure counts (a deal once for each round that counts), the latest entry first.

        ``figure`` is one of FIGURES, or ``to `` and where their first visit led (``to `` alone: nowhere yet). KeyError
        on any other.
        """
        asked = self._asked(session, question)
        found, instants = [NOTHING], [NOTHING]
        for part, place in self._parts(stage):
            for taken, at in part.layer.find(place, self._takes(part, figure), asked):
                keep = ~np.isin(taken, part.without)
                found.append(taken[keep])
                instants.append(at[keep])
        self._release()
        order = np.argsort(np.concatenate(instants), kind="stable")[::-1]
        deals: Column = np.concatenate(found)[order]
        return deals

    def cohort(self, session: Session, question: Question, stage: str) -> Iterator[dict[str, Column]]:
        """A stage's cohort with a row for each deal (and round), as ``columns`` has them, a stretch at a time."""
        asked = self._asked(session, question)
        names = ("deal", "entered_at", "outcome_at", "ended", "gone_at", "owner", "persona", "source")
        for part, place in self._parts(stage):
            for rows in part.layer.entered(place, asked):
                keep = ~np.isin(rows["deal"], part.without)
                yield {name: rows[name][keep] for name in names}
        self._release()

    def texts(self, dimension: str) -> dict[int, str]:
        """The personas' keys or the sources by the numbers that stand for them in ``cohort``."""
        return {number: text for text, number in self.numbers[dimension].items()}

    def entered(self, session: Session, question: Question, stage: str) -> Column:
        """By deal number, whether the deal entered this stage in the period."""
        asked, found = self._asked(session, question), np.zeros(1 + self._last_deal, np.bool_)
        for part, place in self._parts(stage):
            for rows in part.layer.entered(place, asked):
                found[rows["deal"][~np.isin(rows["deal"], part.without)]] = True
        self._release()
        return found

    @property
    def _last_deal(self) -> int:
        return max(part.layer.last_deal for part in self.parts)

    def choices(self, session: Session) -> Choices:
        """Every owner, persona and source that some deal has, and every pipeline of the journey that has deals."""
        followed = session.execute(select(CrmPipeline.id, CrmPipeline.journey)).all()
        ours = {id_ for id_, key in followed if self.journeys.named(key) == self.journey}
        return Choices(
            _named(session, CrmPipeline.id, CrmPipeline.label, ours.intersection(self.seen["pipeline"])),
            _named(session, CrmOwner.id, CrmOwner.name, self.seen["owner"]),
            *(
                tuple(
                    sorted((text for text, n in self.numbers[name].items() if n in self.seen[name]), key=str.casefold)
                )
                for name in ("persona", "source")
            ),
        )

    def replacing(self, rows: DealRows, deals: Sequence[int]) -> View:
        """The same with other rows for some deals."""
        instead = np.array(sorted(deals), np.int64)
        return replace(
            self, parts=(*(part.replacing(instead, self.file) for part in self.parts), _part(rows, self.journeys))
        )

    def rows_like(self, session: Session, deals: Mapping[int, Sequence[Passage]]) -> DealRows:
        """Rows of other passages of these deals of the journey, with what the deals are stored with otherwise."""
        packing, begins = Packing(self.journey.places), Layout.of(self.journeys).blocks[self.journey.key].begins
        stored = rows_of_deals(session, self.journeys, list(deals), self.numbers).standings
        packed = [packing.pack(deals[deal_id]) for deal_id in stored["deal"].tolist()]
        records = np.frombuffer(b"".join(packed), RECORD)
        passages = [len(one) // RECORD.itemsize for one in packed]
        beside = {name: np.repeat(stored[name], passages) for name in ("deal", "gone_at", *DIMENSIONS)}
        stage = {"stage": records["stage"] + np.uint16(begins)}
        return DealRows({name: records[name] for name in RECORD.names or ()} | stage | beside, stored)

    def standing(self, session: Session, question: Question) -> dict[tuple[str | None, str], int]:
        """How many deals stand where *today*, by stage and state; a snapshot knows neither periods nor instants."""
        asked = self._asked(session, question)
        found: Counter[tuple[str | None, str]] = Counter()
        keys = [*(stage.key for stage in self.journey.stages), None]
        for key in keys:
            for rows in self._standing(key, asked):
                for state, deals in enumerate(np.bincount(rows["state"]).tolist()):
                    found[key, STATES[state]] += deals
        return dict(+found)

    def open_deals(self, session: Session, question: Question, stage: str) -> dict[str, Column]:
        """Open deals that stand in a stage: ``deal``, ``since`` (microseconds, UNDATED), ``came_back``, ``owner``."""
        found = self._standing(stage, self._asked(session, question))
        chosen = [_chosen(rows, rows["state"] == OPEN) for rows in found]
        empty = dict.fromkeys(("deal", "since", "came_back", "owner"), NOTHING)
        return {name: np.concatenate([empty[name], *(rows[name] for rows in chosen)]) for name in empty}

    def _standing(self, stage: str | None, asked: Asked) -> Iterator[dict[str, Column]]:
        """The deals of the CRM that stand in a stage (None: in none), and that no newer layer has taken over."""
        for part, place in self._parts(stage):
            for rows in part.layer.standing(place, asked):
                keep = (rows["gone_at"] == NEVER) & ~np.isin(rows["deal"], part.without)
                yield {name: rows[name][keep] for name in ("deal", "since", "came_back", "state", "owner")}
        self._release()

    def _parts(self, stage: str | None) -> Iterator[tuple[_Part, int]]:
        """The parts that know the stage, each with its place there. KeyError on one that the journey doesn't have."""
        if stage is not None:
            self.journey.stage(stage)
        for part in self.parts:
            block = part.layout.blocks.get(self.journey.key)
            if block and stage in block.places:
                yield part, block.places[stage]

    def _packing(self, part: _Part) -> Packing:
        return Packing(part.layout.blocks[self.journey.key].stages)

    def _takes(self, part: _Part, figure: str) -> Figure:
        if not figure.startswith("to "):
            return FIGURES[figure]
        packing, target = self._packing(part), figure[3:] or None
        return led_to(packing.code(target), NOWHERE) if target in packing else (None, None)

    def _histogram(self, stage: str, asked: Asked) -> Histogram:
        into = Counted()
        for part, place in self._parts(stage):
            part.count(place, asked, into)
        self._release()
        return into.histogram()

    def _asked(self, session: Session, question: Question) -> Asked:
        start, end = question.period.start, question.period.end
        return Asked(
            first=UNDATED if start is None else to_microseconds(start),
            behind=NEVER if end is None else to_microseconds(end),
            as_of=to_microseconds(question.as_of),
            bounded=question.period.bounded,
            only={name: numbers for name, numbers in self._only(session, question).items() if numbers is not None},
        )

    def _only(self, session: Session, question: Question) -> dict[str, Sequence[int] | None]:
        return {
            "owner": _ids(session, select(CrmOwner.id).where(CrmOwner.name == question.owner), question.owner),
            "pipeline": _ids(
                session, select(CrmPipeline.id).where(CrmPipeline.label == question.pipeline), question.pipeline
            ),
            **{
                name: None if text is None else [self.numbers[name].get(text, NOBODY)]
                for name, text in (("persona", question.persona), ("source", question.source))
            },
        }

    def _release(self) -> None:
        if self.file and len(self.file.mapped) > KEPT_BYTES:
            self.file.release()


@dataclass(frozen=True)
class _State:
    """What a process keeps between two requests: of which ``journeys``, by their fingerprint.

    ``seen`` is the last change that was read, ``awaited`` are numbers below it that nobody has committed yet.
    """

    journeys: str
    name: str
    up_to: int
    made_at: datetime | None
    file: ColumnFile | None
    numbers: Numbers
    rows: DealRows
    changed: Column
    seen: int
    awaited: frozenset[int]
    view: View


@dataclass
class _Kept:
    """One a process, whichever journeys its threads look at."""

    state: _State | None = None
    lock: AbstractContextManager[Any] = field(default_factory=Lock)


@dataclass(frozen=True)
class Cohorts:
    """The deals that follow one of the ``journeys``; ``seen_as`` is its key, empty for the main one.

    ``folder`` holds the snapshots' files; it is made when the first one is.
    """

    journeys: Journeys
    folder: Path
    seen_as: str = ""
    kept: _Kept = field(default_factory=_Kept, repr=False, compare=False)

    def of(self, journeys: Journeys, key: str) -> Cohorts:
        """The same as somebody sees them who knows these journeys and looks at this one."""
        return replace(self, journeys=journeys, seen_as=key)

    def view(self, session: Session) -> View:
        """The cohorts as this session's transaction may see them.

        What a transaction has written and not committed is shown to it and never kept.
        """
        with self.kept.lock:
            state = self._read(session)
            if not session.get_bind().get_execution_options().get("writes", False):
                self.kept.state = state
            return replace(state.view, journey=self.journeys.named(self.seen_as))

    @property
    def _state(self) -> _State | None:
        """What is kept, if it was read with the same journeys."""
        state = self.kept.state
        return state if state and state.journeys == self.journeys.fingerprint else None

    def _read(self, session: Session) -> _State:
        noted = session.execute(select(Derivation.recomputing_since, Derivation.journey)).first()
        # Whoever published journeys a moment ago has derived deals that we don't know how to read yet.
        unsettled = noted is not None and (noted[0] is not None or noted[1] != self.journeys.fingerprint)
        state = self._at_newest_snapshot(session)
        if unsettled and state.file is not None:
            return state if state.view.dated else self._frozen(state)
        if state.view.dated:
            state = replace(state, view=replace(state.view, dated=None))
        return self._caught_up(session, state)

    def _at_newest_snapshot(self, session: Session) -> _State:
        listed = session.execute(
            select(CohortSnapshot.name, CohortSnapshot.up_to, CohortSnapshot.made_at).order_by(
                CohortSnapshot.up_to.desc(), CohortSnapshot.name
            )
        ).all()
        for name, up_to, made_at in listed:
            if self._state and self._state.name == name:
                return self._state
            try:
                file = column_file.read(self.folder / name)
            except (OSError, column_file.Unreadable):
                continue
            return self._from_file(file, name, up_to, made_at)
        if self._state and not self._state.name and self._state.file is None:
            return self._state
        return self._from_all_deals(session, max((up_to for _, up_to, _ in listed), default=0))

    def _from_file(self, file: ColumnFile, name: str, up_to: int, made_at: datetime) -> _State:
        numbers = {
            "persona": {text: n for n, text in enumerate(file.about["personas"])},
            "source": {text: n for n, text in enumerate(file.about["sources"])},
        }
        rows = NO_DEALS
        snapshot = (name, up_to, made_at, file)
        return self._state_of(snapshot, numbers, rows, NOTHING, up_to, frozenset())

    def _from_all_deals(self, session: Session, up_to: int) -> _State:
        """Without a file, every deal stands beside it."""
        numbers = no_numbers()
        seen, awaited = _changes(session, up_to, frozenset())[1:]
        ids = list(session.scalars(select(DealStanding.deal_id).order_by(DealStanding.deal_id)))
        rows = rows_of_deals(session, self.journeys, ids, numbers)
        return self._state_of(("", up_to, None, None), numbers, rows, np.array(ids, np.int64), seen, awaited)

    def _caught_up(self, session: Session, state: _State) -> _State:
        newest = session.scalar(select(func.max(DealChange.id))) or 0
        if newest <= state.seen and not state.awaited:
            return state
        deals, seen, awaited = _changes(session, state.seen, state.awaited)
        if not len(deals):
            return replace(state, seen=seen, awaited=awaited)
        numbers = {name: dict(known) for name, known in state.numbers.items()}
        fresh = rows_of_deals(session, self.journeys, deals.tolist(), numbers)
        rows = joined([state.rows.without(deals), fresh])
        changed = np.union1d(state.changed, deals)
        snapshot = (state.name, state.up_to, state.made_at, state.file)
        return self._state_of(snapshot, numbers, rows, changed, seen, awaited, state.view.parts[0])

    def _state_of(
        self,
        snapshot: tuple[str, int, datetime | None, ColumnFile | None],
        numbers: Numbers,
        rows: DealRows,
        changed: Column,
        seen: int,
        awaited: frozenset[int],
        whole: _Part | None = None,
    ) -> _State:
        """``whole`` is the file's part as it was a moment ago, without fewer deals."""
        file = snapshot[3]
        parts = [_part(rows, self.journeys)]
        if file:
            whole = whole or _Part(file.layer, Layout.listed(file.about["journeys"]))
            parts.insert(0, whole.replacing(changed, file))
        view = View(self.journeys, self.journeys.main, numbers, _seen(file, rows), tuple(parts), file, None)
        return _State(self.journeys.fingerprint, *snapshot, numbers, rows, changed, seen, awaited, view)

    def _frozen(self, state: _State) -> _State:
        """Only the snapshot, dated, until everything has been derived anew."""
        if state.file is None or state.made_at is None:
            return state
        alone = self._from_file(state.file, state.name, state.up_to, state.made_at)
        return replace(alone, view=replace(alone.view, dated=state.made_at))


def _changes(session: Session, seen: int, awaited: frozenset[int]) -> tuple[Column, int, frozenset[int]]:
    """The deals changed behind ``seen`` or under an awaited number; the last number, and those still awaited.

    PostgreSQL numbers changes before their transactions end: a lower number may be seen after a higher one.
    """
    awaits = DealChange.id > seen
    if awaited:
        awaits |= DealChange.id.in_(sorted(awaited)[-IDS_AWAITED:])
    read = dict(session.execute(select(DealChange.id, DealChange.deal_ids).where(awaits)).all())
    last = max(read, default=seen)
    missing = {number for number in range(seen + 1, last) if number not in read} | (awaited - read.keys())
    deals = [np.frombuffer(packed, "<i8") for packed in read.values()]
    return np.unique(np.concatenate([NOTHING, *deals])), max(last, seen), frozenset(missing)


# A number that is never committed (its transaction failed) is awaited until the next snapshot.
IDS_AWAITED = 10_000


def _part(rows: DealRows, journeys: Journeys) -> _Part:
    layout = Layout.of(journeys)
    return _Part(layer(rows.passages, rows.standings, layout.size), layout)


def _chosen(rows: dict[str, Column], keep: Column) -> dict[str, Column]:
    return {name: column[keep] for name, column in rows.items()}


def _seen(file: ColumnFile | None, rows: DealRows) -> dict[str, list[int]]:
    """The numbers that occur, by dimension. A deal that changed counts with what it had before, too."""
    return {
        name: sorted({*(file.about[f"{name}s_seen"] if file else ()), *np.unique(rows.standings[name]).tolist()})
        for name in DIMENSIONS
    }


def _ids(session: Session, query: object, name: str | None) -> list[int] | None:
    if name is None:
        return None
    return list(session.scalars(query)) or [NOBODY]  # type: ignore[call-overload]


def _named(session: Session, key: object, name: object, seen: Iterable[int]) -> tuple[str, ...]:
    known = session.execute(select(key, name)).all()  # type: ignore[call-overload]
    wanted = set(seen)
    return tuple(sorted({text for id_, text in known if id_ in wanted}, key=str.casefold))
