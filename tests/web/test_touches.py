"""Touches in the browser: shares that open onto their deals, files looked at first, goals tried out first."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from plugin.services.connections import connect, sync
from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from plugin.store.tables import AuditEntry, StageMoveFact, Touch
from tests.companies import day, write_company
from tests.web.conftest import Browser

TOUCHES = """\
deal,at,channel,source,campaign,touchpoint,kind
t0,2026-01-01T09:00:00Z,Trade fair,,Fairs 2026,Our stand,talk
t0,2026-01-05T09:00:00Z,E-mail,,Letter,Newsletter,newsletter
t0,2026-01-30T09:00:00Z,Webinar,,,,
t1,2026-01-05T09:00:00Z,E-mail,,Letter,Newsletter,newsletter
t1,,Referral,,,,
t2,2026-01-06T09:00:00Z,<b>bold</b>,,"=1+1",,newsletter
"""


@pytest.fixture
def mia(signed_in: Callable[[Role], Browser]) -> Browser:
    return signed_in(Role.MARKETER)


@pytest.fixture
def touched(workspace: Workspace, tmp_path: Path) -> None:
    """Four deals that went on from Problem, and one that stands there; touches of three of them."""
    passed = [("lead", day(3)), ("call", day(10))]
    moves = {"t0": passed, "t1": passed, "t2": [("lead", day(3))], "t3": passed}
    folder = write_company(tmp_path / "touched", moves)
    (folder / "touches.csv").write_text(TOUCHES, encoding="utf-8")
    connect(workspace, "csv", "touched", {"folder": str(folder)})
    sync(workspace, "touched", lambda _name: lambda _stream, _read, _total: None)


def words(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def send(browser: Browser, text: str | bytes, **more: str) -> TestResponse:
    browser.get("/journey/touches/files")
    data = text if isinstance(text, bytes) else text.encode()
    return browser.post("/journey/touches/files", {"file": (io.BytesIO(data), "sheet.csv"), "dates": "iso", **more})


def packed(page: str) -> dict[str, str]:
    found = {name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', page) for name in ("packed", "name")}
    return {name: unescape(one[1]) for name, one in found.items() if one}


def stored(workspace: Workspace) -> int:
    with workspace.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Touch).where(Touch.withdrawn_at.is_(None))) or 0


def test_a_new_company_is_told_what_a_touch_is_and_where_to_begin(mia: Browser) -> None:
    page = mia.get("/journey/touches").text
    assert "No touch is known yet" in page
    assert 'href="/journey/touches/files"' in page


def test_four_rules_stand_side_by_side_and_none_is_said_to_know_the_cause(touched: None, mia: Browser) -> None:
    read = words(mia.get("/journey/touches?stage=problem").text)
    assert "No rule knows the cause" in read
    assert "First touch Last touch Linear By position" in read
    assert re.search(r"E-mail 2 50% 1 100% 2 75% 1.5 75% 1.5", read)
    assert re.search(r"Trade fair 1 50% 1 0% 0 25% 0.5 25% 0.5", read)
    assert "Webinar" not in read, "it came after the passage"
    assert "1 touch of these deals has no date" in read


@pytest.mark.parametrize("by", ["channel", "campaign", "touchpoint", "kind"])
def test_each_row_opens_onto_its_deals(touched: None, mia: Browser, by: str) -> None:
    page = mia.get(f"/journey/touches?stage=problem&by={by}").text
    links = re.findall(r'<a class="deal-link" href="([^"]+)">[^<]*</a></th>\s*<td[^>]*>(\d+)<', page)
    assert links
    for address, number in links:
        read = words(mia.get(unescape(address)).text)
        assert re.search(rf"\b{number} passages? out of “Problem”", read)
        assert read.count("Company t") == int(number)


def test_passages_without_a_touch_are_counted_and_shown(touched: None, mia: Browser) -> None:
    page = mia.get("/journey/touches?stage=problem").text
    (address,) = re.findall(r'<a href="([^"]*none=1[^"]*)"', page)
    read = words(mia.get(unescape(address)).text)
    assert "Passages without any touch" in read
    assert "Company t3" in read
    assert "Company t0" not in read


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("period=year&from=2026-01-05", 422),
        ("by=nonsense", 422),
        ("look-back=7", 422),
        ("stage=nonsense", 404),
        ("look-back=30&period=quarter&persona=director&source=fair&owner=Ana", 422),
        ("look-back=30&period=12-months&persona=director", 200),
    ],
)
def test_an_address_that_makes_no_sense_is_told(touched: None, mia: Browser, query: str, status: int) -> None:
    assert mia.get(f"/journey/touches?{query}").status_code == status
    assert mia.get(f"/journey/touches/deals?{query}").status_code == (404 if status == 422 else status)


def test_what_a_touch_says_is_text(touched: None, mia: Browser, ana: Browser, deal: Callable[[str], str]) -> None:
    page = ana.get(f"/deals/{deal('t2')}").text
    assert "<b>bold</b>" not in page
    assert "&lt;b&gt;bold&lt;/b&gt;" in page


def test_a_deal_shows_its_touches_before_the_passage_they_came_before(
    touched: None, ana: Browser, deal: Callable[[str], str]
) -> None:
    read = words(ana.get(f"/deals/{deal('t0')}").text)
    assert re.search(
        r"Touches along the way .*Trade fair.* Problem .*E-mail.* Search .*Webinar.* no passage since", read
    )
    assert "Touches along the way" not in ana.get(f"/deals/{deal('t3')}").text


def test_a_file_is_looked_at_and_nothing_is_stored_before_it_is_confirmed(
    workspace: Workspace, touched: None, mia: Browser
) -> None:
    before = stored(workspace)
    page = send(
        mia, "affaire;date;canal;budget\nt0;2026-01-04;Salon;9\nt1;;Salon;\nzz;2026-01-04;Salon;\nt1;never;Salon;\n"
    )
    read = words(page.text)
    assert page.status_code == 200
    assert "What “sheet.csv” would add" in read
    assert "New touches 2 Of deals 2" in read
    assert "Line 4 · No deal and no contact goes by “zz”." in read
    assert "Line 5 · date · “never” is no date of the form that you chose." in read
    assert "Columns that mean nothing to us: budget" in read
    assert stored(workspace) == before
    kept = packed(page.text)
    answer = mia.post("/journey/touches/files/import", {**kept, "dates": "iso"})
    assert answer.status_code == 303
    assert stored(workspace) == before + 2
    again = mia.post("/journey/touches/files/import", {**kept, "dates": "iso"})
    assert "Nothing was added" in mia.get(again.location).text
    assert stored(workspace) == before + 2
    (undo,) = re.findall(r'action="(/journey/touches/files/\w+/undo)"', mia.get("/journey/touches/files").text)
    assert mia.post(undo).status_code == 303
    assert stored(workspace) == before
    assert mia.post(undo).status_code == 404
    with workspace.database.reading() as session:
        acts = session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all()
    assert [act for act in acts if act.startswith("touches")] == ["touches imported", "touches undone"]


def test_dates_are_read_otherwise_without_sending_the_file_again(touched: None, mia: Browser) -> None:
    page = send(mia, "deal,date,channel\nt0,05/01/2026,Fair\n")
    assert page.status_code == 422
    again = mia.post("/journey/touches/files", {**packed(page.text), "dates": "day_first"})
    assert "New touches 1" in words(again.text)
    assert "5 Jan 2026" in words(again.text)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "The file is empty"),
        (b"PK\0\3", "This is not a CSV file"),
        (b"%PDF-1.7\n", "This is not a CSV file"),
        (b"date;channel\n", "No column tells the deal"),
        (b"deal;date\n", "No column tells the channel"),
        (b"\n\n", "The file is empty"),
        (b"deal,channel\n" + b"x" * 5_000_001, "This file is larger than 5 MB"),
    ],
)
def test_a_file_that_is_none_is_told(touched: None, mia: Browser, data: bytes, told: str) -> None:
    page = send(mia, data)
    assert page.status_code == 422
    assert told in words(page.text)


@pytest.mark.parametrize("forged", ["", "nonsense!", "eJw=", "AAAA"])
def test_a_packed_file_that_we_never_packed_is_no_file(mia: Browser, forged: str) -> None:
    mia.get("/journey/touches/files")
    answer = mia.post("/journey/touches/files/import", {"packed": forged, "name": "x", "dates": "iso"})
    assert answer.status_code == 422
    assert "Choose a file first." in answer.text


def test_a_goal_is_tried_out_before_it_holds_and_shows_in_the_deals_history(
    workspace: Workspace, touched: None, mia: Browser, ana: Browser, deal: Callable[[str], str]
) -> None:
    mia.get("/journey/touches/goals")
    asked = {"field": "kind", "value": "Newsletter", "stage": "search"}
    tried = words(mia.post("/journey/touches/goals", {**asked, "do": "try"}).text)
    assert "3 deals would pass by it." in tried
    with workspace.database.reading() as session:
        assert session.scalars(select(StageMoveFact.id).filter_by(origin="touch")).all() == []
    assert mia.post("/journey/touches/goals", {**asked, "do": "set"}).status_code == 303
    assert mia.post("/journey/touches/goals", {**asked, "do": "set"}).status_code == 422
    page = mia.get("/journey/touches/goals").text
    assert "3 deals passed by it." in words(page)
    assert "Newsletter (touch)" in words(ana.get(f"/deals/{deal('t2')}").text)
    (remove,) = re.findall(r'action="(/journey/touches/goals/\w+/remove)"', page)
    assert mia.post(remove).status_code == 303
    assert "Newsletter (touch)" not in ana.get(f"/deals/{deal('t2')}").text
    assert mia.post(remove).status_code == 404


@pytest.mark.parametrize(
    "typed",
    [
        {"field": "kind", "value": " ", "stage": "search"},
        {"field": "kind", "value": "x" * 256, "stage": "search"},
        {"field": "colour", "value": "x", "stage": "search"},
        {"field": "kind", "value": "x", "stage": "problem"},
        {"field": "kind", "value": "x", "stage": "nonsense"},
    ],
)
def test_a_goal_that_makes_no_sense_comes_back_with_what_was_typed(mia: Browser, typed: dict[str, str]) -> None:
    mia.get("/journey/touches/goals")
    answer = mia.post("/journey/touches/goals", {**typed, "do": "set"})
    assert answer.status_code == 422
    assert f'value="{typed["value"]}"' in answer.text
