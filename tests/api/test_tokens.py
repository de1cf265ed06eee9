"""A token opens what its person may, as far as its scopes go, until it ends; and it is written down nowhere."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from werkzeug.test import Client

from plugin.services.accounts import change_role, disable_user
from plugin.services.api_tokens import MOST, PREFIX, Scope, TokenRefused, find_bearer, make_token
from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from plugin.store.tables import ApiToken, UserAccount
from tests.api.conftest import MakeToken, Program
from tests.web.conftest import PEOPLE, Clock


def user_id(workspace: Workspace, role: Role) -> int:
    with workspace.database.reading() as session:
        return session.scalars(select(UserAccount.id).filter_by(email=PEOPLE[role])).one()


def row(workspace: Workspace) -> ApiToken:
    with workspace.database.reading() as session:
        return session.scalars(select(ApiToken)).one()


def test_a_token_is_known_by_its_prefix_and_stored_as_a_digest_only(workspace: Workspace, token: MakeToken) -> None:
    made = token(Role.SALESPERSON)
    assert made.startswith(PREFIX)
    assert len(made) == len(PREFIX) + 43
    with workspace.database.reading() as session:
        stored = str(session.execute(text("SELECT * FROM api_token")).all())
    assert made not in stored
    assert made.removeprefix(PREFIX) not in stored


def test_a_token_ends_when_it_says_and_after_a_year_at_the_latest(
    workspace: Workspace, token: MakeToken, clock: Clock
) -> None:
    made = token(Role.SALESPERSON, days=4000)
    assert row(workspace).expires_at == clock() + timedelta(days=365)
    clock.forward(days=365)
    with workspace.database.reading() as session:
        assert find_bearer(session, made, clock()) is None


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer parcours_wrong", "Bearer wrong", "Basic YTpi", "Bearer parcours_\u00e9"]
)
def test_without_a_token_that_somebody_holds_nothing_opens(client: Client, header: str) -> None:
    answer = client.get("/api/v1/me", headers={"Authorization": header.encode().decode("latin-1")})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="parcours"')


def test_a_removed_person_s_token_opens_nothing(ana: Program, workspace: Workspace) -> None:
    assert ana.get("/me").status_code == 200
    with workspace.database.writing.begin() as session:
        disable_user(session, user_id(workspace, Role.SALESPERSON), workspace.clock())
    assert ana.get("/me").status_code == 401


def test_a_token_goes_with_the_role_that_its_person_has_now(max_: Program, workspace: Workspace) -> None:
    assert max_.get("/conversion").status_code == 200
    with workspace.database.writing.begin() as session:
        change_role(session, user_id(workspace, Role.MANAGER), Role.SALESPERSON, workspace.clock())
    assert max_.get("/conversion").status_code == 403
    assert max_.get("/deals").json == {"deals": [], "next": None}


def test_its_use_is_noted_once_a_minute(ana: Program, workspace: Workspace, clock: Clock) -> None:
    first = clock()
    ana.get("/me")
    clock.forward(seconds=59)
    ana.get("/me")
    assert row(workspace).last_used_at == first
    clock.forward(seconds=1)
    ana.get("/me")
    assert row(workspace).last_used_at == clock()


def test_nobody_keeps_more_tokens_than_they_can_look_through(workspace: Workspace, token: MakeToken) -> None:
    for _ in range(MOST):
        token(Role.SALESPERSON)
    with workspace.database.writing.begin() as session, pytest.raises(TokenRefused):
        make_token(session, user_id(workspace, Role.SALESPERSON), "x", Scope, timedelta(days=1), workspace.clock())


def test_a_token_is_in_no_log_and_in_no_answer(
    ana: Program, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    answers = [ana.get("/me"), ana.get("/deals"), ana.get("/nowhere"), ana.get("/deals?cursor=x")]
    monkeypatch.setattr("plugin.api.edge.is_worth_noting", None)
    answers.append(ana.get("/me"))
    assert answers[-1].status_code == 500
    told = caplog.text + "".join(f"{answer.headers}{answer.text}" for answer in answers)
    assert ana.token.removeprefix(PREFIX) not in told
