"""Who may do what: the matrix of scopes and roles, written by hand, against every operation that there is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from werkzeug.test import Client, TestResponse

from plugin.api.application import MODULES
from plugin.app import make_web
from plugin.services.api_tokens import Scope
from plugin.services.report_rule import SalespeopleSee, decide_what_salespeople_see
from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from plugin.settings import Settings
from tests.api.conftest import MakeToken, Program

S, M, K, A = Role.SALESPERSON, Role.MANAGER, Role.MARKETER, Role.ADMIN
ALL = {S, M, K, A}

MATRIX: dict[tuple[str, str], tuple[Scope | None, set[Role]]] = {
    ("GET", "/me"): (None, ALL),
    ("GET", "/objectives"): (Scope.MEETINGS_READ, ALL),
    ("GET", "/deals"): (Scope.DEALS_READ, ALL),
    ("GET", "/deals/{id}"): (Scope.DEALS_READ, ALL),
    ("GET", "/deals/{id}/history"): (Scope.DEALS_READ, ALL),
    ("GET", "/deals/{id}/next"): (Scope.DEALS_READ, ALL),
    ("GET", "/deals/{id}/meetings"): (Scope.MEETINGS_READ, ALL),
    ("GET", "/deals/{id}/kits/{template}"): (Scope.MEETINGS_READ, ALL),
    ("POST", "/deals/{id}/logs"): (Scope.MEETINGS_WRITE, {S, M, A}),
    ("GET", "/conversion"): (Scope.REPORTS_READ, {M, K, A}),
}
OF_A_DEAL = [(method, path) for method, path in MATRIX if "{id}" in path]
HELD = {"outcome": "held", "starts_at": "2026-03-02T08:00:00Z"}


def call(program: Program, method: str, path: str, deal: str) -> TestResponse:
    address = path.replace("{id}", deal).replace("{template}", "discovery")
    return program.log(deal, HELD) if method == "POST" else program.get(address)


def test_every_operation_has_its_row_in_the_matrix() -> None:
    served = [one for module in MODULES for one in module.OPERATIONS]
    assert {(one.method, one.path): one.scope for one in served} == {key: row[0] for key, row in MATRIX.items()}


@pytest.mark.parametrize("role", Role)
def test_a_role_opens_what_the_matrix_gives_it(
    client: Client, token: MakeToken, deal: Callable[[str], str], role: Role
) -> None:
    program = Program(client, token(role))
    for (method, path), (_, roles) in MATRIX.items():
        answer = call(program, method, path, deal("north"))
        expected = {200, 201} if role in roles else {403}
        assert answer.status_code in expected, (method, path, answer.text)


@pytest.mark.parametrize("scope", Scope)
def test_a_scope_opens_its_own_operations_and_no_other(
    client: Client, token: MakeToken, deal: Callable[[str], str], scope: Scope
) -> None:
    program = Program(client, token(Role.ADMIN, [scope]))
    for (method, path), (needed, _) in MATRIX.items():
        answer = call(program, method, path, deal("north"))
        if needed in (None, scope):
            assert answer.status_code in {200, 201}, (method, path, answer.text)
        else:
            assert (answer.status_code, answer.json["scope"]) == (403, needed), (method, path)
            assert f'scope="{needed}"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize(("method", "path"), OF_A_DEAL)
def test_a_salesperson_s_token_does_not_find_another_one_s_deal(
    ana: Program, max_: Program, deal: Callable[[str], str], give_away: Callable[[], None], method: str, path: str
) -> None:
    give_away()
    assert call(ana, method, path, deal("north")).status_code == 404
    assert call(max_, method, path, deal("north")).status_code in {200, 201}
    assert ana.get("/deals?state=all").json == {"deals": [], "next": None}


def test_salespeople_read_the_report_where_the_leaders_decided_so(ana: Program, workspace: Workspace) -> None:
    assert ana.get("/conversion").status_code == 403
    with workspace.database.writing.begin() as session:
        decide_what_salespeople_see(session, SalespeopleSee.EVERYBODY, workspace.clock())
    assert ana.get("/conversion").status_code == 200


def test_the_description_is_there_for_everybody(client: Client) -> None:
    answer = client.get("/api/v1/openapi.json")
    assert (answer.status_code, answer.json["openapi"]) == (200, "3.1.1")
    assert sorted(answer.json["paths"]) == sorted({*(path for _, path in MATRIX), "/openapi.json"})


def test_beside_the_pages_it_stands_on_its_own(workspace: Workspace, token: MakeToken, tmp_path: Path) -> None:
    client = Client(make_web(workspace, Settings(tmp_path, "sqlite://")))
    assert Program(client, token(Role.SALESPERSON)).get("/me").status_code == 200
    assert client.get("/api/v1/me").mimetype == "application/problem+json"
    assert client.get("/deals", headers={"Authorization": f"Bearer {token(Role.SALESPERSON)}"}).status_code == 303
