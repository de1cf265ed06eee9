"""The panel opens with a token that Odoo's add-on signed: for this connection, now, once, and framed by that Odoo."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from plugin.app import make_web
from plugin.embed import create_panel
from plugin.services.workspace import Workspace
from plugin.settings import Settings
from plugin.store.tables import Connection, UsedLaunch
from tests.embed.launching import NOW, ODOO, encoded, open_, token
from tests.web.conftest import Clock


def test_a_good_token_opens_its_deal_in_the_persons_language(client: FlaskClient) -> None:
    answer = open_(client, token(lang="fr_BE"))
    assert answer.status_code == 200
    assert "Company north" in answer.json["html"]
    assert "Prochain rendez-vous" in answer.json["html"]
    assert not answer.headers.getlist("Set-Cookie")


def test_a_deal_that_did_not_come_in_yet_is_told_so(client: FlaskClient) -> None:
    answer = open_(client, token(deal="999"))
    assert answer.status_code == 403
    assert "comes with the next sync" in answer.json["html"]


def test_it_opens_once(client: FlaskClient) -> None:
    assert open_(client, token()).status_code == 200
    assert open_(client, token()).status_code == 403
    assert open_(client, token(jti="another")).status_code == 200


def test_it_is_still_known_as_used_when_only_a_slow_clock_would_take_it(client: FlaskClient, clock: Clock) -> None:
    assert open_(client, token()).status_code == 200
    clock.forward(seconds=75)
    assert open_(client, token(iat=MOMENT + 75, exp=MOMENT + 135, jti="another")).status_code == 200
    assert open_(client, token()).status_code == 403


MOMENT = int(NOW.timestamp())


@pytest.mark.parametrize(
    "claims",
    [
        {"secret": "another secret that is as long as it"},
        {"conn": "other"},
        {"iat": MOMENT - 200, "exp": MOMENT - 140},
        {"iat": MOMENT + 200, "exp": MOMENT + 260},
        {"exp": MOMENT + 86_400},
        {"iat": "soon"},
        {"exp": 1e300},
        {"jti": None},
        {"jti": ""},
        {"deal": None},
        {"sub": ""},
    ],
)
def test_a_token_that_is_forged_stretched_or_for_elsewhere_opens_nothing(
    client: FlaskClient, claims: dict[str, Any]
) -> None:
    answer = open_(client, token(**claims))
    assert answer.status_code == 403
    assert "token" not in answer.json
    assert "open the record anew" in answer.json["html"].lower()


@pytest.mark.parametrize(
    "given", ["", "x", ".", "a.b", "é.é", None, 7, ["x"], token()[:-2], token() + "x", "A" * 5_000 + "." + "A" * 43]
)
def test_what_is_no_token_opens_nothing(client: FlaskClient, given: object) -> None:
    assert open_(client, given).status_code == 403


def test_a_token_with_another_body_opens_nothing(client: FlaskClient) -> None:
    body, signature = token().split(".")
    forged = encoded(base64.urlsafe_b64decode(body + "==").replace(b'"350"', b'"351"'))
    assert open_(client, f"{forged}.{signature}").status_code == 403


def test_a_connection_that_is_paused_or_not_there_opens_nothing(client: FlaskClient, workspace: Workspace) -> None:
    assert open_(client, token(), "nowhere").status_code == 403
    with workspace.database.writing.begin() as session:
        session.scalars(select(Connection).filter_by(name="odoo")).one().paused_at = NOW
    assert open_(client, token()).status_code == 403


def test_used_tokens_are_forgotten_when_they_have_run_out(workspace: Workspace) -> None:
    for minutes in range(5):
        moment = int(NOW.timestamp()) + minutes * 300
        later = replace(workspace, clock=lambda moment=moment: datetime.fromtimestamp(moment, UTC))
        client = create_panel(later, https=True).test_client()
        assert open_(client, token(iat=moment, exp=moment + 60, jti=f"n{minutes}")).status_code == 200
    with workspace.database.reading() as session:
        assert session.scalar(select(func.count(UsedLaunch.id))) == 1


def test_the_page_may_be_framed_by_its_odoo_and_by_nobody_else(client: FlaskClient) -> None:
    answer = client.get("/odoo")
    assert f"frame-ancestors {ODOO}" in answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Press line" not in answer.text
    assert client.get("/nowhere").status_code == 404
    assert "frame-ancestors 'none'" in open_(client, token()).headers["Content-Security-Policy"]


def test_it_stands_beside_the_pages(workspace: Workspace, tmp_path: Path) -> None:
    web = make_web(workspace, Settings(tmp_path, "sqlite://"))
    assert "Parcours" in web.test_client().get("/embed/odoo").text
    assert web.test_client().get("/embed/static/parcours.css").status_code == 200
    assert web.test_client().get("/").status_code == 303
