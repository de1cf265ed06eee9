"""Messages of the outbox to the CRM: each once, in order within a deal, whatever the network does.

A worker takes a message for a while (a lease), sends it, and notes what became of it. Killed in between, the lease runs
out and another takes it; the adapter finds what was written before it writes again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session, aliased

from crm_adapters.errors import (
    AccessRefused,
    CrmError,
    NotSupported,
    OutcomeUnknown,
    RecordGone,
    RefusedByRules,
    TryLater,
)
from crm_adapters.port import CrmAdapter
from plugin.domain.journey import Text
from plugin.domain.journeys import Journeys
from plugin.domain.outbox import LEASE, NEEDS_SOMEBODY, UNFINISHED, MessageState, is_hopeless, next_try
from plugin.store.database import Database
from plugin.store.derived import derive_each
from plugin.store.recomputing import still_in_use
from plugin.store.tables import Deal, Meeting, OutboxMessage, OwnMove, StageMoveFact
from plugin.sync.moves import CRM
from plugin.sync.outgoing import crm_stage_of, held_meeting

# Behind a refusal of access somebody must act: it is not worth asking every few seconds.
ACCESS_WAIT = 600.0


@dataclass(frozen=True, slots=True)
class _Taken:
    id: int
    deal_id: int
    deal_crm_id: str
    meeting_id: int | None
    kind: str
    target: str | None
    attempts: int
    created_at: datetime


@dataclass(frozen=True)
class Push:
    """``titles`` are those of the meeting templates, for meetings that have none of their own."""

    database: Database
    journeys: Journeys
    connection_id: int
    adapter: CrmAdapter
    clock: Callable[[], datetime]
    titles: Mapping[str, Text]

    def run(self) -> int:
        """Send all that is due; returns how many were delivered. A CRM that can't be reached ends the run."""
        delivered = 0
        while (message := self._take()) is not None:
            try:
                written = self._send(message)
            except CrmError as error:
                self._failed(message, error)
                if isinstance(error, TryLater | AccessRefused):
                    break
                continue
            self._done(message, written)
            delivered += 1
        return delivered

    def _take(self) -> _Taken | None:
        now = self.clock()
        with self.database.writing.begin() as session:
            row = session.scalars(_due(self.connection_id, now, self.database.is_sqlite)).first()
            if row is None:
                return None
            row.state, row.lease_until = MessageState.SENDING.value, now + LEASE
            row.attempts += 1
            crm_id = session.get_one(Deal, row.deal_id).crm_id
            return _Taken(
                row.id, row.deal_id, crm_id, row.meeting_id, row.kind, row.target, row.attempts, row.created_at
            )

    def _send(self, message: _Taken) -> str:
        try:
            return self._send_to(message, message.deal_crm_id)
        except RecordGone as gone:
            if gone.merged_into is None:
                raise
            return self._send_to(message, gone.merged_into)

    def _send_to(self, message: _Taken, deal_crm_id: str) -> str:
        with self.database.reading() as session:
            if message.kind == "move":
                stage = crm_stage_of(session, message.deal_id, message.target or "")
                meeting = None
            else:
                template = session.get_one(Meeting, message.meeting_id).template
                title = self.titles.get(template or "")
                meeting = held_meeting(session, self.journeys, message.meeting_id or 0, deal_crm_id, title)
        if meeting is not None:
            return self.adapter.write_meeting(meeting)
        if stage is None:
            raise RefusedByRules(f"no stage of the deal's pipeline is mapped to {message.target}", ("dealstage",))
        return self.adapter.move_deal(deal_crm_id, stage)

    def _done(self, message: _Taken, written: str) -> None:
        now = self.clock()
        with self.database.writing.begin() as session:
            row = session.get_one(OutboxMessage, message.id)
            row.state, row.ended_at, row.lease_until = MessageState.DONE.value, now, None
            row.last_error, row.fields = "", []
            if message.meeting_id is not None:
                session.get_one(Meeting, message.meeting_id).crm_id = written
            elif written:
                self._remember(session, message.deal_id, written, now)

    def _remember(self, session: Session, deal_id: int, key: str, now: datetime) -> None:
        """Our own move is no move of the buyer, also where it came back before we knew that we had made it."""
        if session.scalar(select(OwnMove.id).filter_by(deal_id=deal_id, key=key)) is None:
            session.add(OwnMove(deal_id=deal_id, key=key, written_at=now))
        came_back = update(StageMoveFact).where(
            StageMoveFact.deal_id == deal_id,
            StageMoveFact.key == key,
            StageMoveFact.origin == CRM,
            StageMoveFact.withdrawn_at.is_(None),
        )
        if session.scalar(came_back.values(withdrawn_at=now).returning(StageMoveFact.id)) is not None:
            still_in_use(session, self.journeys)
            derive_each(session, self.journeys, [deal_id])

    def _failed(self, message: _Taken, error: CrmError) -> None:
        now = self.clock()
        with self.database.writing.begin() as session:
            row = session.get_one(OutboxMessage, message.id)
            row.lease_until, row.last_error = None, str(error)
            row.fields = list(error.fields) if isinstance(error, RefusedByRules) else []
            row.state = _state_after(error).value
            if is_hopeless(now, message.created_at) and row.state in [one.value for one in UNFINISHED]:
                row.state = MessageState.DEAD.value
            row.ended_at = now if row.state in [one.value for one in NEEDS_SOMEBODY] else None
            row.next_at = next_try(now, message.attempts, _retry_after(error))


def _due(connection_id: int, now: datetime, is_sqlite: bool) -> Select[OutboxMessage]:
    """The oldest message that may be sent: its time has come, and none of its deal is before it."""
    before = aliased(OutboxMessage)
    query = (
        select(OutboxMessage)
        .where(
            OutboxMessage.connection_id == connection_id,
            OutboxMessage.ended_at.is_(None),
            or_(
                OutboxMessage.state.in_([MessageState.WAITING.value, MessageState.UNKNOWN.value])
                & (OutboxMessage.next_at <= now),
                (OutboxMessage.state == MessageState.SENDING.value) & (OutboxMessage.lease_until < now),
            ),
            ~select(before.id)
            .where(before.deal_id == OutboxMessage.deal_id, before.id < OutboxMessage.id, before.ended_at.is_(None))
            .exists(),
        )
        .order_by(OutboxMessage.id)
        .limit(1)
    )
    return query if is_sqlite else query.with_for_update(skip_locked=True)


def _state_after(error: CrmError) -> MessageState:
    if isinstance(error, OutcomeUnknown):
        return MessageState.UNKNOWN
    if isinstance(error, RefusedByRules | RecordGone | NotSupported):
        return MessageState.REFUSED
    return MessageState.WAITING


def _retry_after(error: CrmError) -> float | None:
    if isinstance(error, AccessRefused):
        return ACCESS_WAIT
    return error.retry_after if isinstance(error, TryLater) else None
