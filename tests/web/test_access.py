"""Who may open what: the matrix, written by hand, against every route that there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from plugin.web import create_app
from tests.web.conftest import Browser

S, M, K, A = Role.SALESPERSON, Role.MANAGER, Role.MARKETER, Role.ADMIN
NOBODY = "nobody is signed in"
ALL = {S, M, K, A}

MATRIX: dict[tuple[str, str], set[Role | str]] = {
    ("GET", "/static/<path:filename>"): {*ALL, NOBODY},
    ("GET", "/sign-in"): {*ALL, NOBODY},
    ("POST", "/sign-in"): {*ALL, NOBODY},
    ("POST", "/sign-in/demo"): {*ALL, NOBODY},
    ("POST", "/sign-out"): ALL,
    ("GET", "/"): ALL,
    ("GET", "/deals"): ALL,
    ("GET", "/radar"): ALL,
    ("GET", "/radar.csv"): ALL,
    ("GET", "/radar/returns"): {M, K, A},
    ("GET", "/radar/returns.csv"): {M, K, A},
    ("GET", "/radar/returns/deals"): {M, K, A},
    ("GET", "/radar/returns/deals.csv"): {M, K, A},
    ("GET", "/radar/moments"): {M, K, A},
    ("GET", "/radar/moments.csv"): {M, K, A},
    ("GET", "/radar/moments/meetings"): {M, K, A},
    ("GET", "/radar/moments/meetings.csv"): {M, K, A},
    ("GET", "/deals/<public_id>"): ALL,
    ("POST", "/deals/<public_id>/messages/<message>/retry"): {S, M, A},
    ("GET", "/deals/<public_id>/meeting/<template>"): ALL,
    ("POST", "/deals/<public_id>/meeting/<template>/choose"): {S, M, A},
    ("GET", "/deals/<public_id>/prepare/<template>"): ALL,
    ("GET", "/deals/<public_id>/present/<template>"): ALL,
    ("GET", "/deals/<public_id>/converse/<template>"): {S, M, A},
    ("POST", "/deals/<public_id>/log/<ref>/continue"): {S, M, A},
    ("POST", "/deals/<public_id>/follow-ups/<ref>"): {S, M, A},
    ("GET", "/deals/<public_id>/plan"): ALL,
    ("POST", "/deals/<public_id>/plan"): {S, M, A},
    ("POST", "/deals/<public_id>/plan/<step>"): {S, M, A},
    ("GET", "/deals/<public_id>/meetings/<meeting>/recap"): {S, M, A},
    ("POST", "/deals/<public_id>/meetings/<meeting>/recap"): {S, M, A},
    ("POST", "/deals/<public_id>/meetings/<meeting>/recap/revoke"): {S, M, A},
    ("GET", "/recap/<token>"): {*ALL, NOBODY},
    ("POST", "/recap/<token>"): {*ALL, NOBODY},
    ("GET", "/templates/<key>/<version>/pictures/<name>"): ALL,
    ("GET", "/deals/<public_id>/log"): {S, M, A},
    ("GET", "/deals/<public_id>/log/<ref>"): {S, M, A},
    ("POST", "/deals/<public_id>/log/<ref>"): {S, M, A},
    ("POST", "/deals/<public_id>/log/<ref>/draft"): {S, M, A},
    ("POST", "/deals/<public_id>/log/<ref>/discard"): {S, M, A},
    ("GET", "/conversion"): {M, K, A},
    ("GET", "/conversion/stage"): {M, K, A},
    ("GET", "/conversion/deals"): {M, K, A},
    ("GET", "/conversion/deals.csv"): {M, K, A},
    ("GET", "/conversion/flow"): {M, K, A},
    ("GET", "/conversion/months"): {M, K, A},
    ("GET", "/conversion/now"): {M, K, A},
    ("GET", "/conversion/now/deals"): {M, K, A},
    ("GET", "/conversion/meetings"): {M, K, A},
    ("POST", "/conversion/meetings/trials"): {M, K, A},
    ("POST", "/conversion/meetings/trials/<public_id>/stop"): {M, K, A},
    ("GET", "/conversion/<table>.csv"): {M, K, A},
    ("GET", "/conversion.pdf"): {M, K, A},
    ("GET", "/conversion/mine"): {S, M, A},
    ("GET", "/conversion/rule"): {M, A},
    ("POST", "/conversion/rule"): {M, A},
    ("POST", "/conversion/views"): {M, K, A},
    ("GET", "/conversion/views/<public_id>"): {M, K, A},
    ("POST", "/conversion/views/<public_id>/forget"): {M, K, A},
    ("GET", "/deals/<public_id>/meeting/<template>/deck.pptx"): ALL,
    ("GET", "/deals/<public_id>/meeting/<template>/deck.pdf"): ALL,
    ("GET", "/templates"): {M, K, A},
    ("GET", "/templates/<key>"): {M, K, A},
    ("POST", "/templates/<key>"): {M, K, A},
    ("POST", "/templates/<key>/publish"): {M, K, A},
    ("POST", "/templates/<key>/use"): {M, K, A},
    ("POST", "/templates/<key>/discard"): {M, K, A},
    ("POST", "/templates/<key>/copy"): {M, K, A},
    ("GET", "/templates/<key>/compare"): {M, K, A},
    ("GET", "/templates/<key>/preview"): {M, K, A},
    ("POST", "/templates/<key>/pictures"): {M, K, A},
    ("GET", "/templates/<key>/draft/pictures/<name>"): {M, K, A},
    ("GET", "/templates/<key>/export.zip"): {M, K, A},
    ("POST", "/templates/import"): {M, K, A},
    ("GET", "/journey/personas"): {M, K, A},
    ("POST", "/journey/personas"): {M, K, A},
    ("GET", "/journey/personas.yaml"): {M, K, A},
    ("GET", "/journey/persona"): {M, K, A},
    ("POST", "/journey/persona"): {M, K, A},
    ("GET", "/journey/personas/<key>"): {M, K, A},
    ("POST", "/journey/personas/<key>"): {M, K, A},
    ("POST", "/journey/personas/<key>/up"): {M, K, A},
    ("POST", "/journey/personas/<key>/remove"): {M, K, A},
    ("POST", "/deals/<public_id>/persona"): {S, M, A},
    ("GET", "/journey/canvas"): ALL,
    ("POST", "/journey/canvas/<persona>/<question>"): {M, K, A},
    ("GET", "/journey/versions"): {M, K, A},
    ("POST", "/journey/versions/start"): {M, K, A},
    ("POST", "/journey/versions/import"): {M, K, A},
    ("POST", "/journey/versions/pipelines/<pipeline>"): {M, K, A},
    ("GET", "/journey/versions/<key>"): {M, K, A},
    ("POST", "/journey/versions/<key>"): {M, K, A},
    ("GET", "/journey/versions/<key>/preview"): {M, K, A},
    ("POST", "/journey/versions/<key>/publish"): {M, K, A},
    ("POST", "/journey/versions/<key>/use"): {M, K, A},
    ("POST", "/journey/versions/<key>/main"): {M, K, A},
    ("POST", "/journey/versions/<key>/out"): {M, K, A},
    ("POST", "/journey/versions"): {M, K, A},
    ("POST", "/journey/versions/<key>/discard"): {M, K, A},
    ("GET", "/journey/versions/<key>/compare"): {M, K, A},
    ("GET", "/journey/versions/<key>/export.yaml"): {M, K, A},
    ("POST", "/connections/<name>/journeys/<pipeline>"): {A},
    ("GET", "/brand"): {M, K, A},
    ("POST", "/brand"): {M, K, A},
    ("POST", "/brand/logo"): {M, K, A},
    ("GET", "/brand.css"): ALL,
    ("GET", "/brand/logo/<digest>"): ALL,
    ("GET", "/journey/touches"): {M, K, A},
    ("GET", "/journey/touches/deals"): {M, K, A},
    ("GET", "/journey/touches/files"): {M, K, A},
    ("POST", "/journey/touches/files"): {M, K, A},
    ("POST", "/journey/touches/files/import"): {M, K, A},
    ("POST", "/journey/touches/files/<public_id>/undo"): {M, K, A},
    ("GET", "/journey/touches/goals"): {M, K, A},
    ("POST", "/journey/touches/goals"): {M, K, A},
    ("POST", "/journey/touches/goals/<public_id>/remove"): {M, K, A},
    ("GET", "/journey"): ALL,
    ("GET", "/journey/<stage>"): ALL,
    ("GET", "/journey/<stage>/deals"): ALL,
    ("POST", "/journey/<stage>/notes"): {M, K, A},
    ("GET", "/journey/<stage>/notes/<note>"): {M, K, A},
    ("POST", "/journey/<stage>/notes/<note>"): {M, K, A},
    ("POST", "/journey/<stage>/notes/<note>/withdraw"): {M, K, A},
    ("POST", "/journey/<stage>/improvements"): {M, K, A},
    ("GET", "/journey/<stage>/improvements/<ref>"): ALL,
    ("POST", "/journey/<stage>/improvements/<ref>"): ALL,
    ("POST", "/journey/<stage>/improvements/<ref>/change"): ALL,
    ("GET", "/journey/touchpoints"): ALL,
    ("POST", "/journey/touchpoints"): {M, K, A},
    ("POST", "/journey/touchpoints/start"): {M, K, A},
    ("POST", "/journey/touchpoints/<public_id>"): {M, K, A},
    ("GET", "/connections"): {A},
    ("POST", "/connections/hubspot"): {A},
    ("POST", "/connections/odoo"): {A},
    ("GET", "/connections/<name>/add-on"): {A},
    ("GET", "/connections/hubspot/authorize"): {A},
    ("GET", "/connections/hubspot/callback"): {A},
    ("GET", "/connections/<name>/stages"): {A},
    ("POST", "/connections/<name>/stages"): {A},
    ("POST", "/connections/<name>/pause"): {A},
    ("POST", "/connections/<name>/disconnect"): {A},
    ("POST", "/connections/messages/<public_id>/retry"): {A},
    ("GET", "/plan"): ALL,
    ("GET", "/plan/goal"): {M, K, A},
    ("POST", "/plan/goal"): {M, K, A},
    ("GET", "/plan/objectives/new"): {M, K, A},
    ("POST", "/plan/objectives/new"): {M, K, A},
    ("GET", "/plan/objectives/<public_id>"): ALL,
    ("POST", "/plan/objectives/<public_id>"): {M, K, A},
    ("POST", "/plan/objectives/<public_id>/remove"): {M, K, A},
    ("GET", "/plan/actions"): ALL,
    ("GET", "/plan/actions/board"): ALL,
    ("GET", "/plan/actions/calendar"): ALL,
    ("GET", "/plan/actions/worth"): ALL,
    ("GET", "/plan/actions/new"): {M, K, A},
    ("POST", "/plan/actions/new"): {M, K, A},
    ("GET", "/plan/actions/<public_id>"): ALL,
    ("POST", "/plan/actions/<public_id>"): {M, K, A},
    ("POST", "/plan/actions/<public_id>/remove"): {M, K, A},
    ("POST", "/plan/actions/<public_id>/status"): ALL,
    ("POST", "/plan/actions/<public_id>/deals/<deal>"): ALL,
    ("GET", "/plan/actions.csv"): ALL,
    ("GET", "/plan/actions.ics"): ALL,
    ("GET", "/plan/week"): ALL,
    ("POST", "/plan/week/readers"): {M, K, A},
    ("POST", "/plan/week/send"): {M, K, A},
    ("POST", "/hooks/<name>"): {*ALL, NOBODY},
    ("GET", "/privacy"): {M, A},
    ("POST", "/privacy/basis"): {A},
    ("GET", "/privacy/people/<key>"): {M, A},
    ("POST", "/privacy/people/<key>/basis"): {M, A},
    ("POST", "/privacy/people/<key>/export"): {M, A},
    ("GET", "/privacy/people/<key>/erase"): {A},
    ("POST", "/privacy/people/<key>/erase"): {A},
    ("GET", "/privacy/retention"): {M, A},
    ("POST", "/privacy/retention"): {A},
    ("POST", "/privacy/retention/run"): {A},
    ("GET", "/privacy/audit"): {M, A},
    ("GET", "/privacy/audit/audit.csv"): {M, A},
    ("GET", "/connections/csv"): {A},
    ("POST", "/connections/csv"): {A},
    ("GET", "/connections/csv/sample.zip"): {A},
    ("GET", "/first-steps"): ALL,
    ("GET", "/team"): {A},
    ("POST", "/team"): {A},
    ("POST", "/team/role"): {A},
    ("POST", "/team/password"): {A},
    ("POST", "/team/close"): {A},
    ("POST", "/team/open"): {A},
    ("GET", "/account"): ALL,
    ("POST", "/account/preferences"): ALL,
    ("POST", "/account/password"): ALL,
    ("POST", "/account/sessions/end"): ALL,
    ("POST", "/account/sessions/end-all"): ALL,
    ("POST", "/account/tokens"): ALL,
    ("POST", "/account/tokens/revoke"): ALL,
}


def routes(app: Flask) -> Iterator[tuple[str, str]]:
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            yield method, rule.rule


def test_every_route_has_its_row_in_the_matrix(app: Flask) -> None:
    assert sorted(routes(app)) == sorted(MATRIX)


@pytest.mark.parametrize("who", [*Role, NOBODY])
def test_a_role_opens_what_the_matrix_gives_it_and_nothing_else(
    app: Flask, who: Role | str, signed_in: Callable[[Role], Browser], deal: Callable[[str], str]
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    for (method, rule), allowed in MATRIX.items():
        browser = signed_in(who) if isinstance(who, Role) else Browser(app.test_client())
        response = getattr(browser, method.lower())(address(rule, deal("north")))
        sent_to_the_door = response.status_code == 303 and response.location.startswith("/sign-in")
        refused = sent_to_the_door if who == NOBODY else response.status_code == 403
        assert refused is (who not in allowed), (who, method, rule, response.status_code)
        assert response.status_code < 500


def address(rule: str, deal: str) -> str:
    path = rule.replace("<public_id>", deal).replace("<template>", "discovery").replace("<ref>", "new")
    return path.replace("<path:filename>", "parcours.css")


def test_a_route_that_nobody_listed_is_closed_to_everybody(
    workspace: Workspace, signed_in: Callable[[Role], Browser]
) -> None:
    app = create_app(workspace, https=False)
    app.add_url_rule("/new", "new", lambda: "open")
    admin = signed_in(Role.ADMIN)
    admin_there = app.test_client()
    cookie = admin.client.get_cookie("parcours")
    assert cookie is not None
    admin_there.set_cookie("parcours", cookie.value)
    assert admin_there.get("/account").status_code == 200
    assert admin_there.get("/new").status_code == 403


@pytest.mark.parametrize("path", ["", "/meeting/discovery", "/log", "/log/new"])
def test_a_salesperson_does_not_find_another_ones_deal(
    ana: Browser, max_: Browser, deal: Callable[[str], str], give_away: Callable[[], None], path: str
) -> None:
    address = f"/deals/{deal('north')}{path}"
    assert ana.get(address).status_code == 200
    give_away()
    assert ana.get(address).status_code == 404
    assert max_.get(address).status_code == 200


@pytest.mark.parametrize("path", ["", "/draft", "/discard"])
def test_a_salesperson_writes_nothing_about_another_ones_deal(
    ana: Browser, deal: Callable[[str], str], give_away: Callable[[], None], path: str
) -> None:
    give_away()
    assert ana.post(f"/deals/{deal('north')}/log/new{path}", {"note": "mine"}).status_code == 404


def test_fields_that_no_form_has_change_nothing(ana: Browser) -> None:
    extra = {"role": "admin", "user_id": "4", "email": "x@y.example", "disabled_at": "1"}
    saved = ana.post("/account/preferences", {"language": "fr", "theme": "dark", "time_zone": "Europe/Paris", **extra})
    assert saved.status_code == 303
    assert ana.get("/connections").status_code == 403
    assert "ana@seller.example" in ana.get("/account").text
