"""The worker: sends what waits, and reads what is new, one connection after the other, until it is told to stop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from crm_adapters.errors import CrmError
from plugin.domain.journey import Text
from plugin.services.connections import adapter_of, note_calls_left, pull
from plugin.services.outbox import WRITING_KINDS
from plugin.services.retention import run_when_due
from plugin.services.workspace import Workspace
from plugin.store.recomputing import JourneysChanged
from plugin.store.tables import Connection, CrmEvent, OutboxMessage, SyncPosition, SyncRun
from plugin.sync.push import Push

PULL_EVERY = timedelta(minutes=2)
# What a CRM tells of may not be found at once: it is looked for again, so long and so often.
SETTLING = timedelta(seconds=45)
AGAIN_AFTER = timedelta(seconds=10)
# Twice as long as any CRM tries to tell the same.
EVENTS_KEPT = timedelta(days=14)
# What the adapter's changes may have missed comes to light.
EVERYTHING_EVERY = timedelta(hours=24)
# A worker that pulls for longer without a page is dead.
HELD_FOR = timedelta(minutes=10)


def work_once(workspace: Workspace, say: Callable[[str], None]) -> bool:
    """One round over all connections; True where something was done."""
    workspace.look()
    workspace = workspace.now()
    with workspace.database.reading() as session:
        rows = session.scalars(select(Connection).where(Connection.paused_at.is_(None)).order_by(Connection.id)).all()
    done = [_push(workspace, row, say) | _pull(workspace, row, say) for row in rows]
    went = run_when_due(workspace)
    if any(went.values()):
        say(f"retention: {sum(went.values())} went by their rules")
    return any(done)


def _push(workspace: Workspace, row: Connection, say: Callable[[str], None]) -> bool:
    if row.kind not in WRITING_KINDS or not _waits(workspace, row.id):
        return False
    try:
        with workspace.database.reading() as session:
            adapter = adapter_of(session, workspace, row)
    except CrmError as error:
        say(f"{row.name}: {error}")
        return False
    meetings = workspace.library.meetings
    titles = {key: Text(one.in_language("en").title, one.in_language("fr").title) for key, one in meetings.items()}
    try:
        sent = Push(workspace.database, workspace.journeys, row.id, adapter, workspace.clock, titles).run()
    except JourneysChanged:
        return True  # What was written is found again in the next round, which knows them.
    note_calls_left(workspace, row.id, adapter)
    if sent:
        say(f"{row.name}: {sent} written")
    return sent > 0


def _waits(workspace: Workspace, connection_id: int) -> bool:
    with workspace.database.reading() as session:
        due = select(OutboxMessage.id).where(
            OutboxMessage.connection_id == connection_id,
            OutboxMessage.ended_at.is_(None),
            OutboxMessage.next_at <= workspace.clock(),
        )
        return session.scalar(due.limit(1)) is not None


def _pull(workspace: Workspace, row: Connection, say: Callable[[str], None]) -> bool:
    if not _is_due(workspace, row.id) or not _hold(workspace, row.id):
        return False
    began = workspace.clock()
    try:
        result = pull(workspace, row, _keep_holding(workspace, row.id), _wants_everything(workspace, row.id))
    finally:
        _let_go(workspace, row.id)
    if isinstance(result, CrmError):
        say(f"{row.name}: {result}")
        return True
    _handled(workspace, row.id, began)
    if result.changed or result.gone or result.meetings:
        say(f"{row.name}: {result.changed} new or changed, {result.gone} gone, {result.meetings} meetings")
    return True


def _is_due(workspace: Workspace, connection_id: int) -> bool:
    """It is time again, or the CRM said that something changed."""
    now = workspace.clock()
    with workspace.database.reading() as session:
        run = session.scalar(
            select(SyncRun).filter_by(connection_id=connection_id).order_by(SyncRun.id.desc()).limit(1)
        )
        if run is None or now - run.started_at >= PULL_EVERY:
            return True
        told = select(CrmEvent.id).where(CrmEvent.connection_id == connection_id)
        new = session.scalar(told.where(CrmEvent.handled_at.is_(None)).limit(1)) is not None
        settling = session.scalar(told.where(CrmEvent.received_at > now - SETTLING).limit(1)) is not None
    return (new and run.state != "failed") or ((new or settling) and now - run.started_at >= AGAIN_AFTER)


def _handled(workspace: Workspace, connection_id: int, began: datetime) -> None:
    """What was told before the pull began has been read; what is long past is forgotten."""
    of_connection = CrmEvent.connection_id == connection_id
    with workspace.database.writing.begin() as session:
        session.execute(
            update(CrmEvent)
            .where(of_connection, CrmEvent.handled_at.is_(None), CrmEvent.received_at <= began)
            .values(handled_at=began)
        )
        session.execute(delete(CrmEvent).where(of_connection, CrmEvent.handled_at < began - EVENTS_KEPT))


def _wants_everything(workspace: Workspace, connection_id: int) -> bool:
    with workspace.database.reading() as session:
        position = session.get(SyncPosition, (connection_id, "deals"))
        whole_at = position.whole_at if position else None
    return whole_at is not None and workspace.clock() - whole_at >= EVERYTHING_EVERY


def _hold(workspace: Workspace, connection_id: int) -> bool:
    """Two workers never pull one connection at once."""
    now = workspace.clock()
    free = update(Connection).where(
        Connection.id == connection_id, (Connection.pulled_until.is_(None)) | (Connection.pulled_until < now)
    )
    with workspace.database.writing.begin() as session:
        return session.scalar(free.values(pulled_until=now + HELD_FOR).returning(Connection.id)) is not None


def _keep_holding(workspace: Workspace, connection_id: int) -> Callable[[str, int, int | None], None]:
    def page(_stream: str, _read: int, _total: int | None) -> None:
        _until(workspace, connection_id, workspace.clock() + HELD_FOR)

    return page


def _let_go(workspace: Workspace, connection_id: int) -> None:
    _until(workspace, connection_id, None)


def _until(workspace: Workspace, connection_id: int, until: datetime | None) -> None:
    with workspace.database.writing.begin() as session:
        session.execute(update(Connection).where(Connection.id == connection_id).values(pulled_until=until))
