"""Connections that a person allows by OAuth 2: the way to the CRM and back."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from crm_adapters.registry import authority_of
from plugin.services.connections import Connected, connect
from plugin.services.workspace import Workspace


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
    workspace: Workspace, kind: str, name: str, redirect: str, code: str, verifier: str, values: dict[str, str]
) -> Connected:
    """Connect with the code that the person brought back. Raises CrmError."""
    app = workspace.apps[kind]
    tokens = authority_of(kind).grant(app, redirect, code, verifier)
    return connect(workspace, kind, name, values, {**tokens, "client_secret": app.client_secret})
