"""Access tokens that run out: renewed once, however many workers and processes ask."""

from __future__ import annotations

import time
from datetime import timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from crm_adapters.errors import AccessRefused, TryLater
from crm_adapters.registry import authority_of
from plugin.services.vault import put_secret, secrets_of
from plugin.services.workspace import Workspace
from plugin.store.tables import Connection

HELD_FOR = timedelta(seconds=60)
PATIENCE = 45.0


def renewed_token(workspace: Workspace, connection_id: int, old: str) -> str:
    """Another token in place of ``old``. Of all workers that ask, one renews it; the others wait for what it gets.

    Raises AccessRefused where it can't be renewed any more, TryLater where it can't be now.
    """
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        with workspace.database.reading() as session:
            known = secrets_of(session, workspace.open_vault(), connection_id)
        if known.get("token") not in (None, old):
            return known["token"]
        if _hold(workspace, connection_id):
            return _renew(workspace, connection_id, old)
        time.sleep(0.2)
    raise TryLater("the token is being renewed", 5.0)


def _renew(workspace: Workspace, connection_id: int, old: str) -> str:
    try:
        with workspace.database.reading() as session:
            kind = session.get_one(Connection, connection_id).kind
            known = secrets_of(session, workspace.open_vault(), connection_id)
        if known.get("token") != old:
            # Somebody renewed it between our look and our hold.
            return known["token"]
        if not known.get("refresh_token") or kind not in workspace.apps:
            raise AccessRefused("the token ran out and can't be renewed: connect anew")
        tokens = authority_of(kind).renew(workspace.apps[kind], known["refresh_token"])
        with workspace.database.writing.begin() as session:
            _store(session, workspace, connection_id, tokens)
        return tokens["token"]
    finally:
        with workspace.database.writing.begin() as session:
            session.execute(update(Connection).where(Connection.id == connection_id).values(renewed_until=None))


def _store(session: Session, workspace: Workspace, connection_id: int, tokens: dict[str, str]) -> None:
    for name, text in tokens.items():
        put_secret(session, workspace.open_vault(), connection_id, name, text, workspace.clock())


def _hold(workspace: Workspace, connection_id: int) -> bool:
    now = workspace.clock()
    free = (Connection.renewed_until.is_(None)) | (Connection.renewed_until < now)
    taking = update(Connection).where(Connection.id == connection_id, free).values(renewed_until=now + HELD_FOR)
    with workspace.database.writing.begin() as session:
        return session.scalar(taking.returning(Connection.id)) is not None
