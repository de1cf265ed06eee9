"""The door: in, out, kept waiting, and back to where one wanted to go."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, update

from plugin.services.passwords import hash_password
from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from plugin.store.tables import UserAccount, UserSession
from plugin.web import create_app
from plugin.web.edge import TOKEN
from plugin.web.sign_in import safe_next
from tests.web.conftest import PASSWORD, PEOPLE, Browser, Clock

ANA = PEOPLE[Role.SALESPERSON]


@pytest.fixture(autouse=True)
def passwords(workspace: Workspace) -> None:
    with workspace.database.writing.begin() as session:
        session.execute(update(UserAccount).values(password_hash=hash_password(PASSWORD)))


def try_door(browser: Browser, password: str = PASSWORD, email: str = ANA, wanted: str = ""):
    browser.get("/sign-in")
    return browser.post("/sign-in", {"email": email, "password": password, "next": wanted})


def test_the_right_password_leads_in(anybody: Browser) -> None:
    assert anybody.get("/deals").location == "/sign-in?next=/deals"
    assert try_door(anybody, wanted="/deals").location == "/deals"
    assert anybody.get("/deals").status_code == 200


def test_a_wrong_password_and_an_unknown_email_get_the_same_answer(app: Flask) -> None:
    wrong = try_door(Browser(app.test_client()), "wrong password")
    unknown = try_door(Browser(app.test_client()), email="nobody@seller.example")
    told = "This e-mail and password do not go together."
    assert wrong.status_code == unknown.status_code == 401
    assert told in wrong.text
    assert told in unknown.text


def test_after_five_wrong_ones_even_the_right_one_waits_and_is_told_how_long(anybody: Browser, clock: Clock) -> None:
    for _ in range(5):
        assert try_door(anybody, "wrong password").status_code == 401
    waiting = try_door(anybody)
    assert waiting.status_code == 429
    assert "You can try again at 10:15." in waiting.text
    clock.forward(minutes=16)
    assert try_door(anybody).status_code == 303


def test_an_email_in_capitals_is_the_same_one(anybody: Browser) -> None:
    assert try_door(anybody, email=" ANA@Seller.Example ").status_code == 303


def test_signing_in_gives_the_browser_a_new_session_and_a_new_form_token(anybody: Browser) -> None:
    anybody.get("/sign-in")
    with anybody.client.session_transaction() as cookie:
        cookie["planted"] = "by somebody else"
        before = cookie["csrf_token"]
    try_door(anybody)
    with anybody.client.session_transaction() as cookie:
        assert "planted" not in cookie
        assert cookie.get("csrf_token") != before
        assert len(cookie[TOKEN]) >= 43


def test_signing_out_ends_the_session_also_for_who_kept_the_cookie(ana: Browser) -> None:
    cookie = ana.client.get_cookie("parcours")
    assert cookie is not None
    assert ana.post("/sign-out").status_code == 303
    ana.client.set_cookie("parcours", cookie.value)
    assert ana.get("/deals").status_code == 303


def test_each_browser_can_be_signed_out_alone_and_all_together(
    ana: Browser, signed_in: Callable[[Role], Browser], workspace: Workspace
) -> None:
    second, third = signed_in(Role.SALESPERSON), signed_in(Role.SALESPERSON)
    with workspace.database.reading() as session:
        ids = session.scalars(select(UserSession.id).order_by(UserSession.id)).all()
    assert ana.post("/account/sessions/end", {"session_id": str(ids[1])}).status_code == 303
    assert second.get("/deals").status_code == 303
    assert third.get("/deals").status_code == 200
    assert ana.post("/account/sessions/end-all").location == "/sign-in"
    assert third.get("/deals").status_code == ana.get("/deals").status_code == 303


def test_nobody_signs_out_another_persons_browser(ana: Browser, max_: Browser, workspace: Workspace) -> None:
    with workspace.database.reading() as session:
        maxs = session.scalars(select(UserSession.id).order_by(UserSession.id)).all()[-1]
    assert ana.post("/account/sessions/end", {"session_id": str(maxs)}).status_code == 404
    assert max_.get("/conversion").status_code == 200


def test_a_session_that_was_idle_for_half_a_day_asks_to_sign_in(ana: Browser, clock: Clock) -> None:
    clock.forward(hours=11)
    assert ana.get("/deals").status_code == 200
    clock.forward(hours=11)
    assert ana.get("/deals").status_code == 200
    clock.forward(hours=13)
    assert ana.get("/deals").status_code == 303


def test_one_click_a_role_is_for_the_demo_only(app: Flask, demo_app: Flask) -> None:
    real, demo = Browser(app.test_client()), Browser(demo_app.test_client())
    assert "invented company" not in real.get("/sign-in").text
    assert real.post("/sign-in/demo", {"role": "admin"}).status_code == 404
    assert "invented company" in demo.get("/sign-in").text
    assert demo.post("/sign-in/demo", {"role": "manager"}).status_code == 303
    assert demo.get("/").location == "/conversion"


@pytest.mark.parametrize("path", ["/", "/deals", "/deals/x?a=b&c=%20d#e", "/conversion?from=2026-01-01"])
def test_a_path_of_this_site_is_gone_to(app: Flask, path: str) -> None:
    with app.test_request_context():
        assert safe_next(path) == path


@pytest.mark.parametrize(
    "path",
    [
        *(
            None,
            "",
            "deals",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "\\\\evil.example",
        ),
        *("https://evil.example", "https:evil.example", "javascript:alert(1)", "/%5cevil.example", "/%5Cevil.example"),
        *(
            "/\t/evil.example",
            "/\n/evil.example",
            " //evil.example",
            "/ /evil.example",
            "/%09/evil",
            "/%0d%0aSet-Cookie",
        ),
        *("/é", "/\x00", "http:///evil.example", "////evil.example", "/\\/evil.example"),
    ],
)
def test_any_other_address_is_not(app: Flask, path: str | None) -> None:
    with app.test_request_context():
        assert safe_next(path) == "/"


def test_the_language_of_the_door_is_the_browsers_until_one_is_chosen(anybody: Browser) -> None:
    french = {"Accept-Language": "fr-CA,fr;q=0.9,en;q=0.5"}
    assert '<html lang="fr"' in anybody.get("/sign-in", headers=french).text
    assert '<html lang="en"' in anybody.get("/sign-in?lang=en", headers=french).text
    assert '<html lang="en"' in anybody.get("/sign-in", headers=french).text


def test_language_look_and_time_zone_are_the_persons_own(ana: Browser) -> None:
    chosen = {"language": "fr", "theme": "dark", "time_zone": "America/New_York"}
    assert ana.post("/account/preferences", chosen).status_code == 303
    page = ana.get("/account").text
    assert '<html lang="fr" data-theme="dark">' in page
    assert re.search(r"depuis le 2 mars 2026, 04:00", page)
    refused = ana.post("/account/preferences", chosen | {"time_zone": "Mars/Olympus"})
    assert refused.status_code == 422


def test_a_password_is_changed_by_who_knows_the_present_one(ana: Browser, anybody: Browser) -> None:
    wrong = ana.post("/account/password", {"present": "not mine at all", "wanted": "eight red kayaks"})
    assert wrong.status_code == 422
    assert "This is not your present password." in wrong.text
    weak = ana.post("/account/password", {"present": PASSWORD, "wanted": "password123"})
    assert weak.status_code == 422
    assert "A guesser would try this first." in weak.text
    assert ana.post("/account/password", {"present": PASSWORD, "wanted": "eight red kayaks"}).status_code == 303
    assert try_door(anybody, "eight red kayaks").status_code == 303


def test_behind_https_the_cookie_belongs_to_this_host_alone(workspace: Workspace) -> None:
    browser = create_app(workspace, https=True).test_client()
    response = browser.get("/sign-in")
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-parcours=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert response.headers["Strict-Transport-Security"].startswith("max-age=63072000")
