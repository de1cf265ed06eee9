"""A small company, four people of different roles, and browsers without a screen that are signed in as them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from plugin.domain.journeys import Journeys
from plugin.library.folders import shipped_folder
from plugin.library.journeys import load_journey, shipped_journeys
from plugin.library.personas import load_personas
from plugin.library.templates import Library
from plugin.services.accounts import add_user, open_session
from plugin.services.connections import connect, sync
from plugin.services.journey_shelf import JourneyShelf
from plugin.services.persona_shelf import PersonaShelf
from plugin.services.shelf import Shelf
from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from plugin.store.cohorts.view import Cohorts
from plugin.store.database import Database
from plugin.store.tables import CrmOwner, Deal, Meeting, UserAccount
from plugin.web import create_app
from plugin.web.edge import TOKEN
from tests.companies import day, write_company
from tests.databases import SqliteDatabases

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PASSWORD = "seven green bicycles"
PEOPLE = {
    Role.SALESPERSON: "ana@seller.example",
    Role.MANAGER: "max@seller.example",
    Role.MARKETER: "mia@seller.example",
    Role.ADMIN: "ada@seller.example",
}
MOVES = {
    "north": [("lead", day(3)), ("call", day(12)), ("offer", day(20)), ("call", day(28))],
    "south": [("lead", day(5))],
    "west": [("lead", day(2)), ("call", day(9)), ("offer", day(15)), ("talks", day(21)), ("won", day(30))],
    "lost": [("lead", day(2)), ("lost", day(8))],
    "parked": [("parked", day(4))],
}


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass
class Browser:
    """A client that knows the token of the page it saw last."""

    client: FlaskClient
    token: str = ""

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        return self._seen(self.client.get(path, **kwargs))

    def post(self, path: str, data: dict[str, Any] | None = None, **kwargs: Any) -> TestResponse:
        return self._seen(self.client.post(path, data={"csrf_token": self.token, **(data or {})}, **kwargs))

    def _seen(self, response: TestResponse) -> TestResponse:
        page = response.text if response.mimetype == "text/html" else ""
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        self.token = found.group(1) if found else self.token
        return response


@pytest.fixture(scope="session")
def library() -> Library:
    return Library.of([shipped_folder()])


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def database(sqlite_databases: SqliteDatabases) -> Iterator[Database]:
    url = sqlite_databases.make(migrated=True)
    opened = Database.at(url)
    yield opened
    opened.close()
    sqlite_databases.drop(url)


@pytest.fixture
def workspace(database: Database, library: Library, clock: Clock, tmp_path: Path) -> Workspace:
    """Synced: five deals of Ana's. One went back, one stands still, one is won, one lost, one in no known stage."""
    journey = load_journey(shipped_journeys()["figure8"])
    made = Workspace(
        database=database,
        journey=journey,
        cohorts=Cohorts(Journeys(journey), tmp_path / "cohorts"),
        shelf=Shelf(library, database),
        persona_shelf=PersonaShelf(load_personas(shipped_folder() / "personas.yaml"), database),
        clock=clock,
        secret="a secret of the tests, long enough",
        journey_shelf=JourneyShelf(journey, database),
    )
    made.persona_shelf.follow_file(NOW)
    with database.writing.begin() as session:
        for role, email in PEOPLE.items():
            add_user(session, email, email.partition("@")[0].title(), role, NOW)
    connect(made, "csv", "company", {"folder": str(write_company(tmp_path / "company", MOVES))})
    sync(made, None, lambda _name: lambda _stream, _read, _total: None)
    return made


@pytest.fixture
def app(workspace: Workspace) -> Flask:
    return create_app(workspace, https=False)


@pytest.fixture
def demo_app(workspace: Workspace) -> Flask:
    return create_app(replace(workspace, demo=True), https=False)


@pytest.fixture
def anybody(app: Flask) -> Browser:
    """Nobody is signed in."""
    return Browser(app.test_client())


@pytest.fixture
def signed_in(app: Flask, workspace: Workspace) -> Callable[[Role], Browser]:
    """A browser of the person with this role; each call is another browser."""

    def sign_in(role: Role) -> Browser:
        browser = Browser(app.test_client())
        with workspace.database.writing.begin() as session:
            user_id = session.scalars(select(UserAccount.id).filter_by(email=PEOPLE[role])).one()
            token = open_session(session, user_id, "Test", workspace.clock())
        with browser.client.session_transaction() as cookie:
            cookie[TOKEN] = token
        browser.get("/account")
        return browser

    return sign_in


@pytest.fixture
def ana(signed_in: Callable[[Role], Browser]) -> Browser:
    return signed_in(Role.SALESPERSON)


@pytest.fixture
def max_(signed_in: Callable[[Role], Browser]) -> Browser:
    return signed_in(Role.MANAGER)


@pytest.fixture
def deal(workspace: Workspace) -> Callable[[str], str]:
    """The public id of a deal by its name in the CRM."""

    def public_id(crm_id: str) -> str:
        with workspace.database.reading() as session:
            return session.scalars(select(Deal.public_id).filter_by(crm_id=crm_id)).one()

    return public_id


@pytest.fixture
def give_away(workspace: Workspace) -> Callable[[], None]:
    """Make Ana's deals somebody else's."""

    def unlink() -> None:
        with workspace.database.writing.begin() as session:
            for owner in session.scalars(select(CrmOwner)):
                owner.user_id = None

    return unlink


@pytest.fixture
def meeting(workspace: Workspace) -> Callable[..., str]:
    """Plan a meeting of a deal; returns its public id."""

    def plan(crm_id: str, starts_at: datetime, template: str | None = "discovery") -> str:
        with workspace.database.writing.begin() as session:
            deal_id = session.scalars(select(Deal.id).filter_by(crm_id=crm_id)).one()
            public_id = f"m{deal_id}{starts_at:%Y%m%d%H%M}"
            session.add(
                Meeting(
                    public_id=public_id,
                    deal_id=deal_id,
                    template=template,
                    stage="problem",
                    state="planned",
                    starts_at=starts_at,
                    minutes=45,
                    title="Planned by hand",
                    revision=0,
                    seen_pass=0,
                )
            )
        return public_id

    return plan
