"""A small company, tokens of its four people, and a client that sends them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Response

from plugin.api import create_api
from plugin.api.limits import Buckets, Limit, Limits
from plugin.services.api_tokens import Scope, make_token
from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from plugin.store.tables import UserAccount
from tests.web.conftest import PEOPLE, clock, database, deal, give_away, library, meeting, workspace

__all__ = ["clock", "database", "deal", "give_away", "library", "meeting", "workspace"]

EVERY_SCOPE = tuple(Scope)
MakeToken = Callable[..., str]


class Ticks:
    """A stopwatch that stands until it is moved."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Program:
    """What sends requests with a token."""

    client: Client
    token: str

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.send("GET", path, **more)

    def log(self, deal: str, body: dict[str, Any], key: str = "first") -> TestResponse:
        return self.send("POST", f"/deals/{deal}/logs", json=body, headers={"Idempotency-Key": key})

    def send(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> TestResponse:
        sent = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        return self.client.open("/api/v1" + path, method=method, headers=sent, **more)


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def limits(ticks: Ticks) -> Limits:
    return Limits(
        Buckets(Limit("reading", 600), ticks),
        Buckets(Limit("writing", 60), ticks),
        Buckets(Limit("failing", 30), ticks),
    )


@pytest.fixture
def api(workspace: Workspace, limits: Limits) -> Flask:
    return create_api(workspace, https=False, limits=limits)


@pytest.fixture
def client(api: Flask) -> Client:
    """The API where it is mounted; a client without cookies."""
    return Client(DispatcherMiddleware(Response("pages"), {"/api": api}), use_cookies=False)


@pytest.fixture
def token(workspace: Workspace) -> MakeToken:
    """Make a token of a role's person."""

    def make(role: Role, scopes: Iterable[Scope] = EVERY_SCOPE, days: float = 30) -> str:
        with workspace.database.writing.begin() as session:
            user_id = session.scalars(select(UserAccount.id).filter_by(email=PEOPLE[role])).one()
            return make_token(session, user_id, "Script", scopes, timedelta(days=days), workspace.clock())

    return make


@pytest.fixture
def ana(client: Client, token: MakeToken) -> Program:
    return Program(client, token(Role.SALESPERSON))


@pytest.fixture
def max_(client: Client, token: MakeToken) -> Program:
    return Program(client, token(Role.MANAGER))
