"""Tokens on the account page: shown once, revoked at once, nobody else's."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from plugin.services.api_tokens import find_bearer
from plugin.services.workspace import Workspace
from plugin.store.tables import ApiToken
from tests.web.conftest import Browser

WANTED = {"name": "Weekly sheet", "scopes": ["deals:read", "reports:read"], "days": "30"}


def made_by(browser: Browser) -> str:
    page = browser.post("/account/tokens", WANTED)
    assert page.status_code == 200
    found = re.search(r"<code>(parcours_[\w-]+)</code>", page.text)
    assert found
    return found.group(1)


def token_id(workspace: Workspace) -> int:
    with workspace.database.reading() as session:
        return session.scalars(select(ApiToken.id)).one()


def opens(workspace: Workspace, token: str) -> bool:
    with workspace.database.reading() as session:
        return find_bearer(session, token, workspace.clock()) is not None


def test_a_token_is_shown_once_and_listed_from_then_on(ana: Browser, workspace: Workspace) -> None:
    token = made_by(ana)
    assert opens(workspace, token)
    page = ana.get("/account").text
    assert token not in page
    assert "Weekly sheet" in page
    assert "deals:read, reports:read" in page
    assert "never used" in page


def test_a_revoked_token_opens_nothing(ana: Browser, workspace: Workspace) -> None:
    token = made_by(ana)
    assert ana.post("/account/tokens/revoke", {"token_id": token_id(workspace)}).status_code == 303
    assert not opens(workspace, token)
    assert "Weekly sheet" not in ana.get("/account").text


def test_nobody_revokes_another_one_s_token(ana: Browser, max_: Browser, workspace: Workspace) -> None:
    token = made_by(ana)
    assert max_.post("/account/tokens/revoke", {"token_id": token_id(workspace)}).status_code == 404
    assert opens(workspace, token)
    assert "Weekly sheet" not in max_.get("/account").text


@pytest.mark.parametrize(
    "change",
    [{"name": " "}, {"scopes": []}, {"scopes": ["everything"]}, {"days": "0"}, {"days": "366"}, {"days": "long"}],
)
def test_a_token_needs_a_name_a_scope_and_an_end_within_a_year(
    ana: Browser, workspace: Workspace, change: dict[str, Any]
) -> None:
    page = ana.post("/account/tokens", {**WANTED, **change})
    assert page.status_code == 422
    assert 'aria-invalid="true"' in page.text or "scopes-error" in page.text
    with workspace.database.reading() as session:
        assert session.scalars(select(ApiToken)).all() == []


def test_a_form_without_its_own_token_makes_none(ana: Browser) -> None:
    ana.token = "forged"
    assert ana.post("/account/tokens", WANTED).status_code == 400
