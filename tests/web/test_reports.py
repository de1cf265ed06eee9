"""The reports beside the table of stages: flow, months, open deals, meetings; what is taken away, kept and mailed."""

from __future__ import annotations

import csv
import io
import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from flask import Flask
from sqlalchemy import select

from plugin.services.connections import connect, sync
from plugin.services.deck_pdf import pdf_available
from plugin.services.report_rule import SalespeopleSee, decide_what_salespeople_see
from plugin.services.shelf import Origin, keep_version
from plugin.services.viewer import Role, Viewer
from plugin.services.weekly_mail import DueView
from plugin.services.workspace import Workspace
from plugin.store.tables import Deal, Meeting, Trial, UserAccount
from plugin.web import create_app, letter_writer
from plugin.web.report_files import TABLES
from tests.companies import day, write_company
from tests.web.conftest import PEOPLE, Browser

PATHS = ("/conversion", "/conversion/flow", "/conversion/months", "/conversion/now", "/conversion/meetings")


@pytest.fixture
def company(workspace: Workspace, tmp_path: Path) -> None:
    """Forty deals more: half were met in Search and most of those went on; one has a name that is a formula."""
    moves = {}
    for n in range(40):
        went_on = n % 2 == 0 if n < 20 else n % 4 == 0
        listed = [("lead", day(1 + n % 5)), ("call", day(6 + n % 5))]
        moves[f"=deal{n}" if n == 7 else f"deal{n}"] = [*listed, ("offer", day(20))] if went_on else listed
    connect(workspace, "csv", "more", {"folder": str(write_company(tmp_path / "more", moves))})
    sync(workspace, None, lambda _name: lambda _stream, _read, _total: None)
    template = next(key for key, one in workspace.library.meetings.items() if one.stage == "search")
    with workspace.database.writing.begin() as session:
        for deal_id, crm_id in session.execute(select(Deal.id, Deal.crm_id)):
            number = int(crm_id.lstrip("=").removeprefix("deal")) if "deal" in crm_id else 99
            if number < 20:
                session.add(
                    Meeting(
                        public_id=f"m{number}",
                        deal_id=deal_id,
                        template=template,
                        template_version="1.0" if number < 10 else "2.0",
                        state="held",
                        starts_at=workspace.clock() - timedelta(days=48),
                        minutes=30,
                    )
                )


def rows(answer: object) -> list[dict[str, str]]:
    text = answer.data.decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text)))


