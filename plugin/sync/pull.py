"""Pulls a connection's pages into the store.

One transaction a page, with its cursor: killed at any moment, the next run goes on behind the last page that was
stored whole. What is derived from a deal's moves is rebuilt in the same transaction, so no reader ever sees a
deal's facts without their consequences.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_adapters.errors import CrmError
from crm_adapters.port import CrmAdapter, Fault, GivesOneDeal, Removal
from plugin.domain.journeys import Journeys
from plugin.store.cohorts.snapshot import make_snapshot, snapshot_lags
from plugin.store.database import Database
from plugin.store.derived import deals_through, derive_each
from plugin.store.erased import NOBODY_KNOWN, Erased
from plugin.store.recomputing import AT_ONCE, JourneysChanged, Recomputing, still_in_use
from plugin.store.tables import Deal, SyncPosition, SyncRun
from plugin.sync.deals import DealPageWriter, Written, mark_gone, mark_removed_deals
from plugin.sync.meetings import MeetingPageWriter, mark_removed
from plugin.sync.stages import StageIds, changing_stages, in_our_words, store_pipelines

DEALS, MEETINGS, REMOVALS, RECOMPUTING = "deals", "meetings", "removals", "recomputing"
# So many deals may stand beside the snapshot in the middle of a long run; it is made anew at the end.
WHILE_PULLING = 100_000
FAULTS_KEPT = 200

Progress = Callable[[str, int, int | None], None]


@dataclass
class Pulled:
    """What a run did. ``deals`` counts records read, ``changed`` those that were new or differed."""

    deals: int = 0
    changed: int = 0
    gone: int = 0
    meetings: int = 0
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True)
class Pull:
    """One run of one connection. ``report(stream, read, total)`` is called after each page.

    ``everything`` reads all there is, also where the adapter could give the changes only: what was missed comes to
    light. Nobody who was ``erased`` comes back.
    """

    recomputing: Recomputing
    connection_id: int
    adapter: CrmAdapter
    template_stages: Mapping[str, str]
    report: Progress = lambda _stream, _read, _total: None
    everything: bool = False
    erased: Erased = NOBODY_KNOWN

    @property
    def _maps_stages(self) -> bool:
        return self.adapter.abilities.maps_stages

    @property
    def database(self) -> Database:
        return self.recomputing.database

    @property
    def journeys(self) -> Journeys:
        return self.recomputing.journeys

    @property
    def clock(self) -> Callable[[], datetime]:
        return self.recomputing.clock

    def run(self) -> Pulled:
        """Read everything that is new. Raises the adapter's CrmError after noting it on the run's row.

        Raises JourneysChanged where others were published meanwhile: the next run goes on from here with them.
        """
        pulled = Pulled()
        run_id = self._begin()
        try:
            self._pull_stages()
            self._pull_deals(pulled)
            self._pull_meetings(pulled)
        except CrmError as error:
            self._end(run_id, pulled, "failed", str(error))
            raise
        except JourneysChanged:
            self._end(run_id, pulled, "done", "")
            raise
        self._end(run_id, pulled, "done", "")
        return pulled

    def one(self, deal_id: str) -> bool:
        """Store one deal as it is now, ahead of the next run; False where there is none, or nothing was ever read."""
        page = self.adapter.deal(deal_id) if isinstance(self.adapter, GivesOneDeal) else None
        with self.database.reading() as session:
            position = session.get(SyncPosition, (self.connection_id, DEALS))
            stages = StageIds.read(session, self.connection_id)
        if page is None or position is None:
            return False
        writer = self._writer(stages, self.clock())
        with self.database.writing.begin() as session:
            self._derive(session, writer.write(session, page, position.pass_number))
        return bool(page.deals)

    def _derive(self, session: Session, written: Written) -> None:
        still_in_use(session, self.journeys)
        derive_each(session, self.journeys, written.deal_ids, written.added)

    def _begin(self) -> int:
        with self.database.writing.begin() as session:
            run = SyncRun(connection_id=self.connection_id, started_at=self.clock(), state="running", faults=[])
            session.add(run)
            session.flush()
            return run.id

    def _end(self, run_id: int, pulled: Pulled, state: str, message: str) -> None:
        with self.database.writing.begin() as session:
            run = session.get_one(SyncRun, run_id)
            run.finished_at, run.state, run.message = self.clock(), state, message
            run.deals, run.changed, run.gone = pulled.deals, pulled.changed, pulled.gone
            run.fault_count = len(pulled.faults)
            run.faults = [str(fault) for fault in pulled.faults[:FAULTS_KEPT]]

    def _pull_stages(self) -> None:
        """A stage that means something else now changes the reading of every deal that went through it."""
        listed = self.adapter.pipelines()
        with self.database.reading() as session:
            pipelines = in_our_words(session, self.connection_id, self.journeys, listed)
            changing = changing_stages(session, self.connection_id, pipelines, self._maps_stages)
            many = deals_through(session, changing, AT_ONCE + 1)
        if len(many) > AT_ONCE:
            self.recomputing.announce()
        with self.database.writing.begin() as session:
            changed = store_pipelines(session, self.connection_id, pipelines, self.clock(), self._maps_stages)
            if len(many) <= AT_ONCE:
                self._derive(session, Written(list(deals_through(session, changed)), {}))
        self.recomputing.finish(lambda done, total: self.report(RECOMPUTING, done, total))

    def _pull_deals(self, pulled: Pulled) -> None:
        now = self.clock()
        with self.database.reading() as session:
            stages = StageIds.read(session, self.connection_id)
        writer = self._writer(stages, now)
        for page in self.adapter.deals(self._cursor(DEALS)):
            with self.database.writing.begin() as session:
                position = self._position(session, DEALS, page.from_start)
                written = writer.write(session, page, position.pass_number)
                self._derive(session, written)
                pulled.gone += mark_removed_deals(session, self.connection_id, page.removals, now)
                self._move_on(position, page.cursor)
            pulled.deals += len(page.deals)
            pulled.changed += len(written.deal_ids)
            pulled.faults += page.faults
            self.report(DEALS, pulled.deals, page.total)
            self._keep_up(WHILE_PULLING)
        gone = self._removals() if self.adapter.abilities.gives_changes else ()
        with self.database.writing.begin() as session:
            pulled.gone += mark_removed_deals(session, self.connection_id, gone, now)
            position = self._finish(session, DEALS)
            self._move_on(self._position(session, REMOVALS, from_start=False), position.cursor)
            abilities = self.adapter.abilities
            if abilities.lists_all and not abilities.hides and position.whole:
                pulled.gone += mark_gone(session, self.connection_id, position.pass_number, now)
        self._keep_up(AT_ONCE)

    def _writer(self, stages: StageIds, now: datetime) -> DealPageWriter:
        forgets = self.adapter.abilities.forgets_touches
        return DealPageWriter(self.connection_id, stages, now, forgets_touches=forgets, erased=self.erased)

    def _removals(self) -> tuple[Removal, ...]:
        """What is gone since the last run that came as far as this: one that was killed before told nothing of it."""
        with self.database.reading() as session:
            position = session.get(SyncPosition, (self.connection_id, REMOVALS))
        return tuple(self.adapter.removals(position.cursor, self._known)) if position and position.cursor else ()

    def _known(self) -> frozenset[str]:
        with self.database.reading() as session:
            rows = session.scalars(
                select(Deal.crm_id).where(Deal.connection_id == self.connection_id, Deal.gone_at.is_(None))
            )
            return frozenset(rows)

    def _keep_up(self, most: int) -> None:
        if snapshot_lags(self.database, most):
            make_snapshot(self.database, self.journeys, self.recomputing.folder, self.clock())

    def _pull_meetings(self, pulled: Pulled) -> None:
        writer = MeetingPageWriter(self.connection_id, self.template_stages, self.clock(), self.erased)
        for page in self.adapter.meetings(self._cursor(MEETINGS)):
            with self.database.writing.begin() as session:
                position = self._position(session, MEETINGS, page.from_start)
                pulled.meetings += writer.write(session, page, position.pass_number)
                self._move_on(position, page.cursor)
            pulled.faults += page.faults
            self.report(MEETINGS, pulled.meetings, page.total)
        with self.database.writing.begin() as session:
            position = self._finish(session, MEETINGS)
            if self.adapter.abilities.lists_all and position.whole:
                mark_removed(session, self.connection_id, position.pass_number, self.clock())

    def _cursor(self, stream: str) -> str | None:
        """Where to go on: behind the last whole page of an unfinished pass, else as far as the adapter needs."""
        with self.database.reading() as session:
            position = session.get(SyncPosition, (self.connection_id, stream))
            if position is None:
                return None
            if not position.pass_open and (self.everything or not self.adapter.abilities.gives_changes):
                return None
            return position.cursor

    def _position(self, session: Session, stream: str, from_start: bool) -> SyncPosition:
        position = session.get(SyncPosition, (self.connection_id, stream))
        if position is None:
            position = SyncPosition(connection_id=self.connection_id, stream=stream, pass_number=0, pass_open=False)
            position.updated_at = self.clock()
            session.add(position)
        if from_start or not position.pass_open:
            position.pass_number += 1
            position.pass_open = True
            position.whole = from_start or not self.adapter.abilities.gives_changes
        return position

    def _move_on(self, position: SyncPosition, cursor: str | None) -> None:
        position.cursor, position.updated_at = cursor, self.clock()

    def _finish(self, session: Session, stream: str) -> SyncPosition:
        """Close the pass. A source without a single page has been read whole too."""
        position = self._position(session, stream, from_start=False)
        position.pass_open, position.updated_at = False, self.clock()
        if position.whole:
            position.whole_at = position.updated_at
        return position
