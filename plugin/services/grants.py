"""Connections that a person allows by OAuth 2: the way to the CRM and back."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_adapters.errors import CrmError
from crm_adapters.registry import authority_of
from plugin.services.connections import Connected, connect
from plugin.services.vault import secrets_of
from plugin.services.workspace import Workspace
from plugin.settings import SettingsError
from plugin.store.tables import Connection


@dataclass(frozen=True, slots=True)
class Way:
    """On the way to the CRM and back: ``state`` and ``verifier`` stay with the browser's own session."""

    address: str
    state: str
    verifier: str


def begin_grant(workspace: Workspace, kind: str, redirect: str) -> Way:
    """Where the person goes. KeyError where we have no app at this CRM."""
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
    return Way(authority_of(kind).address(workspace.apps[kind], redirect, state, verifier), state, verifier)


def finish_grant(
    workspace: Workspace,
    kind: str,
    name: str,
    redirect: str,
    code: str,
    verifier: str,
    values: dict[str, str],
    by: int | None = None,
) -> Connected:
    """Connect with the code that the person brought back. Raises CrmError."""
    app = workspace.apps[kind]
    tokens = authority_of(kind).grant(app, redirect, code, verifier)
    return connect(workspace, kind, name, values, {**tokens, "client_secret": app.client_secret}, by)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a CRM allowed us, to be taken back."""

    kind: str
    refresh_token: str


def grant_of(session: Session, workspace: Workspace, name: str) -> Grant | None:
    """None where the connection was not allowed by OAuth, or where the key that sealed its token is lost."""
    row = session.scalar(select(Connection).filter_by(name=name))
    if row is None or row.kind not in workspace.apps:
        return None
    try:
        token = secrets_of(session, workspace.open_vault(), row.id).get("refresh_token")
    except SettingsError:
        return None
    return Grant(row.kind, token) if token else None


def revoke(workspace: Workspace, grant: Grant) -> bool:
    """Whether the CRM has taken back what it allowed."""
    try:
        authority_of(grant.kind).revoke(workspace.apps[grant.kind], grant.refresh_token)
    except CrmError:
        return False
    return True
