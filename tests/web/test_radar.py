"""The radar, the returns and the moments of truth as pages and files."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from plugin.services.report_rule import SalespeopleSee, decide_what_salespeople_see
from plugin.services.workspace import Workspace
from plugin.store.tables import Deal, FollowUp, Meeting, MeetingLog
from tests.web.conftest import NOW, Browser
from tests.web.log_form import filled

PATHS = ("/radar", "/radar/returns", "/radar/moments")


def rows(browser: Browser, path: str) -> list[dict[str, str]]:
    answer = browser.get(path)
    assert answer.status_code == 200, path
    assert answer.headers["Content-Disposition"].startswith("attachment")
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


def deals_on(page: str) -> list[str]:
    return re.findall(r'class="deal-link"[^>]*>([^<]+)<', page)


@pytest.fixture
def judged(workspace: Workspace, deal: Callable[[str], str]) -> None:
    """Twelve meetings: nine strengthened the relation, two weakened it, one broke it."""
    with workspace.database.writing.begin() as session:
        deal_id = session.scalars(select(Deal.id).filter_by(crm_id="north")).one()
        for n in range(12):
            session.add(
                Meeting(
                    public_id=f"j{n}",
                    deal_id=deal_id,
                    template="framing",
                    template_version="v1" if n < 6 else "v2",
                    stage="search",
                    state="held",
                    starts_at=NOW - timedelta(days=20 + n),
                    minutes=30,
                    effect="strengthened" if n < 9 else "weakened" if n < 11 else "broke",
                    felt="keen" if n % 2 else "doubtful",
                )
            )


def test_the_radar_shows_what_went_back_and_what_stands_still_with_a_play(ana: Browser) -> None:
    page = ana.get("/radar").text
    assert deals_on(page) == ["Company north", "Company south"]
    assert "Back from “Select” to “Search” on 28 Jan 2026." in page
    assert "In “Problem” since 5 Jan 2026." in page
    assert page.count("Nobody wrote down what changed. Ask, and log it in their words.") == 1
    assert "What to do:" in page
    assert "The story to tell:" in page
    assert 'href="/deals' in page
    assert "Play “Framing”" in page


def test_my_day_leads_to_all_of_them(ana: Browser) -> None:
    assert 'href="/radar"' in ana.get("/").text


def test_a_return_whose_reason_nobody_wrote_down_is_asked_and_logged_without_another_move(
    ana: Browser, deal: Callable[[str], str], workspace: Workspace
) -> None:
    path = f"/deals/{deal('north')}/log/new"
    assert path in ana.get("/radar").text
    form = ana.get(path).text
    assert "nobody wrote down why" in form
    saved = ana.post(path, filled(form, {"what_changed": "Their group bought a tool."}))
    assert saved.status_code == 303
    for shown in (ana.get("/radar").text, ana.get(f"/deals/{deal('north')}").text):
        assert "<blockquote>Their group bought a tool.</blockquote>" in shown
        assert "Back from “Select” to “Search” on 28 Jan 2026." in shown
    with workspace.database.reading() as session:
        (log,) = session.scalars(select(MeetingLog))
    assert log.what_changed == "Their group bought a tool."
    assert "nobody wrote down why" not in ana.get(path).text


def test_what_a_buyer_took_back_comes_first_and_asks_for_a_decision(
    ana: Browser, workspace: Workspace, deal: Callable[[str], str], meeting: Callable[..., str]
) -> None:
    meeting("south", NOW)
    with workspace.database.writing.begin() as session:
        row = session.scalars(select(Meeting)).one()
        session.add(
            FollowUp(
                public_id="f",
                deal_id=row.deal_id,
                meeting_id=row.id,
                kind="ask_again",
                stage="problem",
                signal="contradicted",
                words="It was never that.",
                proposed_at=NOW,
            )
        )
    page = ana.get("/radar").text
    assert deals_on(page) == ["Company south", "Company north"]
    assert "It was never that." in page
    assert "Decide" in page
    assert "Read them what they had said" in page
    assert deals_on(ana.get("/radar?alert=taken_back").text) == ["Company south"]
    assert deals_on(ana.get("/radar?alert=still").text) == []


def test_filters_narrow_and_what_makes_no_sense_is_left_out(ana: Browser, max_: Browser) -> None:
    assert deals_on(max_.get("/radar?alert=back&persona=director&days=14").text) == ["Company north"]
    assert deals_on(max_.get("/radar?stage=problem").text) == ["Company south"]
    assert deals_on(max_.get("/radar?alert=nonsense&stage=x&days=-1&page=x&owner=y").text) == [
        "Company north",
        "Company south",
    ]
    assert 'name="owner"' in max_.get("/radar").text
    assert 'name="owner"' not in ana.get("/radar?owner=Nobody").text
    assert "No deal matches" in max_.get("/radar?days=180").text
    assert deals_on(max_.get("/radar?page=99").text) == ["Company north", "Company south"]


def test_somebody_without_deals_is_told_what_to_do(ana: Browser, give_away: Callable[[], None]) -> None:
    give_away()
    assert "No deal is yours yet" in ana.get("/radar").text


def test_the_radar_goes_into_a_spreadsheet_with_the_same_filters(ana: Browser, max_: Browser) -> None:
    assert [(row["company"], row["alert"], row["came_from"], row["stage"]) for row in rows(ana, "/radar.csv")] == [
        ("Company north", "back", "select", "search"),
        ("Company south", "still", "", "problem"),
    ]
    (still,) = rows(max_, "/radar.csv?alert=still")
    assert (still["days"], still["amount"], still["next_meeting"]) == ("56", "1000.5", "discovery")
    assert "not_met" in still["signals"].split()


def test_returns_are_counted_drawn_and_open_onto_their_deals(max_: Browser) -> None:
    page = max_.get("/radar/returns").text
    assert '<svg class="bows"' in page
    assert "every move of theirs out of it into an earlier one" in page
    behind = max_.get("/radar/returns/deals?stage=select&target=search")
    assert deals_on(behind.text) == ["Company north"]
    assert "1 move back" in behind.text
    (way,) = rows(max_, "/radar/returns.csv")
    assert (way["from"], way["to"], way["moves"], way["deals"], way["entered"]) == ("select", "search", "1", "1", "2")
    assert (way["share"], way["median_days"]) == ("", ""), "two deals are not enough"
    (deal,) = rows(max_, "/radar/returns/deals.csv?stage=select")
    assert (deal["company"], deal["days"], deal["returned_at"][:10]) == ("Company north", "8", "2026-01-28")


def test_a_period_without_returns_says_so(max_: Browser) -> None:
    assert "Nobody went back" in max_.get("/radar/returns?from=2026-02-20").text
    wrong = max_.get("/radar/returns?from=2026-02-20&to=2026-01-01")
    assert wrong.status_code == 422
    assert "The period ends before it begins." in wrong.text
    assert max_.get("/radar/moments?from=nonsense").status_code == 422


def test_moments_are_told_three_ways_and_open_onto_their_meetings(max_: Browser, judged: None) -> None:
    page = max_.get("/radar/moments").text
    assert "75% of 12 meetings strengthened the relation, 17% weakened it, 8% broke it." in page
    for title in ("By stage", "By meeting template", "By persona"):
        assert title in page
    assert "version v1" in page
    assert page.count("not enough data") == 2, "both versions have six meetings"
    behind = max_.get("/radar/moments/meetings?in=search&effect=weakened").text
    assert deals_on(behind) == ["Company north"] * 2
    assert "<h1>Search · Weakened</h1>" in behind
    assert "12 meetings" in max_.get("/radar/moments/meetings?template=framing").text
    assert "6 meetings" in max_.get("/radar/moments/meetings?template=framing&version=v2").text
    assert "No meeting is behind this figure." in max_.get("/radar/moments/meetings?who=").text
    found = rows(max_, "/radar/moments.csv")
    assert [(row["by"], row["key"], row["version"], row["meetings"]) for row in found] == [
        ("stage", "search", "", "12"),
        ("template", "framing", "", "12"),
        ("version", "framing", "v1", "6"),
        ("version", "framing", "v2", "6"),
        ("persona", "director", "", "12"),
    ]
    assert len(rows(max_, "/radar/moments/meetings.csv?felt=keen")) == 6


def test_a_company_that_has_logged_nothing_is_told_how_to_begin(max_: Browser) -> None:
    assert "No meeting tells yet" in max_.get("/radar/moments").text


def test_a_salesperson_reads_the_reports_where_the_leaders_let_them(ana: Browser, workspace: Workspace) -> None:
    assert [ana.get(path).status_code for path in PATHS] == [200, 403, 403]
    assert "/radar/returns" not in ana.get("/radar").text
    with workspace.database.writing.begin() as session:
        decide_what_salespeople_see(session, SalespeopleSee.EVERYBODY, NOW)
    assert [ana.get(path).status_code for path in PATHS] == [200, 200, 200]
    assert "/radar/returns" in ana.get("/radar").text


def test_what_no_report_has_is_not_found(max_: Browser) -> None:
    for path in ("/radar/returns/deals?stage=x", "/radar/returns/deals?stage=search&target=x"):
        assert max_.get(path).status_code == 404
    for path in ("/radar/returns/deals.csv?stage=x", "/radar/moments.csv?from=x", "/radar/moments/meetings?to=x"):
        assert max_.get(path).status_code == 404


def test_a_story_is_told_by_its_title_among_the_meetings_that_help(
    max_: Browser, workspace: Workspace, judged: None
) -> None:
    with workspace.database.writing.begin() as session:
        for number, row in enumerate(session.scalars(select(Meeting))):
            row.story = "story:no_longer_there" if number % 2 else "story:cheaper_quote"
            row.starts_at = NOW - timedelta(days=20)
    stories = {one.key: one.title for one in workspace.library.meetings["framing"].in_language("en").stories}
    page = max_.get("/conversion/meetings?stage=search").text
    assert f"story “{stories['cheaper_quote']}”" in page
    assert "story “no_longer_there”" in page
