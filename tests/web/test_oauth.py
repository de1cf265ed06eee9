"""HubSpot allowed by a person: there and back, tokens that run out, one renewal for all who ask."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, update

from crm_adapters.errors import AccessRefused, TryLater
from crm_adapters.hubspot import HubSpot
from crm_adapters.hubspot.oauth import Authority
from plugin.services.connections import adapter_of
from plugin.services.tokens import renewed_token
from plugin.services.vault import Vault, secrets_of
from plugin.services.viewer import Role
from plugin.services.workspace import App, Workspace
from plugin.store.database import Database
from plugin.store.tables import Connection, ConnectionSecret
from tests.adapters.hubspot_account import DEALS, MEETINGS, STAGES, FilledHubSpot
from tests.fakes.hubspot import FakeHubSpot
from tests.fakes.hubspot.faults import Fault
from tests.web.conftest import Browser, Clock


@pytest.fixture
def server(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHubSpot]:
    with FakeHubSpot() as running:
        FilledHubSpot(running).fill(STAGES, DEALS, MEETINGS)
        running.account.clock = clock
        monkeypatch.setattr("crm_adapters.hubspot.adapter.HOST", running.address)
        monkeypatch.setattr(HubSpot, "authority", Authority(running.address))
        yield running


@pytest.fixture
def workspace(workspace: Workspace, tmp_path: Path) -> Workspace:
    vault = Vault([Fernet.generate_key().decode()])
    return replace(workspace, vault=vault, apps={"hubspot": App("our-app", "our-secret")})


@pytest.fixture
def ada(signed_in: Callable[[Role], Browser]) -> Browser:
    return signed_in(Role.ADMIN)


def allow(ada: Browser, server: FakeHubSpot, wish: str = "") -> str:
    """Go to HubSpot and allow the app; returns where HubSpot sends the person back to."""
    address = ada.get(f"/connections/hubspot/authorize{wish}").location
    parts = urlsplit(address)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert (parts.hostname, asked["client_id"], asked["code_challenge_method"]) == (
        "app.hubspot.com",
        "our-app",
        "S256",
    )
    assert "crm.objects.deals.read" in asked["scope"].split()
    server.codes["code-1"] = asked["code_challenge"]
    return f"{urlsplit(asked['redirect_uri']).path}?code=code-1&state={asked['state']}"


@pytest.fixture
def connected(ada: Browser, server: FakeHubSpot, workspace: Workspace) -> int:
    assert "HubSpot account 33 is connected" in ada.get(ada.get(allow(ada, server)).location).text
    with workspace.database.reading() as session:
        return session.scalars(select(Connection.id).filter_by(kind="hubspot")).one()


def tokens(workspace: Workspace, connection_id: int) -> dict[str, str]:
    with workspace.database.reading() as session:
        return secrets_of(session, workspace.open_vault(), connection_id)


def test_an_app_that_was_allowed_is_connected(workspace: Workspace, connected: int) -> None:
    found = tokens(workspace, connected)
    assert found["token"] == "access-1"
    assert float(found["expires_at"]) > time.time() + 1_700


@pytest.mark.parametrize(("wish", "moves"), [("", "no"), ("?moves_deals=y", "yes")])
def test_deals_are_moved_only_where_the_person_chose_it(
    ada: Browser, server: FakeHubSpot, workspace: Workspace, wish: str, moves: str
) -> None:
    ada.get(allow(ada, server, wish))
    with workspace.database.reading() as session:
        settings = session.scalars(select(Connection.settings).filter_by(kind="hubspot")).one()
    assert settings["moves_deals"] == moves


def test_an_answer_that_nobody_asked_for_connects_nothing(
    ada: Browser, server: FakeHubSpot, workspace: Workspace
) -> None:
    back = allow(ada, server)
    assert "nobody here asked for" in ada.get(ada.get(back + "x").location).text
    assert "nobody here asked for" in ada.get(ada.get(back).location).text, "the state is good for one try"
    with workspace.database.reading() as session:
        assert session.scalar(select(Connection).filter_by(kind="hubspot")) is None


def test_a_person_who_says_no_is_told_and_a_used_code_too(ada: Browser, server: FakeHubSpot) -> None:
    back = allow(ada, server)
    assert "it was not allowed" in ada.get(ada.get(back.replace("code=code-1&", "error=denied&")).location).text
    back = allow(ada, server)
    server.codes.clear()
    assert "HubSpot gives no token" in ada.get(ada.get(back).location).text


def test_without_an_app_there_is_no_such_way(ada: Browser, server: FakeHubSpot, workspace: Workspace) -> None:
    assert "own sign-in" in ada.get("/connections").text
    workspace.apps.clear()  # type: ignore[attr-defined]
    assert "own sign-in" not in ada.get("/connections").text
    assert ada.get("/connections/hubspot/authorize").status_code == 404


def test_a_token_is_renewed_before_it_runs_out(workspace: Workspace, server: FakeHubSpot, connected: int) -> None:
    server.issued["access-1"] = 0
    with workspace.database.reading() as session:
        row = session.get_one(Connection, connected)
        adapter = adapter_of(session, workspace, row)
    assert len(adapter.pipelines()) == 2
    assert tokens(workspace, connected)["token"] == "access-2"


def test_a_token_that_is_typed_in_takes_the_place_of_all_that_was_granted(
    ada: Browser, server: FakeHubSpot, workspace: Workspace, connected: int
) -> None:
    ada.get("/connections")
    assert ada.post("/connections/hubspot", {"name": "hubspot", "token": server.token}).status_code == 303
    assert tokens(workspace, connected) == {"token": server.token, "client_secret": "our-secret"}


def test_of_all_who_ask_one_renews(workspace: Workspace, server: FakeHubSpot, connected: int) -> None:
    """Like so many processes, they share nothing but the database."""
    server.requests.clear()
    server.faults.latency = 0.1
    apart = [replace(workspace, database=Database.at(str(workspace.database.engine.url))) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda one: renewed_token(one, connected, "access-1"), apart))
    for one in apart:
        one.database.close()
    assert set(found) == {"access-2"}
    assert sum(path.startswith("/oauth") for _, path in server.requests) == 1


def test_a_refresh_token_that_is_dead_says_to_connect_anew(
    workspace: Workspace, server: FakeHubSpot, connected: int
) -> None:
    server.refresh_tokens = {"another"}
    with pytest.raises(AccessRefused, match="missing or invalid refresh token"):
        renewed_token(workspace, connected, "access-1")


def test_a_renewal_that_is_refused_for_now_is_tried_later(
    workspace: Workspace, server: FakeHubSpot, connected: int
) -> None:
    server.faults.add(Fault("status", status=429))
    with pytest.raises(TryLater):
        renewed_token(workspace, connected, "access-1")
    assert renewed_token(workspace, connected, "access-1") == "access-2", "nobody holds it any more"


def test_disconnecting_takes_back_what_was_allowed(
    ada: Browser, workspace: Workspace, server: FakeHubSpot, connected: int
) -> None:
    ada.get("/connections")
    ada.post("/connections/hubspot/disconnect")
    assert server.refresh_tokens == set()
    assert "revoked and forgotten" in ada.get("/connections").text
    assert tokens(workspace, connected).keys() <= {"client_secret"}


def test_a_connection_whose_key_is_lost_can_be_disconnected(
    ada: Browser, workspace: Workspace, server: FakeHubSpot, connected: int
) -> None:
    with workspace.database.writing.begin() as session:
        session.execute(update(ConnectionSecret).values(sealed="gAAAA-of-another-key"))
    ada.get("/connections")
    assert ada.post("/connections/hubspot/disconnect").status_code == 303
    assert tokens(workspace, connected) == {}


def test_what_could_not_be_taken_back_is_said(
    ada: Browser, workspace: Workspace, server: FakeHubSpot, connected: int
) -> None:
    server.faults.add(Fault("status", status=503))
    ada.get("/connections")
    ada.post("/connections/hubspot/disconnect")
    assert "revoke the token in the CRM too" in ada.get("/connections").text
    assert "refresh_token" not in tokens(workspace, connected)
