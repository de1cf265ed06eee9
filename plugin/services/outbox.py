"""What is to be written to the CRM: stored with what it tells of, sent by a worker, looked after by an admin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from plugin.domain.outbox import NEEDS_SOMEBODY, MessageState
from plugin.services.workspace import Workspace
from plugin.store.tables import Connection, Deal, Meeting, OutboxMessage

# Kinds of connections that write; others are only read.
WRITING_KINDS = frozenset({"hubspot", "odoo", "memory"})


@dataclass(frozen=True, slots=True)
class MessageLine:
    """A message that waits or that the CRM refused, as an admin or its writer sees it."""

    public_id: str
    deal: str
    deal_public_id: str
    kind: str
    target: str | None
    state: str
    attempts: int
    next_at: datetime
    error: str
    fields: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class QueueView:
    """``oldest`` is since when the oldest unfinished message waits; ``troubled`` need somebody to look at them."""

    waiting: int
    unknown: int
    oldest: datetime | None
    troubled: tuple[MessageLine, ...]


def write_to_crm(session: Session, workspace: Workspace, meeting: Meeting, key: str, target: str | None = None) -> None:
    """Have a logged meeting written to its CRM and, with ``target``, the deal moved; in the caller's transaction."""
    row = session.execute(
        select(Connection.id, Connection.settings)
        .join(Deal, Deal.connection_id == Connection.id)
        .where(Deal.id == meeting.deal_id, Connection.kind.in_(WRITING_KINDS))
    ).first()
    if row is None:
        return
    connection_id, settings = row
    wanted: list[tuple[str, str | None]] = [("meeting", None)]
    if target and settings.get("moves_deals", "yes") == "yes":
        wanted.append(("move", target))
    for kind, to in wanted:
        session.add(
            OutboxMessage(
                public_id=uuid4().hex,
                connection_id=connection_id,
                deal_id=meeting.deal_id,
                meeting_id=meeting.id if kind == "meeting" else None,
                kind=kind,
                key=f"{kind}:{key}",
                target=to,
                state=MessageState.WAITING.value,
                attempts=0,
                next_at=workspace.clock(),
                fields=[],
                created_at=workspace.clock(),
            )
        )


def queue_of(session: Session, connection_id: int) -> QueueView:
    counts = dict(
        session.execute(
            select(OutboxMessage.state, func.count())
            .where(OutboxMessage.connection_id == connection_id)
            .group_by(OutboxMessage.state)
        ).all()
    )
    oldest = session.scalar(
        select(func.min(OutboxMessage.created_at)).where(
            OutboxMessage.connection_id == connection_id,
            OutboxMessage.ended_at.is_(None),
        )
    )
    waiting = counts.get(MessageState.WAITING.value, 0) + counts.get(MessageState.SENDING.value, 0)
    troubled = _lines(session, OutboxMessage.connection_id == connection_id)
    return QueueView(waiting, counts.get(MessageState.UNKNOWN.value, 0), oldest, tuple(troubled))


def troubles_of_deal(session: Session, deal_id: int) -> tuple[MessageLine, ...]:
    """What the deal's CRM refused, for the person who wrote it."""
    return tuple(_lines(session, OutboxMessage.deal_id == deal_id))


def retry(session: Session, workspace: Workspace, public_id: str, deal_id: int | None = None) -> bool:
    """Send a refused or dead message again, of this deal where one is named; False where there is none."""
    stopped = [one.value for one in NEEDS_SOMEBODY]
    again = update(OutboxMessage).where(OutboxMessage.public_id == public_id, OutboxMessage.state.in_(stopped))
    if deal_id is not None:
        again = again.where(OutboxMessage.deal_id == deal_id)
    anew = {"state": MessageState.WAITING.value, "next_at": workspace.clock(), "created_at": workspace.clock()}
    return session.scalar(again.values(**anew, ended_at=None).returning(OutboxMessage.id)) is not None


def _lines(session: Session, belongs: object) -> Sequence[MessageLine]:
    rows = session.execute(
        select(OutboxMessage, Deal.name, Deal.public_id)
        .join(Deal, Deal.id == OutboxMessage.deal_id)
        .where(belongs, OutboxMessage.state.in_([one.value for one in NEEDS_SOMEBODY]))  # type: ignore[arg-type]
        .order_by(OutboxMessage.id)
        .limit(100)
    )
    return [
        MessageLine(
            row.public_id,
            name,
            deal_public_id,
            row.kind,
            row.target,
            row.state,
            row.attempts,
            row.next_at,
            row.last_error,
            tuple(row.fields),
            row.created_at,
        )
        for row, name, deal_public_id in rows
    ]
