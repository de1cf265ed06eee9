"""A HubSpot account connected, matched, kept current and written to, in the browser's way, against the fake."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import select

from plugin.services import worker
from plugin.services.connections import sync
from plugin.services.vault import Vault
from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from plugin.store.tables import Connection, ConnectionSecret, CrmEvent, CrmStage, Deal, DealContact, OutboxMessage
from plugin.web import create_app
from tests.adapters.hubspot_account import ANA, DEALS, MEETINGS, STAGES, FilledHubSpot
from tests.fakes.hubspot import FakeHubSpot
from tests.fakes.hubspot.faults import Fault
from tests.web.conftest import PEOPLE, Browser, Clock
from tests.web.log_form import filled

SECRET = "the app's own secret"


@pytest.fixture
def server(clock: Clock) -> Iterator[FakeHubSpot]:
    with FakeHubSpot() as running:
        account = FilledHubSpot(running)
        account.fill(STAGES, [replace(deal, owner=mine(deal.owner)) for deal in DEALS], MEETINGS)
        running.account.clock = clock
        yield running


def mine(owner: object) -> object:
    return replace(ANA, email=PEOPLE[Role.SALESPERSON]) if owner else None


@pytest.fixture
def workspace(workspace: Workspace, tmp_path: Path) -> Workspace:
    return replace(workspace, vault=Vault([Fernet.generate_key().decode()]))


@pytest.fixture
def ada(signed_in: Callable[[Role], Browser]) -> Browser:
    return signed_in(Role.ADMIN)


@pytest.fixture
def connected(ada: Browser, server: FakeHubSpot, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> FakeHubSpot:
    monkeypatch.setattr("crm_adapters.hubspot.adapter.HOST", server.address)
    monkeypatch.setattr("crm_adapters.hubspot.pacing.OUR_SHARE", 1e9)
    monkeypatch.setattr("crm_adapters.hubspot.pacing.SEARCHES_A_SECOND", 1e9)
    ada.get("/connections")
    form = {"name": "hub", "token": server.token, "client_secret": SECRET, "moves_deals": "y"}
    answer = ada.post("/connections/hubspot", form)
    assert answer.status_code == 303, words(answer.text)
    round_(workspace)
    return server


def round_(workspace: Workspace) -> list[str]:
    said: list[str] = []
    worker.work_once(workspace, said.append)
    return said


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def match(workspace: Workspace, ada: Browser, **meaning: str) -> None:
    with workspace.database.reading() as session:
        ids = dict(session.execute(select(CrmStage.crm_id, CrmStage.id).order_by(CrmStage.id)).all())
    ada.get("/connections/hub/stages")
    chosen = {f"stage-{ids[stage]}": key for stage, key in meaning.items()}
    assert ada.post("/connections/hub/stages", chosen).status_code == 303


def test_a_wrong_token_is_told_beside_its_field_and_nothing_is_kept(
    ada: Browser, server: FakeHubSpot, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm_adapters.hubspot.adapter.HOST", server.address)
    ada.get("/connections")
    answer = ada.post("/connections/hubspot", {"name": "hub", "token": "pat-wrong"})
    assert answer.status_code == 422
    assert "HubSpot does not accept the token" in words(answer.text)
    assert "pat-wrong" not in answer.text
    with workspace.database.reading() as session:
        assert session.scalar(select(Connection).filter_by(name="hub")) is None


def test_what_a_token_does_not_reach_is_told_with_what_it_costs(
    ada: Browser, server: FakeHubSpot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm_adapters.hubspot.adapter.HOST", server.address)
    server.scopes = {f"crm.objects.{kind}.read" for kind in ("deals", "contacts", "companies")}
    ada.get("/connections")
    ada.post("/connections/hubspot", {"name": "hub", "token": server.token})
    assert "The token does not reach owners: salespeople do not find their deals." in words(
        ada.get("/connections").text
    )


def test_deals_come_in_and_the_token_stands_on_no_page(
    connected: FakeHubSpot, ada: Browser, workspace: Workspace
) -> None:
    page = ada.get("/connections").text
    assert connected.token not in page
    assert SECRET not in page
    with workspace.database.reading() as session:
        names = set(session.scalars(select(Deal.name).join(Connection).where(Connection.name == "hub")))
        assert names == {deal.name for deal in DEALS}


def test_stages_are_proposed_previewed_and_read_anew_when_they_are_matched(
    connected: FakeHubSpot, ada: Browser, workspace: Workspace
) -> None:
    page = ada.get("/connections/hub/stages").text
    assert "proposed from its name" in words(page)
    match(workspace, ada, lead="problem", call="search", parked="-", renewal="sustain")
    with workspace.database.reading() as session:
        deal = session.scalars(select(Deal.public_id).where(Deal.name == "Press line")).one()
    assert "Search" in words(ada.get(f"/deals/{deal}").text)
    match(workspace, ada, lead="problem", call="select", parked="-", renewal="sustain")
    assert "Select" in words(ada.get(f"/deals/{deal}").text)
    round_(workspace)
    with workspace.database.reading() as session:
        kept = session.scalars(select(CrmStage.buyer_stage).filter_by(crm_id="call").order_by(CrmStage.id)).all()
    assert kept[-1] == "select", "a sync leaves the decision as it is"


def log(ana: Browser, workspace: Workspace, name: str, **more: str) -> None:
    with workspace.database.reading() as session:
        deal = session.scalars(select(Deal.public_id).where(Deal.name == name)).one()
    path = f"/deals/{deal}/log/new"
    answer = ana.post(path, filled(ana.get(path).text, {"note": "Went <b>well</b>", **more}))
    assert answer.status_code == 303, words(answer.text)[:800]


def test_a_log_goes_to_hubspot_once_and_what_it_refuses_is_shown_with_the_field(
    connected: FakeHubSpot, ada: Browser, ana: Browser, workspace: Workspace, clock: Clock
) -> None:
    match(workspace, ada, lead="problem", call="search", parked="-", renewal="sustain")
    connected.account.rules["won"] = "closed_won_reason"
    creating = Fault("lost", chosen=lambda one: one.method == "POST" and one.path.endswith("/objects/2026-09/meetings"))
    connected.faults.add(creating)
    log(ana, workspace, "Press line", progress="won")
    round_(workspace)
    clock.forward(minutes=5)
    round_(workspace)
    written = [
        one.properties for one in connected.account.records["meetings"].values() if one.id not in ("501", "502", "503")
    ]
    assert [one["hs_meeting_body"] for one in written] == ["<p>Went &lt;b&gt;well&lt;/b&gt;</p>"]
    read = words(ada.get("/connections").text)
    assert "What the CRM did not take" in read
    assert "to be filled in there: closed_won_reason" in read
    with workspace.database.reading() as session:
        deal = session.scalars(select(Deal.public_id).where(Deal.name == "Press line")).one()
    seen = words(ana.get(f"/deals/{deal}").text)
    assert "The CRM did not move this deal to “Won”. Your log is safe here." in seen
    assert "Fill this in there, then try again: closed_won_reason." in seen
    ada.post(found(r'action="(/connections/messages/[^"]+/retry)"', ada.get("/connections").text))
    round_(workspace)
    del connected.account.rules["won"]
    ana.post(found(rf'action="(/deals/{deal}/messages/[^"]+/retry)"', ana.get(f"/deals/{deal}").text))
    round_(workspace)
    assert connected.account.records["deals"]["101"].properties["dealstage"] == "won"
    with workspace.database.reading() as session:
        assert set(session.scalars(select(OutboxMessage.state))) == {"done"}


def found(pattern: str, page: str) -> str:
    there = re.search(pattern, page)
    assert there is not None
    return there[1]


def test_pausing_stops_everything_and_disconnecting_forgets_the_token(
    connected: FakeHubSpot, ada: Browser, workspace: Workspace, clock: Clock
) -> None:
    ada.get("/connections")
    ada.post("/connections/hub/pause")
    clock.forward(hours=1)
    connected.requests.clear()
    round_(workspace)
    assert connected.requests == []
    assert "Paused since" in words(ada.get("/connections").text)
    assert sync(workspace, None, lambda _name: lambda _stream, _read, _total: None).keys() == {"company"}
    ada.post("/connections/hub/pause", {"go_on": "1"})
    round_(workspace)
    assert connected.requests
    ada.get("/connections")
    ada.post("/connections/hub/disconnect")
    with workspace.database.reading() as session:
        assert session.scalars(select(ConnectionSecret.id)).all() == []
        assert session.scalars(select(Deal.id).join(Connection).where(Connection.name == "hub")).all()


def deliver(app: Flask, clock: Clock, events: object, secret: str = SECRET, name: str = "hub") -> int:
    body = json.dumps(events).encode()
    timestamp = str(int(clock().timestamp() * 1000))
    address = f"http://localhost/hooks/{name}"
    signed = b"POST" + address.encode() + body + timestamp.encode()
    signature = base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()
    headers = {"X-HubSpot-Request-Timestamp": timestamp, "X-HubSpot-Signature-v3": signature}
    return app.test_client().post(f"/hooks/{name}", data=body, headers=headers).status_code


def test_a_webhook_brings_the_change_with_the_next_round(
    connected: FakeHubSpot, app: Flask, workspace: Workspace, clock: Clock
) -> None:
    account = connected.account
    account.events.clear()
    clock.forward(seconds=30)
    account.put("deals", {"dealname": "Renamed"}, "102")
    assert deliver(app, clock, account.events) == 204
    assert deliver(app, clock, account.events) == 204, "told twice, noted once"
    with workspace.database.reading() as session:
        assert len(session.scalars(select(CrmEvent.id)).all()) == len(account.events)
    round_(workspace)
    with workspace.database.reading() as session:
        assert "Renamed" in session.scalars(select(Deal.name)).all()


def test_a_flood_and_its_replay_are_noted_once_and_read_once(
    connected: FakeHubSpot, app: Flask, workspace: Workspace, clock: Clock
) -> None:
    event = {"portalId": 33, "subscriptionType": "deal.propertyChange", "objectId": 101, "eventId": 7}
    flood = [{**event, "occurredAt": n} for n in range(1_000)]
    for _ in range(3):
        assert deliver(app, clock, flood) == 204
    with workspace.database.reading() as session:
        assert len(session.scalars(select(CrmEvent.id)).all()) == 1_000
    connected.requests.clear()
    clock.forward(seconds=30)
    round_(workspace)
    searches = [path for _, path in connected.requests if path.endswith("deals/search")]
    assert len(searches) == 1
    connected.requests.clear()
    round_(workspace)
    assert connected.requests == [], "nothing waits any more"


def test_strangers_other_accounts_and_unknown_names_do_no_harm(
    connected: FakeHubSpot, app: Flask, workspace: Workspace, clock: Clock
) -> None:
    event = {"portalId": 33, "subscriptionType": "contact.privacyDeletion", "objectId": 301}
    assert deliver(app, clock, [event], secret="guessed") == 401
    assert deliver(app, clock, [{**event, "portalId": 34}]) == 204
    assert deliver(app, clock, [event], name="nobody") == 404
    assert deliver(app, clock, {"no": "list"}) == 401
    with workspace.database.reading() as session:
        assert session.scalars(select(CrmEvent.id)).all() == []
        assert session.scalars(select(DealContact.id).filter_by(crm_id="301")).all()


def test_a_person_erased_there_is_erased_here(
    connected: FakeHubSpot, app: Flask, workspace: Workspace, clock: Clock
) -> None:
    connected.account.forget("contacts", "301")
    assert deliver(app, clock, connected.account.events[-1:]) == 204
    with workspace.database.reading() as session:
        assert session.scalars(select(DealContact.id).filter_by(crm_id="301")).all() == []


def test_once_a_day_everything_is_read_and_what_no_search_tells_comes_to_light(
    connected: FakeHubSpot, workspace: Workspace, clock: Clock
) -> None:
    connected.account.forget("deals", "102")
    clock.forward(minutes=10)
    round_(workspace)
    with workspace.database.reading() as session:
        assert session.scalars(select(Deal.gone_at).where(Deal.crm_id == "102")).one() is None
    clock.now += timedelta(hours=25)
    round_(workspace)
    with workspace.database.reading() as session:
        assert session.scalars(select(Deal.gone_at).where(Deal.crm_id == "102")).one() is not None


def test_the_app_is_made_with_an_address(workspace: Workspace) -> None:
    assert create_app(workspace, https=False, address="https://x.example").config["ADDRESS"] == "https://x.example"


def test_writing_moves_into_the_crm_is_a_choice_that_nobody_made_yet(ada: Browser) -> None:
    boxes = re.findall(r'<input[^>]*name="moves_deals"[^>]*>', ada.get("/connections").text)
    assert len(boxes) == 2
    assert not any("checked" in box for box in boxes)
