"""Logging a meeting: once, with all that was typed, whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from plugin.store.tables import BuyerWords, LogDraft, Meeting, MeetingLog, StageMoveFact
from plugin.web import log as log_pages
from tests.web.conftest import NOW, Browser, Clock
from tests.web.log_form import filled, offered

TYPED = "They lose a day every Monday, says Bo."


@pytest.fixture
def rows(workspace: Workspace) -> Callable[[Any], list[Any]]:
    def read(table: Any) -> list[Any]:
        with workspace.database.reading() as session:
            return list(session.scalars(select(table).order_by(table.id)))

    return read


@pytest.fixture
def path(deal: Callable[[str], str]) -> str:
    return f"/deals/{deal('south')}/log/new"


def log(browser: Browser, path: str, changes: dict[str, str] | None = None) -> Any:
    return browser.post(path, filled(browser.get(path).text, {"note": TYPED, **(changes or {})}))


def test_the_form_as_it_opens_can_be_saved_with_one_tap(
    ana: Browser, path: str, rows: Callable[[Any], list[Any]]
) -> None:
    saved = ana.post(path, offered(ana.get(path).text))
    assert saved.status_code == 303
    (meeting,) = rows(Meeting)
    assert (meeting.state, meeting.template, meeting.starts_at) == ("held", "discovery", NOW)


def test_what_the_buyer_said_is_kept_with_who_said_it(
    ana: Browser, path: str, rows: Callable[[Any], list[Any]]
) -> None:
    log(
        ana,
        path,
        {
            "evidence_problem_stated-given": "y",
            "evidence_problem_stated-words": "We lose a day every Monday.",
            "answer_2-words": "The audit in May.",
            "answer_2-said_by": "Jo",
            "answer_2-status": "confirmed",
            "felt": "doubtful",
            "effect": "weakened",
        },
    )
    said = [(one.evidence, one.canvas_question, one.text, one.said_by, one.status) for one in rows(BuyerWords)]
    assert said == [
        ("problem_stated", None, "We lose a day every Monday.", "Bo south", "heard"),
        (None, 2, "The audit in May.", "Jo", "confirmed"),
    ]
    (meeting,) = rows(Meeting)
    assert (meeting.felt, meeting.effect) == ("doubtful", "weakened")


def test_a_double_click_logs_once(ana: Browser, path: str, rows: Callable[[Any], list[Any]]) -> None:
    form = filled(ana.get(path).text, {"note": TYPED, "progress": "forward", "next_in": "7"})
    first, second = ana.post(path, form), ana.post(path, form)
    assert first.status_code == second.status_code == 303
    assert len(rows(MeetingLog)) == 1
    assert [one.state for one in rows(Meeting)] == ["held", "planned"]
    assert len([one for one in rows(StageMoveFact) if one.origin == "log"]) == 1
    assert "it is kept once" in ana.get(second.location).text


def test_the_buyer_moves_on_and_the_page_says_so(ana: Browser, path: str) -> None:
    saved = log(ana, path, {"progress": "forward", "forward_to": "select"})
    assert "The buyer went from “Problem” to “Select”." in ana.get(saved.location).text


def test_going_back_needs_no_field_and_keeps_what_changed(
    ana: Browser, deal: Callable[[str], str], rows: Callable[[Any], list[Any]]
) -> None:
    path = f"/deals/{deal('west')}/log/new"
    north = f"/deals/{deal('north')}/log/new?went=back"
    assert ana.get(path).status_code == 200
    form = offered(ana.get(north).text)
    assert (form["progress"], form["back_to"]) == ("back", "problem")
    saved = ana.post(north.partition("?")[0], form | {"what_changed": "A new director says no."})
    assert "to “Problem”" in ana.get(saved.location).text
    assert rows(MeetingLog)[0].what_changed == "A new director says no."
    again = ana.post(path, filled(ana.get(path).text, {"progress": "back", "back_to": "search"}))
    assert again.status_code == 303


def test_a_meeting_that_did_not_take_place_says_nothing_of_the_buyer(
    ana: Browser, path: str, rows: Callable[[Any], list[Any]]
) -> None:
    log(ana, path, {"outcome": "no_show", "progress": "forward", "felt": "keen", "evidence_problem_stated-given": "y"})
    (meeting,) = rows(Meeting)
    assert (meeting.state, meeting.felt) == ("no_show", None)
    assert rows(BuyerWords) == []
    assert [one for one in rows(StageMoveFact) if one.origin == "log"] == []


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({"next_in": "3"}, datetime(2026, 3, 5, 9, 0, tzinfo=UTC)),
        ({"next_in": "7"}, datetime(2026, 3, 9, 9, 0, tzinfo=UTC)),
        ({"next_in": "other", "next_at": "2026-04-01T14:30"}, datetime(2026, 4, 1, 12, 30, tzinfo=UTC)),
        ({"next_in": "", "next_at": "2026-04-01T14:30"}, None),
    ],
)
def test_the_next_meeting_is_planned_by_the_persons_own_clock(
    ana: Browser, path: str, rows: Callable[[Any], list[Any]], choice: dict[str, str], expected: datetime | None
) -> None:
    assert log(ana, path, choice).status_code == 303
    planned = [one.starts_at for one in rows(Meeting) if one.state == "planned"]
    assert planned == ([expected] if expected else [])


def test_a_next_meeting_that_would_be_on_a_weekend_is_on_the_monday(
    signed_in: Callable[[Role], Browser], path: str, clock: Clock, rows: Callable[[Any], list[Any]]
) -> None:
    clock.forward(days=2)
    log(signed_in(Role.SALESPERSON), path, {"next_in": "3"})
    (planned,) = [one.starts_at for one in rows(Meeting) if one.state == "planned"]
    assert planned == datetime(2026, 3, 9, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"starts_at": ""}, "starts_at", "Fill this in."),
        ({"starts_at": "0026-03-02T10:00"}, "starts_at", "Check the year."),
        ({"next_in": "other"}, "next_at", "Say when you meet next"),
        ({"next_in": "other", "next_at": "soon"}, "next_at", "Not a valid datetime value."),
        ({"progress": "forward", "forward_to": "nowhere"}, "forward_to", "Say to which stage."),
        ({"note": "x" * 10_001}, "note", "Shorten this to 10000 characters."),
    ],
)
def test_a_wrong_field_is_told_at_the_field_and_the_text_is_still_there(
    ana: Browser, path: str, rows: Callable[[Any], list[Any]], changes: dict[str, str], field: str, told: str
) -> None:
    response = log(ana, path, {"evidence_problem_stated-words": TYPED, **changes})
    assert response.status_code == 422
    assert f'href="#{field}"' in response.text
    assert f'id="{field}-error"' in response.text
    assert 'aria-invalid="true"' in response.text
    assert told in response.text
    assert TYPED in response.text
    assert rows(Meeting) == []


def test_a_stale_token_gives_the_text_back_and_stores_nothing(
    ana: Browser, path: str, rows: Callable[[Any], list[Any]]
) -> None:
    form = filled(ana.get(path).text, {"note": TYPED, "csrf_token": "of another session"})
    refused = ana.client.post(path, data=form)
    assert refused.status_code == 422
    assert TYPED in refused.text
    assert "This page was too old" in refused.text
    assert rows(MeetingLog) == []
    assert ana.client.post(path, data=filled(refused.text, {})).status_code == 303
    assert rows(MeetingLog)[0].note == TYPED


def test_a_draft_is_back_on_another_device_and_gone_once_saved(
    ana: Browser, signed_in: Callable[[Role], Browser], path: str, rows: Callable[[Any], list[Any]]
) -> None:
    form = filled(ana.get(path).text, {"note": TYPED, "felt": "keen", "evidence_problem_stated-given": "y"})
    assert ana.post(f"{path}/draft", form).json == {"kept": True, "signed_in": True}
    phone = signed_in(Role.SALESPERSON)
    page = phone.get(path).text
    assert "Your text of 2 Mar 2026, 10:00 is back." in page
    back = offered(page)
    assert (back["note"], back["felt"], back["evidence_problem_stated-given"]) == (TYPED, "keen", "y")
    phone.post(path, back)
    assert rows(LogDraft) == []
    assert rows(MeetingLog)[0].note == TYPED


def test_a_draft_holds_no_token(ana: Browser, path: str, rows: Callable[[Any], list[Any]]) -> None:
    ana.post(f"{path}/draft", offered(ana.get(path).text))
    (draft,) = rows(LogDraft)
    assert "csrf_token" not in draft.fields
    assert "key" in draft.fields


def test_a_draft_that_arrives_after_its_meeting_was_saved_does_not_come_back(
    ana: Browser, path: str, rows: Callable[[Any], list[Any]]
) -> None:
    form = filled(ana.get(path).text, {"note": TYPED})
    ana.post(path, form)
    ana.post(f"{path}/draft", form)
    assert rows(LogDraft) == []


def test_a_draft_can_be_thrown_away(ana: Browser, path: str, rows: Callable[[Any], list[Any]]) -> None:
    ana.post(f"{path}/draft", filled(ana.get(path).text, {"note": TYPED}))
    assert TYPED in ana.get(path).text
    ana.post(f"{path}/discard")
    assert TYPED not in ana.get(path).text
    assert rows(LogDraft) == []


def test_an_ended_session_keeps_the_text_and_gives_it_back_after_signing_in(
    ana: Browser, signed_in: Callable[[Role], Browser], path: str, clock: Clock, rows: Callable[[Any], list[Any]]
) -> None:
    form = filled(ana.get(path).text, {"note": TYPED})
    clock.forward(hours=13)
    sent = ana.post(path, form)
    assert sent.status_code == 303
    assert sent.location == f"/sign-in?next={path}"
    assert "What you typed is kept" in ana.get(sent.location).text
    assert rows(MeetingLog) == []
    back = signed_in(Role.SALESPERSON)
    page = back.get(path).text
    assert offered(page)["note"] == TYPED
    assert back.post(path, offered(page)).status_code == 303
    assert rows(MeetingLog)[0].note == TYPED


def test_a_draft_is_kept_also_when_the_session_has_ended(
    ana: Browser, path: str, clock: Clock, rows: Callable[[Any], list[Any]]
) -> None:
    form = filled(ana.get(path).text, {"note": TYPED})
    clock.forward(hours=13)
    assert ana.post(f"{path}/draft", form).json == {"kept": True, "signed_in": False}
    assert rows(LogDraft)[0].fields["note"] == [TYPED]


def test_a_session_that_somebody_ended_writes_nothing_any_more(
    ana: Browser, signed_in: Callable[[Role], Browser], path: str, rows: Callable[[Any], list[Any]]
) -> None:
    form = filled(ana.get(path).text, {"note": TYPED})
    signed_in(Role.SALESPERSON).post("/account/sessions/end-all")
    assert ana.post(path, form).location == "/sign-in"
    assert ana.post(f"{path}/draft", form).location == "/sign-in"
    assert rows(LogDraft) == rows(MeetingLog) == []


def test_two_people_on_one_meeting_see_both_texts_and_both_are_kept(
    ana: Browser,
    max_: Browser,
    deal: Callable[[str], str],
    meeting: Callable[..., str],
    rows: Callable[[Any], list[Any]],
) -> None:
    path = f"/deals/{deal('south')}/log/{meeting('south', NOW - timedelta(hours=2))}"
    mine = filled(ana.get(path).text, {"note": TYPED})
    theirs = filled(max_.get(path).text, {"note": "Max heard something else."})
    assert max_.post(path, theirs).status_code == 303
    told = ana.post(path, mine)
    assert told.status_code == 409
    assert TYPED in told.text
    assert "Max heard something else." in told.text
    assert [one.note for one in rows(MeetingLog)] == ["Max heard something else."]
    assert ana.post(path, offered(told.text)).status_code == 303
    assert [one.note for one in rows(MeetingLog)] == ["Max heard something else.", TYPED]
    assert len(rows(Meeting)) == 1


def test_what_a_colleague_is_typing_is_shown_beside(ana: Browser, max_: Browser, path: str) -> None:
    max_.post(f"{path}/draft", filled(max_.get(path).text, {"note": "Max is typing this."}))
    page = ana.get(path).text
    assert "Max is typing this." in page
    assert offered(page)["note"] == ""


def test_evidence_typed_before_the_deal_moved_is_still_there(
    ana: Browser, max_: Browser, path: str, rows: Callable[[Any], list[Any]]
) -> None:
    mine = filled(ana.get(path).text, {"evidence_problem_cost-words": "Forty thousand a year."})
    log(max_, path, {"progress": "forward", "forward_to": "search"})
    ana.post(path, mine)
    assert [one.text for one in rows(BuyerWords)] == ["Forty thousand a year."]


def test_a_full_disk_says_not_saved_and_holds_the_text(
    ana: Browser, path: str, rows: Callable[[Any], list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    form = filled(ana.get(path).text, {"note": TYPED})

    def full() -> None:
        raise OperationalError("COMMIT", None, Exception("database or disk is full"))

    with monkeypatch.context() as patch:
        patch.setattr(log_pages, "commit", full)
        refused = ana.post(path, form)
    assert refused.status_code == 503
    assert "This is not saved" in refused.text
    assert TYPED in refused.text
    assert rows(MeetingLog) == []
    assert ana.post(path, offered(refused.text)).status_code == 303
    assert len(rows(MeetingLog)) == 1


@pytest.mark.parametrize("key", ["", "short", "x" * 32, "0" * 33])
def test_a_form_without_a_key_of_ours_is_not_stored(
    ana: Browser, path: str, key: str, rows: Callable[[Any], list[Any]]
) -> None:
    assert log(ana, path, {"key": key}).status_code == 422
    assert rows(MeetingLog) == []


def test_what_is_typed_stays_text(ana: Browser, path: str) -> None:
    nasty = "<script>alert(1)</script> {{ 7*7 }} %(x)s \x00\u202e é"
    saved = log(ana, path, {"note": nasty, "evidence_problem_stated-words": nasty})
    page = ana.get(saved.location).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }} %(x)s" in page
    assert "\x00" not in page


def test_a_meeting_that_is_not_of_this_deal_is_not_found(
    ana: Browser, deal: Callable[[str], str], meeting: Callable[..., str]
) -> None:
    other = meeting("north", NOW)
    assert ana.get(f"/deals/{deal('south')}/log/{other}").status_code == 404
    assert ana.post(f"/deals/{deal('south')}/log/{other}", {"note": TYPED}).status_code == 404


def test_two_requests_at_the_same_moment_store_one_log(
    app: Flask, ana: Browser, path: str, rows: Callable[[Any], list[Any]]
) -> None:
    form = {**filled(ana.get(path).text, {"note": TYPED}), "csrf_token": ana.token}
    cookie = ana.client.get_cookie("parcours")
    assert cookie is not None

    def send(_number: int) -> int:
        client = app.test_client()
        client.set_cookie("parcours", cookie.value)
        return client.post(path, data=form).status_code

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(send, range(6))) == {303}
    assert len(rows(MeetingLog)) == len(rows(Meeting)) == 1
