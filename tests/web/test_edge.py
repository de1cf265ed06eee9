"""What holds for every answer: headers, forgery, failures in plain words, and logs without anybody's words."""

from __future__ import annotations

import gzip
import logging

import pytest
from flask import Flask, abort
from sqlalchemy import event

from plugin.services.workspace import Workspace
from plugin.web import access, create_app
from tests.web.conftest import Browser

PUBLIC = frozenset[object]()


@pytest.mark.parametrize(
    "path", ["/", "/deals", "/conversion", "/account", "/nothing", "/static/parcours.css", "/sign-in"]
)
def test_every_answer_carries_the_strict_headers(ana: Browser, path: str) -> None:
    headers = ana.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers


def test_pages_are_not_stored_and_files_are(ana: Browser) -> None:
    assert ana.get("/deals").headers["Cache-Control"] == "no-store"
    assert "max-age=31536000" in ana.get("/static/parcours.css").headers["Cache-Control"]


def test_pages_hold_no_inline_script_and_no_inline_style(ana: Browser) -> None:
    for path in ("/", "/deals", "/account"):
        page = ana.get(path).text
        assert " style=" not in page
        assert "<style" not in page
        assert "onclick" not in page
        assert page.count("<script") == page.count("<script src=")


def test_the_style_sheet_is_small(ana: Browser) -> None:
    sheet = ana.get("/static/parcours.css").data
    assert len(gzip.compress(sheet)) < 9_000


def test_a_form_without_its_token_does_nothing(ana: Browser) -> None:
    refused = ana.client.post("/account/preferences", data={"language": "fr", "theme": "dark", "time_zone": "UTC"})
    assert refused.status_code == 400
    assert "This page was too old" in refused.text
    assert '<html lang="en"' in ana.get("/account").text


@pytest.mark.parametrize(
    ("method", "path", "status", "told"),
    [
        ("get", "/nothing", 404, "There is nothing here"),
        ("get", "/deals/nothing", 404, "There is nothing here"),
        ("get", "/connections", 403, "This is not yours to open"),
        ("post", "/deals", 405, "This address works differently"),
    ],
)
def test_a_failure_is_told_in_plain_words(ana: Browser, method: str, path: str, status: int, told: str) -> None:
    response = getattr(ana, method)(path)
    assert response.status_code == status
    assert told in response.text


def test_a_failure_is_told_in_the_persons_language(ana: Browser) -> None:
    ana.post("/account/preferences", {"language": "fr", "theme": "auto", "time_zone": "UTC"})
    assert "Cette page ne vous est pas ouverte" in ana.get("/connections").text


def test_what_is_too_much_at_once_is_refused(ana: Browser) -> None:
    response = ana.post("/account/preferences", {"language": "x" * 1_100_000})
    assert response.status_code == 413
    assert "That was too much at once" in response.text


@pytest.fixture
def broken(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """An application with an address that breaks, quoting what somebody said."""
    app = create_app(workspace, https=False)

    @app.get("/breaks")
    def breaks() -> str:
        raise ValueError("CANARY: the buyer is called Bo")

    app.add_url_rule("/waits", "waits", lambda: abort(429))
    monkeypatch.setattr(access, "ACCESS", {**access.ACCESS, "breaks": PUBLIC, "waits": PUBLIC})
    return app


def test_a_defect_shows_a_reference_and_logs_where_it_was_but_nobodys_words(
    broken: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        response = broken.test_client().get("/breaks")
    assert response.status_code == 500
    assert "Something broke on our side" in response.text
    assert "Traceback" not in response.text
    assert "CANARY" not in response.text + caplog.text
    (record,) = [record for record in caplog.records if record.name == "parcours.web"]
    reference = record.getMessage().partition(":")[0]
    assert f"<code>{reference}</code>" in response.text
    assert "ValueError in breaks" in record.getMessage()


def test_too_many_tries_have_a_page_too(broken: Flask) -> None:
    assert "Too many tries" in broken.test_client().get("/waits").text


def test_a_page_that_only_shows_takes_no_write_lock(ana: Browser, workspace: Workspace) -> None:
    begun: list[str] = []

    @event.listens_for(workspace.database.engine, "before_cursor_execute")
    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        begun.append(statement.split()[0])

    ana.get("/deals")
    event.remove(workspace.database.engine, "before_cursor_execute", note)
    assert begun
    assert set(begun) <= {"SELECT", "BEGIN"}
