"""Cohorts as a process sees them: the newest snapshot, with the deals that changed since in place of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from threading import Lock

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plugin.domain.conversion import Histogram
from plugin.domain.journey import Journey
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
    Layer,
    layer,
    led_to,
    targets,
)
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
    """What reports count on. ``dated`` is when the figures were whole for the last time; None where that is now."""

    journey: Journey
    numbers: Numbers
    seen: Mapping[str, Sequence[int]]
    parts: tuple[_Part, ...]
    file: ColumnFile | None
    dated: datetime | None

    def histograms(self, session: Session, question: Question) -> dict[str, Histogram]:
        """Each stage's cohort, counted."""
        asked = self._asked(session, question)
        return {stage.key: self._histogram(place, asked) for place, stage in enumerate(self.journey.stages)}

    def histogram(self, session: Session, question: Question, stage: str) -> Histogram:
        return self._histogram(self._place(stage), self._asked(session, question))

    def flow(self, session: Session, question: Question, stage: str) -> dict[str | None, int]:
        """Where the first visits of a stage's cohort led: to a stage, won, lost, or nowhere yet (None)."""
        asked, packing = self._asked(session, question), Packing(self.journey)
        total = np.zeros(256, np.int64)
        for part in self.parts:
            for sign, layer_ in ((1, part.layer), (-1, part.taken_away)):
                for rows in layer_.entered(self._place(stage), asked) if layer_ else ():
                    total += sign * np.bincount(targets(rows, asked, NOWHERE), minlength=256)
        self._release()
        return {packing.target(code): int(total[code]) for code in np.flatnonzero(total).tolist()}

    def deals(self, session: Session, question: Question, stage: str, figure: str) -> Column:
        """The deals that a figure counts (a deal once for each round that counts), the latest entry first.

        ``figure`` is one of FIGURES, or ``to `` and where their first visit led (``to `` alone: nowhere yet). KeyError
        on any other.
        """
        packing = Packing(self.journey)
        takes = led_to(packing.code(figure[3:] or None), NOWHERE) if figure.startswith("to ") else FIGURES[figure]
        asked = self._asked(session, question)
        found, instants = [NOTHING], [NOTHING]
        for part in self.parts:
            for taken, at in part.layer.find(self._place(stage), takes, asked):
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
        for part in self.parts:
            for rows in part.layer.entered(self._place(stage), asked):
                keep = ~np.isin(rows["deal"], part.without)
                yield {name: rows[name][keep] for name in names}
        self._release()

    def texts(self, dimension: str) -> dict[int, str]:
        """The personas or sources by the numbers that stand for them in ``cohort``."""
        return {number: text for text, number in self.numbers[dimension].items()}

    def entered(self, session: Session, question: Question, stage: str) -> Column:
        """By deal number, whether the deal entered this stage in the period."""
        asked, found = self._asked(session, question), np.zeros(1 + self._last_deal, np.bool_)
        for part in self.parts:
            for rows in part.layer.entered(self._place(stage), asked):
                found[rows["deal"][~np.isin(rows["deal"], part.without)]] = True
        self._release()
        return found

    @property
    def _last_deal(self) -> int:
        return max(part.layer.last_deal for part in self.parts)

    def choices(self, session: Session) -> Choices:
        """Every pipeline, owner, persona and source that some deal has."""
        return Choices(
            _named(session, CrmPipeline.id, CrmPipeline.label, self.seen["pipeline"]),
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
            self, parts=(*(part.replacing(instead, self.file) for part in self.parts), _part(rows, self.journey))
        )

    def rows_like(self, session: Session, deals: Mapping[int, Sequence[Passage]]) -> DealRows:
        """Rows of other passages of these deals, with what the deals are stored with otherwise."""
        packing = Packing(self.journey)
        stored = rows_of_deals(session, self.journey.places, list(deals), self.numbers).standings
        packed = [packing.pack(deals[deal_id]) for deal_id in stored["deal"].tolist()]
        records = np.frombuffer(b"".join(packed), RECORD)
        passages = [len(one) // RECORD.itemsize for one in packed]
        beside = {name: np.repeat(stored[name], passages) for name in ("deal", "gone_at", *DIMENSIONS)}
        return DealRows({name: records[name] for name in RECORD.names or ()} | beside, stored)

    def standing(self, session: Session, question: Question) -> dict[tuple[str | None, str], int]:
        """How many deals stand where *today*, by stage and state; a snapshot knows neither periods nor instants."""
        asked = self._asked(session, question)
        found: Counter[tuple[str | None, str]] = Counter()
        keys = [*(stage.key for stage in self.journey.stages), None]
        for place, key in enumerate(keys):
            for rows in self._standing(place, asked):
                for state, deals in enumerate(np.bincount(rows["state"]).tolist()):
                    found[key, STATES[state]] += deals
        return dict(+found)

    def open_deals(self, session: Session, question: Question, stage: str) -> dict[str, Column]:
        """The open deals that stand in a stage: ``deal``, ``since`` (microseconds, UNDATED) and ``came_back``."""
        found = self._standing(self._place(stage), self._asked(session, question))
        chosen = [_chosen(rows, rows["state"] == OPEN) for rows in found]
        empty = {"deal": NOTHING, "since": NOTHING, "came_back": NOTHING}
        return {name: np.concatenate([empty[name], *(rows[name] for rows in chosen)]) for name in empty}

    def _standing(self, place: int, asked: Asked) -> Iterator[dict[str, Column]]:
        """The deals of the CRM that stand in a stage, and that no newer layer has taken over."""
        for part in self.parts:
            for rows in part.layer.standing(place, asked):
                keep = (rows["gone_at"] == NEVER) & ~np.isin(rows["deal"], part.without)
                yield {name: rows[name][keep] for name in ("deal", "since", "came_back", "state")}
        self._release()

    def _place(self, stage: str) -> int:
        return self.journey.places[stage]

    def _histogram(self, stage: int, asked: Asked) -> Histogram:
        into = Counted()
        for part in self.parts:
            part.count(stage, asked, into)
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
    """What a process keeps between two requests.

    ``seen`` is the last change that was read, ``awaited`` are numbers below it that nobody has committed yet.
    """

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


class Cohorts:
    """One a process. ``folder`` holds the snapshots' files; it is made when the first one is."""

    def __init__(self, journey: Journey, folder: Path) -> None:
        self.journey, self.folder = journey, folder
        self._state: _State | None = None
        self._lock = Lock()

    def view(self, session: Session) -> View:
        """The cohorts as this session's transaction may see them.

        What a transaction has written and not committed is shown to it and never kept.
        """
        with self._lock:
            state = self._read(session)
            if not session.get_bind().get_execution_options().get("writes", False):
                self._state = state
            return state.view

    def _read(self, session: Session) -> _State:
        recomputing = session.scalar(select(Derivation.recomputing_since))
        state = self._at_newest_snapshot(session)
        if recomputing is not None and state.file is not None:
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
            if file.about["journey"] == self.journey.fingerprint:
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
        rows = rows_of_deals(session, self.journey.places, ids, numbers)
        return self._state_of(("", up_to, None, None), numbers, rows, np.array(ids, np.int64), seen, awaited)

    def _caught_up(self, session: Session, state: _State) -> _State:
        newest = session.scalar(select(func.max(DealChange.id))) or 0
        if newest <= state.seen and not state.awaited:
            return state
        deals, seen, awaited = _changes(session, state.seen, state.awaited)
        if not len(deals):
            return replace(state, seen=seen, awaited=awaited)
        numbers = {name: dict(known) for name, known in state.numbers.items()}
        fresh = rows_of_deals(session, self.journey.places, deals.tolist(), numbers)
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
        parts = [_part(rows, self.journey)]
        if file:
            parts.insert(0, (whole or _Part(file.layer)).replacing(changed, file))
        view = View(self.journey, numbers, _seen(file, rows), tuple(parts), file, None)
        return _State(*snapshot, numbers, rows, changed, seen, awaited, view)

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


def _part(rows: DealRows, journey: Journey) -> _Part:
    return _Part(layer(rows.passages, rows.standings, len(journey.stages)))


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


def _named(session: Session, key: object, name: object, seen: Sequence[int]) -> tuple[str, ...]:
    known = session.execute(select(key, name)).all()  # type: ignore[call-overload]
    wanted = set(seen)
    return tuple(sorted({text for id_, text in known if id_ in wanted}, key=str.casefold))
