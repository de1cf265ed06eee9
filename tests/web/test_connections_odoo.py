"""An Odoo connected in the browser: what is wrong is said beside its field, and what belongs in Odoo is shown."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from crm_adapters.odoo.webhooks import hook_key
from plugin.services.add_on import add_on_settings
from plugin.services.vault import Vault
from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from plugin.store.tables import Connection, CrmEvent
from tests.odoo import recording
from tests.web.conftest import Browser

FORM = {"name": "crm", "database": "crm", "login": "admin", "key": recording.KEY, "moves_deals": "y"}


@pytest.fixture
def workspace(workspace: Workspace) -> Workspace:
    return replace(workspace, vault=Vault([Fernet.generate_key().decode()]), networks="127.0.0.0/8")


@pytest.fixture
def ada(signed_in: Callable[[Role], Browser]) -> Browser:
    return signed_in(Role.ADMIN)


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where a recorded Odoo answers what one is asked that is connected."""
    monkeypatch.setattr("crm_adapters.odoo.adapter.Odoo.set_up_add_on", lambda *_given: False)
    exchanges = json.loads(recording.FILE.read_text(encoding="utf-8"))["runs"]["add-on"]["exchanges"]
    with recording.replayed(exchanges, whole=False) as found:
        yield found


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_an_odoo_is_connected_and_what_belongs_there_is_shown(ada: Browser, workspace: Workspace, address: str) -> None:
    ada.get("/connections")
    answer = ada.post("/connections/odoo", {**FORM, "address": address})
    assert answer.status_code == 303, words(answer.text)
    page = ada.get(answer.location).text
    with workspace.database.reading() as session:
        known = add_on_settings(session, workspace, "crm")
    assert known is not None
    assert known.secret in page
    assert recording.KEY not in page
    assert "crm (Odoo 19.0" in words(page)
    assert known.secret not in ada.get("/connections").text


def test_connected_anew_it_keeps_the_secret_that_odoo_knows(ada: Browser, workspace: Workspace, address: str) -> None:
    secrets = []
    ada.get("/connections")
    ada.post("/connections/odoo", {**FORM, "address": address})
    with workspace.database.reading() as session:
        secrets.append(add_on_settings(session, workspace, "crm"))
    exchanges = json.loads(recording.FILE.read_text(encoding="utf-8"))["runs"]["add-on"]["exchanges"]
    with recording.replayed(exchanges, whole=False) as again:
        ada.post("/connections/odoo", {**FORM, "address": again})
    with workspace.database.reading() as session:
        secrets.append(add_on_settings(session, workspace, "crm"))
    assert secrets[0] == secrets[1] is not None


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"address": "https://10.0.0.5"}, "PARCOURS_NETWORKS"),
        ({"address": "https://me:secret@crm.example"}, "this is no address of an Odoo"),
        ({"address": "http://127.0.0.1:9"}, "can't be reached"),
        ({"address": ""}, "Address"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays_but_the_key(
    ada: Browser, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, typed: dict[str, str], said: str
) -> None:
    monkeypatch.setattr("crm_adapters.odoo.client.LONGEST_WAIT", 0.0)
    ada.get("/connections")
    answer = ada.post("/connections/odoo", {**FORM, "login": "parcours@example.com", **typed})
    assert answer.status_code == 422
    assert said in words(answer.text).replace("&#39;", "'")
    assert 'value="parcours@example.com"' in answer.text
    assert recording.KEY not in answer.text
    with workspace.database.reading() as session:
        assert session.scalar(select(Connection).filter_by(name="crm")) is None


def test_a_rule_of_odoo_tells_of_a_change_and_a_stranger_does_not(
    ada: Browser, anybody: Browser, workspace: Workspace, address: str
) -> None:
    ada.get("/connections")
    ada.post("/connections/odoo", {**FORM, "address": address})
    with workspace.database.reading() as session:
        known = add_on_settings(session, workspace, "crm")
    assert known is not None
    body = {"_model": "crm.lead", "_id": 350, "write_date": "2026-11-23 04:17:45.379335"}
    told = anybody.client.post(f"/hooks/crm?key={hook_key(known.secret)}", json=body)
    again = anybody.client.post(f"/hooks/crm?key={hook_key(known.secret)}", json=body)
    stranger = anybody.client.post("/hooks/crm?key=guess", json=body)
    assert (told.status_code, again.status_code, stranger.status_code) == (204, 204, 401)
    with workspace.database.reading() as session:
        assert [(one.what, one.record) for one in session.scalars(select(CrmEvent))] == [("deal", "350")]


def test_the_page_of_an_add_on_is_for_odoo_only(ada: Browser) -> None:
    assert ada.get("/connections/nowhere/add-on").status_code == 404
