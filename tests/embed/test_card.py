"""HubSpot's card: the person is whom HubSpot signs for; the deal is anybody's guess, and looked at here."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from plugin.embed import create_panel
from plugin.services.vault import put_secret
from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from plugin.store.tables import Connection, CrmOwner, Deal, Meeting, MeetingLog, UserAccount
from tests.embed.launching import NOW, open_
from tests.web.conftest import PEOPLE, Clock

SECRET = "the app's own secret"
ADDRESS = "https://parcours.example"
PORTAL = "4711"
KEY = "0" * 31 + "1"


@dataclass
class Card:
    """Asks as HubSpot does for a card; the keywords of ``ask`` are what an attacker would change."""

    client: FlaskClient
    clock: Clock
    email: str = PEOPLE[Role.SALESPERSON]
    deal: str = "350"
    more: dict[str, Any] = field(default_factory=dict)

    def ask(
        self,
        wanted: str,
        *,
        signed_query: str | None = None,
        signed_body: bytes | None = None,
        secret: str = SECRET,
        age: timedelta = timedelta(0),
        portal: str = PORTAL,
        email: str | None = None,
        **said: object,
    ) -> TestResponse:
        body = json.dumps({"deal": self.deal, "language": "en", **self.more, **said}).encode()
        query = f"userId=1&portalId={portal}&userEmail={(email or self.email).replace('@', '%40')}&appId=9"
        stamp = str(int((self.clock() - age).timestamp() * 1000))
        signed = signed_query if signed_query is not None else query
        address = f"{ADDRESS}/hub/card/{wanted}?{signed.replace('%40', '@')}"
        text = b"POST" + address.encode() + (signed_body if signed_body is not None else body) + stamp.encode()
        signature = base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()
        headers = {"X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": stamp}
        path = f"/hub/card/{wanted}?{query}"
        return self.client.post(path, data=body, content_type="application/json", headers=headers)

    def said(self, wanted: str, **said: Any) -> dict[str, Any]:
        answer = self.ask(wanted, **said)
        assert answer.status_code == 200
        assert isinstance(answer.json, dict)
        return answer.json


@pytest.fixture
def workspace(workspace: Workspace) -> Workspace:
    """The deal is in a HubSpot, with a meeting that was an hour ago and that nobody logged."""
    with workspace.database.writing.begin() as session:
        hub = Connection(name="hub", kind="hubspot", settings={"account": PORTAL}, created_at=NOW)
        session.add(hub)
        session.flush()
        put_secret(session, workspace.open_vault(), hub.id, "token", "of no use here", NOW)
        put_secret(session, workspace.open_vault(), hub.id, "client_secret", SECRET, NOW)
        deal = session.scalars(select(Deal).filter_by(crm_id="350")).one()
        deal.connection_id = hub.id
        about = {"state": "planned", "minutes": 30, "title": "", "revision": 0, "seen_pass": 0, "template": "framing"}
        session.add(Meeting(public_id="b" * 32, deal_id=deal.id, starts_at=NOW - timedelta(hours=1), **about))
    return workspace


@pytest.fixture
def client(workspace: Workspace) -> FlaskClient:
    return create_panel(workspace, https=True, address=ADDRESS).test_client()


@pytest.fixture
def card(client: FlaskClient, clock: Clock) -> Card:
    return Card(client, clock)


def logs(workspace: Workspace) -> int:
    with workspace.database.reading() as session:
        return session.scalar(select(func.count(MeetingLog.id))) or 0


def test_a_look_says_stage_way_evidence_meeting_and_words(card: Card) -> None:
    said = card.said("look")
    assert (said["status"], said["name"], said["state"], said["way"]) == ("ok", "Company north", "open", "back")
    assert (said["stage"]["name"], said["stage"]["number"]) == ("Search", 2)
    assert said["missing"]
    assert said["next"]["title"]
    assert said["planned"]["over"]
    assert said["may_log"]


def test_it_is_said_in_the_language_asked_for(card: Card) -> None:
    assert card.said("look", language="fr")["stage"]["name"] == "Rechercher"
    assert card.said("look", language="xx")["stage"]["name"] == "Search"


def test_one_tap_logs_the_meeting_once_although_hubspot_asks_twice(card: Card, workspace: Workspace) -> None:
    first = card.said("log", key=KEY, meeting="b" * 32)
    again = card.said("log", key=KEY, meeting="b" * 32)
    assert first == {"status": "ok", "message": "Saved."}
    assert again["status"] == "ok"
    assert "kept once" in again["message"]
    assert logs(workspace) == 1
    assert card.said("look")["planned"] is None


def test_what_a_colleague_logged_is_not_logged_over(card: Card, workspace: Workspace) -> None:
    assert card.said("log", key=KEY, meeting="b" * 32)["status"] == "ok"
    assert logs(workspace) == 1
    card.said("log", key="f" * 32, meeting="b" * 32)
    with workspace.database.reading() as session:
        assert session.scalars(select(Meeting.state).filter_by(public_id="b" * 32)).one() == "held"


@pytest.mark.parametrize("said", [{"key": "short"}, {"meeting": "nowhere"}, {"key": 7}, {"meeting": None}])
def test_a_tap_that_says_something_odd_logs_nothing(card: Card, workspace: Workspace, said: dict[str, object]) -> None:
    assert card.said("log", **{"key": KEY, "meeting": "b" * 32, **said})["status"] == "refused"
    assert logs(workspace) == 0


def test_a_launch_opens_the_panel_once_on_the_page_that_was_asked_for(card: Card, client: FlaskClient) -> None:
    address = card.said("launch", page="log")["address"]
    way, _, fragment = address.partition("#launch=")
    token, _, page = fragment.partition("&page=")
    assert (way, page) == (f"{ADDRESS}/hub", "log")
    opened = open_(client, token, "hub")
    assert opened.status_code == 200
    assert "Company north" in opened.json["html"]
    assert open_(client, token, "hub").status_code == 403
    assert card.said("launch", page="kit")["address"].partition("&page=")[2].startswith("kit/")


def test_hubspots_pages_may_frame_it(client: FlaskClient) -> None:
    assert "frame-ancestors https://*.hubspot.com" in client.get("/hub").headers["Content-Security-Policy"]


def test_a_person_whom_nobody_knows_is_told_so(card: Card) -> None:
    said = card.said("look", email="new@seller.example")
    assert said["status"] == "unknown_user"
    assert "new@seller.example" in said["message"]


def test_the_deal_is_not_vouched_for_so_a_colleagues_is_not_shown(card: Card, workspace: Workspace) -> None:
    with workspace.database.writing.begin() as session:
        session.execute(update(CrmOwner).values(user_id=None))
    for wanted in ("look", "launch", "log"):
        said = card.said(wanted, key=KEY, meeting="b" * 32)
        assert said["status"] == "refused"
        assert "North" not in json.dumps(said)


def test_a_person_whose_account_was_closed_sees_nothing(card: Card, workspace: Workspace) -> None:
    with workspace.database.writing.begin() as session:
        session.execute(update(UserAccount).values(disabled_at=NOW))
    assert card.said("look")["status"] == "unknown_user"


def test_a_marketer_looks_and_does_not_log(card: Card, workspace: Workspace) -> None:
    card.email = PEOPLE[Role.MARKETER]
    assert card.said("look")["may_log"] is False
    assert card.said("log", key=KEY, meeting="b" * 32)["status"] == "refused"
    assert logs(workspace) == 0


def test_a_connection_that_is_paused_answers_nobody(card: Card, workspace: Workspace) -> None:
    with workspace.database.writing.begin() as session:
        session.execute(update(Connection).values(paused_at=NOW).where(Connection.name == "hub"))
    assert card.ask("look").status_code == 401


@pytest.mark.parametrize(
    "forged",
    [
        {"secret": "another"},
        {"signed_body": b"{}"},
        {"signed_query": "userId=1&portalId=4711&userEmail=ada@seller.example&appId=9"},
        {"signed_query": ""},
        {"age": timedelta(minutes=6)},
        {"age": timedelta(minutes=-6)},
        {"portal": "1"},
        {"email": "ana@seller.example&userEmail=ada@seller.example"},
    ],
)
def test_what_is_not_signed_just_so_is_refused(card: Card, workspace: Workspace, forged: dict[str, Any]) -> None:
    for wanted in ("look", "launch", "log"):
        assert card.ask(wanted, key=KEY, meeting="b" * 32, **forged).status_code == 401
    assert logs(workspace) == 0


def test_a_signature_for_looking_does_not_log(card: Card, client: FlaskClient, clock: Clock) -> None:
    stamp = str(int(clock().timestamp() * 1000))
    query = f"userId=1&portalId={PORTAL}&userEmail=ana@seller.example"
    text = f"POST{ADDRESS}/hub/card/look?{query}{{}}{stamp}".encode()
    signature = base64.b64encode(hmac.new(SECRET.encode(), text, hashlib.sha256).digest()).decode()
    headers = {"X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": stamp}
    assert client.post(f"/hub/card/look?{query}", data=b"{}", headers=headers).status_code == 200
    assert client.post(f"/hub/card/log?{query}", data=b"{}", headers=headers).status_code == 401


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"deal": {"a": 1}}', b"\xff"])
def test_an_odd_body_that_is_signed_breaks_nothing(client: FlaskClient, clock: Clock, body: bytes) -> None:
    stamp = str(int(clock().timestamp() * 1000))
    query = f"userId=1&portalId={PORTAL}&userEmail=ana@seller.example"
    text = f"POST{ADDRESS}/hub/card/look?{query}".encode() + body + stamp.encode()
    signature = base64.b64encode(hmac.new(SECRET.encode(), text, hashlib.sha256).digest()).decode()
    headers = {"X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": stamp}
    answer = client.post(f"/hub/card/look?{query}", data=body, headers=headers, content_type="application/json")
    assert answer.json["status"] == "unknown_deal"


def test_nothing_else_can_be_asked(card: Card) -> None:
    assert card.ask("everything").status_code == 404
