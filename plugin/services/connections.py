"""Connections to sources of deals: made, synced, and looked after by an admin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from crm_adapters.errors import CrmError
from crm_adapters.port import ConnectionSettings, CrmAdapter
from crm_adapters.registry import adapter_for
from plugin.domain.journey import Journey
from plugin.domain.journeys import Journeys
from plugin.services.audit import record
from plugin.services.outbox import WRITING_KINDS, QueueView, queue_of
from plugin.services.tokens import renewed_token
from plugin.services.vault import put_secret, rotate_secrets, secrets_of
from plugin.services.workspace import Workspace
from plugin.store.assigning import finish_assigning
from plugin.store.derived import buyer_target
from plugin.store.erased import Erased
from plugin.store.recomputing import JourneysChanged, Recomputing, derived_with
from plugin.store.tables import Connection, ConnectionSecret, CrmPipeline, CrmStage, Deal, StageMoveFact, SyncRun
from plugin.sync.pull import Progress, Pull, Pulled

__all__ = [
    "Connected",
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
# They belong to our app or our add-on there, not to the person who connected.
OF_THE_INSTALLATION = ("client_secret", "secret")


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
    """``writes``: meetings go back to it, through ``queue``. ``maps_here``: its stages are matched in the browser."""

    name: str
    kind: str
    deals: int
    gone: int
    last_run: RunView | None
    unmapped: tuple[UnmappedStage, ...]
    paused_at: datetime | None
    calls_left: int | None
    writes: bool
    queue: QueueView

    @property
    def maps_here(self) -> bool:
        return self.writes


@dataclass(frozen=True, slots=True)
class Connected:
    """What the source calls itself, and what of it our rights do not reach."""

    account: str
    closed: tuple[str, ...]


def connect(
    workspace: Workspace,
    kind: str,
    name: str,
    values: dict[str, str],
    secrets: dict[str, str] | None = None,
    by: int | None = None,
) -> Connected:
    """Try the source, then keep the connection under ``name`` (an older one of that name gets the new settings).
    ``secrets`` are sealed; ``by`` is the account of who connects.

    Raises CrmError where it can't be read.
    """
    open_ways = {"networks": workspace.networks}
    adapter = adapter_for(kind, ConnectionSettings(name, {**values, **(secrets or {}), **open_ways}))
    account, closed = adapter.whoami(), adapter.closed()
    now = workspace.clock()
    with workspace.database.writing.begin() as session:
        row = session.scalar(select(Connection).filter_by(name=name))
        if row is None:
            row = Connection(name=name, created_at=now)
            session.add(row)
        row.kind, row.settings, row.paused_at = kind, {**values, "account": account.id}, None
        session.flush()
        _forget_secrets(session, row.id, keep=OF_THE_INSTALLATION)
        for secret, text in (secrets or {}).items():
            put_secret(session, workspace.open_vault(), row.id, secret, text, now)
        record(session, by, "connection made", name, now)
    return Connected(account.name, closed)


def adapter_of(session: Session, workspace: Workspace, row: Connection) -> CrmAdapter:
    """The adapter with its secrets, and with the file by which its workers go at one pace. Raises CrmError."""
    sealed = session.scalar(select(ConnectionSecret.id).filter_by(connection_id=row.id).limit(1))
    secrets = secrets_of(session, workspace.open_vault(), row.id) if sealed else {}
    pace = workspace.cohorts.folder.parent / "pace" / f"{row.id}.json"
    values = {"pace": str(pace), **row.settings, **secrets, "networks": workspace.networks}
    renew = partial(renewed_token, workspace, row.id) if "refresh_token" in secrets else None
    return adapter_for(row.kind, ConnectionSettings(row.name, values, renew))


def sync(workspace: Workspace, name: str | None, report: Callable[[str], Progress]) -> dict[str, Pulled | CrmError]:
    """Pull one connection, or all of them; one that fails does not stop the others. ``report(name)`` hears of pages."""
    with workspace.database.reading() as session:
        rows = session.scalars(select(Connection).order_by(Connection.id)).all()
    chosen = [row for row in rows if name == row.name or (name is None and row.paused_at is None)]
    if not chosen and (name is not None or not rows):
        raise UnknownConnection(_which(name, [row.name for row in rows]))
    return {row.name: pull(workspace, row, report(row.name)) for row in chosen}


def rebuild(workspace: Workspace, report: Callable[[int, int], None]) -> int:
    """Derive everything anew from the facts; returns how many deals there are."""
    return recomputing(workspace).everything(report)


def recomputing(workspace: Workspace) -> Recomputing:
    return Recomputing(workspace.database, workspace.journeys, workspace.cohorts.folder, workspace.clock)


def follow_journey(workspace: Workspace) -> None:
    """Derive everything anew where it was made with other journeys: the facts stay, their reading changes."""
    with workspace.database.reading() as session:
        made_with = derived_with(session)
    if made_with != workspace.journeys.fingerprint:
        recomputing(workspace).everything(lambda _done, _total: None)


def connections(session: Session, journeys: Journeys) -> tuple[ConnectionView, ...]:
    """Every connection with its health, in the order in which they were made."""
    return tuple(_view(session, journeys, row) for row in session.scalars(select(Connection).order_by(Connection.id)))


def reseal(workspace: Workspace) -> int:
    """Seal all secrets with the newest key; returns how many there are."""
    with workspace.database.writing.begin() as session:
        return rotate_secrets(session, workspace.open_vault())


def pause(session: Session, workspace: Workspace, name: str, paused: bool) -> bool:
    """Stop everything in and out, or let it go on; False where no connection goes by that name."""
    row = session.scalar(select(Connection).filter_by(name=name))
    if row is None:
        return False
    row.paused_at = (row.paused_at or workspace.clock()) if paused else None
    return True


def disconnect(session: Session, workspace: Workspace, name: str) -> bool:
    """Forget the token and stop. Deals, their history and what was logged stay; connecting anew goes on from there."""
    row = session.scalar(select(Connection).filter_by(name=name))
    if row is None:
        return False
    _forget_secrets(session, row.id)
    row.paused_at = row.paused_at or workspace.clock()
    return True


def _forget_secrets(session: Session, connection_id: int, keep: Sequence[str] = ()) -> None:
    """What an older way of connecting left would be taken for part of the new one."""
    session.execute(
        delete(ConnectionSecret).where(
            ConnectionSecret.connection_id == connection_id, ConnectionSecret.name.not_in(keep)
        )
    )


def unmapped_stages(
    session: Session, journeys: Journeys, connection_id: int | None = None, journey: Journey | None = None
) -> tuple[UnmappedStage, ...]:
    """Open CRM stages without a buyer stage of their pipeline's journey, each with the number of deals that went
    through it; those of one connection, or of the pipelines that follow one ``journey``."""
    query = select(CrmStage.id, CrmStage.buyer_stage, CrmPipeline.journey).join(
        CrmPipeline, CrmPipeline.id == CrmStage.pipeline_id
    )
    if connection_id is not None:
        query = query.where(CrmPipeline.connection_id == connection_id)
    followed = [
        (id_, meaning, journeys.named(key))
        for id_, meaning, key in session.execute(query.where(CrmStage.outcome == OPEN))
    ]
    ids = [
        id_
        for id_, meaning, its in followed
        if buyer_target(its, None, meaning) is None and (journey is None or its == journey)
    ]
    return _with_deals(session, ids) if ids else ()


def _with_deals(session: Session, stage_ids: Sequence[int]) -> tuple[UnmappedStage, ...]:
    rows = session.execute(
        select(CrmPipeline.label, CrmStage.label, func.count(StageMoveFact.deal_id.distinct()))
        .join(CrmStage, CrmStage.pipeline_id == CrmPipeline.id)
        .outerjoin(StageMoveFact, StageMoveFact.crm_stage_id == CrmStage.id)
        .where(CrmStage.id.in_(stage_ids))
        .group_by(CrmPipeline.label, CrmStage.label, CrmStage.id)
        .order_by(CrmPipeline.label, CrmStage.label)
    )
    return tuple(UnmappedStage(*row) for row in rows)


def pull(workspace: Workspace, row: Connection, report: Progress, everything: bool = False) -> Pulled | CrmError:
    """One run. ``everything`` reads all there is, whatever was read before."""
    finish_assigning(workspace.database)
    try:
        with workspace.database.reading() as session:
            adapter = adapter_of(session, workspace, row)
        pulled = Pull(
            recomputing(workspace),
            row.id,
            adapter,
            workspace.template_stages,
            report,
            everything=everything,
            erased=Erased(workspace.secret),
        ).run()
    except CrmError as error:
        return error
    except JourneysChanged:
        workspace.look_again()
        return pull(workspace.now(), row, report, everything)
    note_calls_left(workspace, row.id, adapter)
    return pulled


def note_calls_left(workspace: Workspace, connection_id: int, adapter: CrmAdapter) -> None:
    """Keep what the CRM said last of the calls of the day, for the admin."""
    if adapter.calls_left is not None:
        with workspace.database.writing.begin() as session:
            session.get_one(Connection, connection_id).calls_left = adapter.calls_left


def _which(name: str | None, names: list[str]) -> str:
    if not names:
        return "nothing is connected yet: try «parcours connect csv NAME FOLDER»"
    return f"no connection is called {name!r}: there is {', '.join(names)}"


def _view(session: Session, journeys: Journeys, row: Connection) -> ConnectionView:
    total = session.scalar(select(func.count()).where(Deal.connection_id == row.id)) or 0
    gone = session.scalar(select(func.count()).where(Deal.connection_id == row.id, Deal.gone_at.is_not(None))) or 0
    run = session.scalar(select(SyncRun).filter_by(connection_id=row.id).order_by(SyncRun.id.desc()).limit(1))
    return ConnectionView(
        row.name,
        row.kind,
        total - gone,
        gone,
        _run(run) if run else None,
        unmapped_stages(session, journeys, row.id),
        row.paused_at,
        row.calls_left,
        row.kind in WRITING_KINDS,
        queue_of(session, row.id),
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
