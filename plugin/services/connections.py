"""Connections to sources of deals: made, synced, and looked after by an admin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_adapters.errors import CrmError
from crm_adapters.port import ConnectionSettings
from crm_adapters.registry import adapter_for
from plugin.services.workspace import Workspace
from plugin.store.recomputing import Recomputing, derived_with
from plugin.store.tables import Connection, CrmPipeline, CrmStage, Deal, StageMoveFact, SyncRun
from plugin.sync.pull import Progress, Pull, Pulled

__all__ = [
    "ConnectionView",
    "CrmError",
    "Progress",
    "Pulled",
    "RunView",
    "UnknownConnection",
    "UnmappedStage",
    "connect",
    "connections",
    "follow_journey",
    "rebuild",
    "sync",
    "unmapped_stages",
]

OPEN = "open"


class UnknownConnection(Exception):
    """No connection goes by that name; the message names those that do."""


@dataclass(frozen=True, slots=True)
class RunView:
    """The last run of a connection. ``faults`` are the first few, as text; ``fault_count`` counts all."""

    started_at: datetime
    finished_at: datetime | None
    state: str
    deals: int
    changed: int
    gone: int
    fault_count: int
    faults: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True)
class UnmappedStage:
    """A CRM stage that nobody has matched to a buyer stage, and how many deals went through it."""

    pipeline: str
    label: str
    deals: int


@dataclass(frozen=True, slots=True)
class ConnectionView:
    name: str
    kind: str
    deals: int
    gone: int
    last_run: RunView | None
    unmapped: tuple[UnmappedStage, ...]


def connect(workspace: Workspace, kind: str, name: str, values: dict[str, str]) -> str:
    """Try the source, then keep the connection under ``name`` (an older one of that name gets the new settings).

    Returns what the source calls itself. Raises CrmError where it can't be read.
    """
    account = adapter_for(kind, ConnectionSettings(name, values)).whoami()
    with workspace.database.writing.begin() as session:
        row = session.scalar(select(Connection).filter_by(name=name))
        if row is None:
            row = Connection(name=name, created_at=workspace.clock())
            session.add(row)
        row.kind, row.settings = kind, values
    return account.name


def sync(workspace: Workspace, name: str | None, report: Callable[[str], Progress]) -> dict[str, Pulled | CrmError]:
    """Pull one connection, or all of them; one that fails does not stop the others. ``report(name)`` hears of pages."""
    with workspace.database.reading() as session:
        rows = session.scalars(select(Connection).order_by(Connection.id)).all()
    chosen = [row for row in rows if name in (None, row.name)]
    if not chosen:
        raise UnknownConnection(_which(name, [row.name for row in rows]))
    return {row.name: _pull(workspace, row, report(row.name)) for row in chosen}


def rebuild(workspace: Workspace, report: Callable[[int, int], None]) -> int:
    """Derive everything anew from the facts; returns how many deals there are."""
    return recomputing(workspace).everything(report)


def recomputing(workspace: Workspace) -> Recomputing:
    return Recomputing(workspace.database, workspace.journey, workspace.cohorts.folder, workspace.clock)


def follow_journey(workspace: Workspace) -> None:
    """Derive everything anew where it was made with another journey: the facts stay, their reading changes."""
    with workspace.database.reading() as session:
        made_with = derived_with(session)
    if made_with != workspace.journey.fingerprint:
        recomputing(workspace).everything(lambda _done, _total: None)


def connections(session: Session) -> tuple[ConnectionView, ...]:
    """Every connection with its health, in the order in which they were made."""
    return tuple(_view(session, row) for row in session.scalars(select(Connection).order_by(Connection.id)))


def unmapped_stages(session: Session, connection_id: int | None = None) -> tuple[UnmappedStage, ...]:
    """Open CRM stages without a buyer stage, each with the number of deals that went through it."""
    query = (
        select(CrmPipeline.label, CrmStage.label, func.count(StageMoveFact.deal_id.distinct()))
        .join(CrmStage, CrmStage.pipeline_id == CrmPipeline.id)
        .outerjoin(StageMoveFact, StageMoveFact.crm_stage_id == CrmStage.id)
        .where(CrmStage.outcome == OPEN, CrmStage.buyer_stage.is_(None))
        .group_by(CrmPipeline.label, CrmStage.label, CrmStage.id)
        .order_by(CrmPipeline.label, CrmStage.label)
    )
    if connection_id is not None:
        query = query.where(CrmPipeline.connection_id == connection_id)
    return tuple(UnmappedStage(*row) for row in session.execute(query))


def _pull(workspace: Workspace, row: Connection, report: Progress) -> Pulled | CrmError:
    try:
        adapter = adapter_for(row.kind, ConnectionSettings(row.name, row.settings))
        return Pull(
            recomputing(workspace),
            row.id,
            adapter,
            workspace.template_stages,
            report,
        ).run()
    except CrmError as error:
        return error


def _which(name: str | None, names: list[str]) -> str:
    if not names:
        return "nothing is connected yet: try «parcours connect csv NAME FOLDER»"
    return f"no connection is called {name!r}: there is {', '.join(names)}"


def _view(session: Session, row: Connection) -> ConnectionView:
    total = session.scalar(select(func.count()).where(Deal.connection_id == row.id)) or 0
    gone = session.scalar(select(func.count()).where(Deal.connection_id == row.id, Deal.gone_at.is_not(None))) or 0
    run = session.scalar(select(SyncRun).filter_by(connection_id=row.id).order_by(SyncRun.id.desc()).limit(1))
    return ConnectionView(
        row.name, row.kind, total - gone, gone, _run(run) if run else None, unmapped_stages(session, row.id)
    )


def _run(run: SyncRun) -> RunView:
    return RunView(
        run.started_at,
        run.finished_at,
        run.state,
        run.deals,
        run.changed,
        run.gone,
        run.fault_count,
        tuple(run.faults),
        run.message,
    )