def pages_of(pdf: bytes) -> int:
    """Pages are objects in packed streams."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    texts = [zlib.decompress(one) for one in streams if one[:1] == b"x"]
    return sum(len(re.findall(rb"/Type\s*/Page\b(?!s)", text)) for text in [pdf, *texts])


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("query", ["", "?period=quarter", "?as-of=2026-01-15&horizon=30", "?stage=search&owner=Ana"])
def test_every_report_answers_every_filter(company: None, max_: Browser, path: str, query: str) -> None:
    assert max_.get(path + query).status_code in (200, 422)
    assert max_.get(path).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_a_period_and_dates_together_are_refused_with_what_was_typed(max_: Browser, path: str) -> None:
    answer = max_.get(f"{path}?period=year&from=2026-01-05")
    assert answer.status_code == 422
    assert "Choose a period or give dates, not both." in answer.text
    assert 'value="2026-01-05"' in answer.text


@pytest.mark.parametrize("path", ["/conversion/months", "/conversion/meetings", "/conversion/now/deals"])
def test_a_stage_that_is_none_is_not_found(max_: Browser, path: str) -> None:
    assert max_.get(f"{path}?stage=nonsense").status_code == 404


def test_the_flow_opens_onto_the_deals_that_went_that_way(company: None, max_: Browser) -> None:
    page = max_.get("/conversion/flow").text
    links = re.findall(r'href="(/conversion/deals\?[^"]*stage=search[^"]*figure=to\+select[^"]*)"', page)
    assert links
    read = words(max_.get(links[0].replace("&amp;", "&")).text)
    assert "First went to “Select”" in read
    assert "17 deals" in read, "fifteen of the forty, and two of the five"


def test_a_month_that_is_not_watched_for_the_horizon_yet_is_marked(company: None, max_: Browser) -> None:
    young = {
        horizon: words(max_.get(f"/conversion/months?stage=search&horizon={horizon}").text).count("not all watched for")
        for horizon in (30, 90)
    }
    assert young == {30: 3, 90: 4}, "as of 2 March, the last days of January lack one day of thirty"


def test_open_deals_add_up_and_open_onto_themselves(company: None, max_: Browser) -> None:
    page = max_.get("/conversion/now").text
    links = re.findall(r'href="(/conversion/now/deals\?[^"]+)">(\d+)<', page)
    assert links
    for address, number in links:
        assert f"{number} deal" in words(max_.get(address.replace("&amp;", "&")).text)


def test_a_meeting_is_set_against_deals_that_had_none_and_said_to_be_no_cause(company: None, max_: Browser) -> None:
    read = words(max_.get("/conversion/meetings?stage=search&horizon=30").text)
    assert "This is association, not cause" in read
    assert re.search(r"20 \d+% \d+%", read)
    assert "version 1.0" in read


def test_under_hubspots_definitions_each_deal_says_how_it_counts(company: None, max_: Browser) -> None:
    read = words(max_.get("/conversion/deals?stage=search&figure=all_stages").text)
    assert "failed in HubSpot’s; not decided yet in ours" in read
    assert "passed in both" in read


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_a_csv_with_the_filters_of_the_report(company: None, max_: Browser, table: str) -> None:
    answer = max_.get(f"/conversion/{table}.csv?stage=search&horizon=30")
    assert answer.mimetype == "text/csv"
    assert rows(answer)
    assert max_.get(f"/conversion/{table}.csv?stage=search&from=nonsense").status_code == 404
    assert max_.get("/conversion/nonsense.csv").status_code == 404


def test_a_name_that_is_a_formula_is_a_text_in_the_csv(company: None, max_: Browser) -> None:
    listed = rows(max_.get("/conversion/deals.csv?stage=search&figure=entered"))
    # The file is named after the stage; the deal's own name comes first in each row.
    assert all(not row["deal"].startswith(("=", "+", "-", "@")) for row in listed)
    assert len(listed) == 42


@pytest.mark.skipif(not pdf_available(), reason="no PDF can be made here")
@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_funnel_fits_one_page(company: None, max_: Browser, language: str) -> None:
    max_.get("/account")
    max_.post("/account/preferences", {"language": language, "theme": "auto", "time_zone": "Europe/Paris"})
    answer = max_.get("/conversion.pdf?horizon=30&source=fair")
    assert answer.mimetype == "application/pdf"
    assert pages_of(answer.data) == 1


def test_a_view_is_kept_opened_shared_replaced_and_forgotten(
    workspace: Workspace, max_: Browser, signed_in: Callable[[Role], Browser]
) -> None:
    mia = signed_in(Role.MARKETER)
    max_.get("/conversion/months?stage=search&horizon=30")
    kept = {"name": "Search, month by month", "report": "months", "query": "stage=search&horizon=30&evil=1"}
    assert max_.post("/conversion/views", kept).location == "/conversion/months?stage=search&horizon=30"
    assert "Search, month by month" in max_.get("/conversion").text
    assert "Search, month by month" not in mia.get("/conversion").text
    max_.post("/conversion/views", {**kept, "shared": "y", "query": "horizon=60"})
    page = mia.get("/conversion").text
    assert page.count("Search, month by month") == 1
    assert "Forget" not in page, "another one's view"
    address = re.search(r'href="(/conversion/views/[^"]+)"', page)
    assert address is not None
    assert mia.get(address[1]).location == "/conversion/months?horizon=60"
    assert mia.post(f"{address[1]}/forget").status_code == 404
    assert max_.post(f"{address[1]}/forget").status_code == 303
    assert "Search, month by month" not in words(mia.get("/conversion").text)


def test_a_view_without_a_name_is_not_kept_and_the_question_stays(max_: Browser) -> None:
    max_.get("/conversion")
    answer = max_.post("/conversion/views", {"name": " ", "report": "flow", "query": "horizon=30"})
    assert answer.location == "/conversion/flow?horizon=30"
    assert "The view was not saved: give it a name." in words(max_.get(answer.location).text)


def test_who_may_see_whom_is_the_leaders_decision(
    workspace: Workspace, ana: Browser, max_: Browser, signed_in: Callable[[Role], Browser]
) -> None:
    assert ana.get("/conversion").status_code == 403
    assert "against the middle of your colleagues" in ana.get("/conversion/mine").text
    max_.get("/conversion/rule")
    assert max_.post("/conversion/rule", {"salespeople_see": "nobody"}).status_code == 303
    assert "against the middle of your colleagues" not in ana.get("/conversion/mine").text
    max_.post("/conversion/rule", {"salespeople_see": "everybody"})
    assert ana.get("/conversion").status_code == 200
    assert ana.get("/conversion/rule").status_code == 403
    assert ana.get("/conversion/meetings").status_code == 200
    assert ana.post("/conversion/meetings/trials", {"template": "proof"}).status_code == 403, "a trial is the leaders'"
    assert max_.post("/conversion/rule", {"salespeople_see": "nonsense"}).status_code == 422


def test_one_sees_ones_own_figures_without_anybodys_name(company: None, ana: Browser) -> None:
    page = ana.get("/conversion/mine?horizon=30").text
    assert 'name="owner"' not in page
    assert "42" in words(page)


def test_a_trial_says_how_many_deals_it_takes_before_it_begins(workspace: Workspace, max_: Browser) -> None:
    template = next(key for key, one in workspace.library.meetings.items() if one.stage == "search")
    shipped = workspace.library.meetings[template]
    with workspace.database.writing.begin() as session:
        for one in (shipped, replace(shipped, version="9.0")):
            keep_version(session, one, Origin.FOLDER, workspace.clock())
    page = max_.get("/conversion/meetings?stage=search")
    assert "Fair trials" in page.text
    wanted = {
        "template": template,
        "version_a": shipped.version,
        "version_b": "9.0",
        "baseline": "40",
        "difference": "10",
        "horizon": "60",
    }
    asked = max_.post("/conversion/meetings/trials", wanted)
    assert "388 deals for each version." in words(asked.text)
    with workspace.database.reading() as session:
        assert session.scalar(select(Trial)) is None
    assert max_.post("/conversion/meetings/trials", {**wanted, "begin": "1"}).status_code == 303
    read = words(max_.get("/conversion/meetings?stage=search").text)
    assert "0 and 0 of 388 deals each." in read
    assert "It goes on." in read


def test_the_weekly_mail_says_the_finding_in_the_readers_language(company: None, workspace: Workspace) -> None:
    app: Flask = create_app(workspace, https=False)
    write = letter_writer(app, "https://parcours.example")
    with workspace.database.reading() as session:
        user_id = session.scalars(select(UserAccount.id).filter_by(email=PEOPLE[Role.MANAGER])).one()
        for language, sentence in (("en", "of the deals that entered it passed it within 30"), ("fr", "sur 30")):
            reader = Viewer(user_id, "Max", PEOPLE[Role.MANAGER], Role.MANAGER, language)
            letter = write(session, DueView(1, "Lundi & co", "flow", "horizon=30&owner=gone", reader))
            assert "Lundi & co" in letter.subject
            assert "https://parcours.example/conversion/flow?horizon=30" in unquote(letter.text)
            assert "Lundi &amp; co" in letter.html
            assert "Lundi & co" in letter.text
            kept = write(session, DueView(1, "Lundi", "stages", "horizon=30", reader))
            assert ("30 days" if language == "en" else "30 jours") in kept.text.replace("\u00a0", " "), sentence


def test_what_is_seen_of_open_deals_is_where_the_rule_lets_it(workspace: Workspace, ana: Browser) -> None:
    with workspace.database.writing.begin() as session:
        decide_what_salespeople_see(session, SalespeopleSee.EVERYBODY, workspace.clock())
    page = ana.get("/").text
    assert "My conversion" in page
    assert ana.get("/conversion/mine").text.count("The reports of the whole team") == 1
