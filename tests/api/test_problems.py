"""Every error is a problem in plain words: no page, no traceback, nothing that was sent. Nothing is for browsers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client

from plugin.api import create_api
from plugin.services.workspace import Workspace
from tests.api.conftest import Program

SECRET_WORDS = "they fear their own board"
LOGS = "/deals/x/logs"
KEYED = {"Idempotency-Key": "first"}
ERRORS: list[tuple[str, str, dict[str, Any], int]] = [
    ("GET", "/nowhere", {}, 404),
    ("GET", "/deals/", {}, 404),
    ("DELETE", "/deals", {}, 405),
    ("OPTIONS", "/deals", {}, 405),
    ("TRACE", "/me", {}, 405),
    ("GET", "/me?x=1", {}, 400),
    ("POST", LOGS, {"data": b"x" * 1_000_001, "content_type": "application/json", "headers": KEYED}, 413),
    ("POST", LOGS, {"data": b"{}", "content_type": "text/plain", "headers": KEYED}, 415),
    ("POST", LOGS, {"data": b"a=b", "headers": KEYED}, 415),
    ("POST", LOGS, {"data": b"{", "content_type": "application/json", "headers": KEYED}, 400),
    ("POST", LOGS, {"data": b"\xff", "content_type": "application/json", "headers": KEYED}, 400),
    ("POST", LOGS, {"data": b"[" * 100_000, "content_type": "application/json", "headers": KEYED}, 400),
    ("POST", LOGS, {"data": b"[]", "content_type": "application/json", "headers": KEYED}, 400),
]


@pytest.mark.parametrize(
    ("method", "path", "more", "status"), ERRORS, ids=[f"{one[3]} {one[0]} {one[1]}" for one in ERRORS]
)
def test_every_error_is_a_problem(max_: Program, method: str, path: str, more: dict[str, Any], status: int) -> None:
    answer = max_.send(method, path, **more)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    told = answer.json
    assert told["status"] == status
    assert told["type"].startswith("urn:parcours:problem:")
    assert told["title"]
    assert told["detail"]


def test_a_method_that_is_not_taken_is_answered_with_those_that_are(ana: Program) -> None:
    assert ana.send("DELETE", "/deals").headers["Allow"] == "GET, HEAD"
    assert ana.send("GET", LOGS).headers["Allow"] == "POST"


def test_a_defect_is_told_by_a_reference_and_logged_without_words(
    ana: Program, deal: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(*_given: object, **_named: object) -> None:
        raise RuntimeError(SECRET_WORDS)

    monkeypatch.setattr("plugin.api.logs.log_meeting", break_down)
    caplog.set_level(logging.DEBUG)
    answer = ana.log(deal("north"), {"outcome": "held", "starts_at": "2026-03-02T08:00:00Z", "note": SECRET_WORDS})
    assert (answer.status_code, answer.mimetype) == (500, "application/problem+json")
    assert answer.json["reference"] in caplog.text
    assert "RuntimeError in add_log at" in caplog.text
    assert SECRET_WORDS not in caplog.text + answer.text
    assert "Traceback" not in caplog.text + answer.text


def test_what_was_sent_is_not_sent_back(ana: Program, deal: Callable[[str], str]) -> None:
    body = {"outcome": SECRET_WORDS, "starts_at": SECRET_WORDS, "felt": SECRET_WORDS, "template": SECRET_WORDS}
    answer = ana.log(deal("north"), body)
    assert answer.status_code == 400
    assert SECRET_WORDS not in answer.text


def test_no_other_site_may_read_it(ana: Program, client: Client) -> None:
    origin = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"}
    answers = [ana.get("/me", headers=origin), ana.send("OPTIONS", "/me", headers=origin)]
    answers += [client.get("/api/v1/openapi.json", headers=origin), client.get("/api/v1/me", headers=origin)]
    for answer in answers:
        assert not [name for name, _ in answer.headers if name.lower().startswith("access-control")]


def test_cookies_are_neither_read_nor_given(ana: Program, client: Client) -> None:
    held = {"Cookie": f"parcours={ana.token}; token={ana.token}; session={ana.token}"}
    assert client.get("/api/v1/me", headers=held).status_code == 401
    for answer in (ana.get("/me"), ana.get("/nowhere"), ana.get("/deals", headers=held)):
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")


def test_a_token_in_the_address_opens_nothing(ana: Program, client: Client) -> None:
    for name in ("token", "access_token", "key"):
        assert client.get(f"/api/v1/me?{name}={ana.token}").status_code == 401


def test_answers_are_kept_by_nobody_and_framed_by_nobody(ana: Program) -> None:
    for answer in (ana.get("/me"), ana.get("/nowhere")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


@pytest.fixture
def behind_a_proxy(workspace: Workspace) -> Flask:
    return create_api(workspace, https=True)


def test_behind_a_proxy_it_asks_for_https_from_then_on(behind_a_proxy: Flask) -> None:
    answer = Client(behind_a_proxy).get("/v1/openapi.json")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
