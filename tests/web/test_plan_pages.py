"""The plan's pages: set, changed, moved and taken away by who may; nothing typed is lost; figures open onto deals."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from plugin.domain.week import Week
from plugin.services.viewer import Role, Viewer
from plugin.services.weekly_mail import DueWeek, NotSent
from plugin.services.workspace import Workspace
from plugin.store.tables import Action, Deal, Objective, ObjectiveChange, UserAccount, WeeklyReader
from plugin.web import Mailing, create_app, letter_writer
from tests.services.test_icalendar import read
from tests.web.conftest import NOW, PEOPLE, Browser

TODAY = NOW.date()
OBJECTIVE = {
    "stage": "search",
    "share": "60",
    "within_days": "45",
    "first_on": "2026-01-01",
    "last_on": "2026-12-31",
    "marketing": "y",
    "why": "We agreed on it.",
    "revision": "0",
}
ACTION = {
    "title": "Guide: four routes",
    "stage": "search",
    "team": "marketing",
    "kind": "content",
    "when": "day",
    "due_on": "2026-03-09",
    "status": "planned",
    "revision": "0",
}
PAGES = ("/plan", "/plan/actions", "/plan/actions/board", "/plan/actions/calendar", "/plan/actions/worth", "/plan/week")


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.fixture
def mia(signed_in: Callable[[Role], Browser]) -> Browser:
    return signed_in(Role.MARKETER)


@pytest.fixture
def objective(max_: Browser, workspace: Workspace) -> str:
    assert max_.post("/plan/objectives/new", OBJECTIVE).location == "/plan#stage-search"
    with workspace.database.reading() as session:
        return session.scalars(select(Objective.public_id)).one()


def add(browser: Browser, workspace: Workspace, **said: str) -> str:
    answer = browser.post("/plan/actions/new", ACTION | said)
    assert answer.status_code == 303, words(answer.text)
    with workspace.database.reading() as session:
        return session.scalars(select(Action.public_id).order_by(Action.id.desc())).first() or ""


def person(workspace: Workspace, role: Role) -> int:
    with workspace.database.reading() as session:
        return session.scalars(select(UserAccount.id).filter_by(email=PEOPLE[role])).one()


@pytest.mark.parametrize("path", PAGES)
def test_a_new_company_is_told_what_a_page_is_for_and_what_to_do_first(ana: Browser, mia: Browser, path: str) -> None:
    """A salesperson reads it too, but finds no button that would be refused."""
    assert mia.get(path).status_code == 200
    page = ana.get(path)
    assert page.status_code == 200
    for address in re.findall(r'<a [^>]*href="(/[^"#]*)', page.text):
        assert ana.get(address.replace("&amp;", "&")).status_code == 200, address


def test_the_journey_fills_the_first_objective_in(mia: Browser) -> None:
    assert "The journey proposes: 60 % of the deals that enter pass it within 45 days" in words(mia.get("/plan").text)
    page = mia.get("/plan/objectives/new?stage=search").text
    assert re.search(r'name="share"[^>]*value="60"', page)
    assert re.search(r'name="within_days"[^>]*value="45"', page)
    assert mia.get("/plan/objectives/new?stage=nonsense").status_code == 404


def test_an_objective_is_shown_with_its_figure_and_the_deals_behind_it(objective: str, max_: Browser) -> None:
    page = max_.get("/plan").text
    assert "60% of the deals that enter pass it within 45 days" in words(page)
    assert "Not enough data" in page
    links = re.findall(r'href="(/conversion/deals[^"]*figure=entered[^"]*)"', page)
    behind = max_.get(links[0].replace("&amp;", "&"))
    assert behind.status_code == 200
    assert "2 deals" in words(behind.text), "north and west entered in the year"
    assert "horizon=45" in links[0]
    assert '<option value="45">' in max_.get("/conversion").text, "whoever reads reports may ask the same"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"share": ""}, "Fill this in."),
        ({"share": "100"}, "Number must be between 1 and 99."),
        ({"share": "sixty"}, "Write a whole number, as 45."),
        ({"within_days": "0"}, "Number must be between 1 and 3650."),
        ({"last_on": "2025-12-31"}, "The period ends before it begins."),
        ({"first_on": "0202-01-01"}, "Check the year."),
        ({"marketing": ""}, "Choose at least one team"),
    ],
)
def test_a_wrong_objective_comes_back_with_what_was_typed(max_: Browser, wrong: dict[str, str], message: str) -> None:
    typed = {name: text for name, text in (OBJECTIVE | wrong).items() if text or name == "share"}
    answer = max_.post("/plan/objectives/new", typed)
    assert answer.status_code == 422
    assert message in answer.text
    assert "We agreed on it." in answer.text


def test_a_stage_has_no_second_objective_in_the_same_days(objective: str, max_: Browser) -> None:
    answer = max_.post("/plan/objectives/new", {**OBJECTIVE, "first_on": "2026-06-01", "why": "Another try"})
    assert answer.status_code == 409
    assert "from 1 Jan 2026 to 31 Dec 2026" in answer.text
    assert "Another try" in answer.text


def test_a_change_needs_a_reason_and_is_kept_with_what_was_before(objective: str, max_: Browser, ana: Browser) -> None:
    path = f"/plan/objectives/{objective}"
    refused = max_.post(path, {**OBJECTIVE, "share": "50", "why": " "})
    assert refused.status_code == 422
    assert max_.post(path, {**OBJECTIVE, "share": "50", "why": "It was a wish."}).status_code == 303
    history = words(ana.get(path).text)
    assert "60% within 45 days" in history
    assert "50% within 45 days" in history
    assert "It was a wish." in history
    assert "Change it" not in history, "a salesperson reads"


def test_the_second_of_two_editors_keeps_what_they_typed(objective: str, max_: Browser, mia: Browser) -> None:
    path = f"/plan/objectives/{objective}"
    assert max_.post(path, {**OBJECTIVE, "share": "50"}).status_code == 303
    late = mia.post(path, {**OBJECTIVE, "share": "70", "why": "Mine"})
    assert late.status_code == 409
    assert "Somebody else saved this" in late.text
    assert re.search(r'name="share"[^>]*value="70"', late.text)
    revision = re.search(r'name="revision"[^>]*value="(\d+)"', late.text)
    assert revision
    assert mia.post(path, {**OBJECTIVE, "share": "70", "revision": revision[1]}).status_code == 303


def test_an_objective_is_taken_away(objective: str, max_: Browser, workspace: Workspace) -> None:
    assert max_.post(f"/plan/objectives/{objective}/remove").status_code == 303
    assert max_.get(f"/plan/objectives/{objective}").status_code == 404
    with workspace.database.reading() as session:
        assert session.scalar(select(ObjectiveChange)) is None


def test_the_goal_counts_what_was_won(max_: Browser, ana: Browser) -> None:
    goal = {"text": "Grow", "measure": "customers", "amount": "200", "first_on": "2026-01-01", "last_on": "2026-12-31"}
    assert max_.post("/plan/goal", {**goal, "revision": "0"}).status_code == 303
    page = words(ana.get("/plan").text)
    assert "200 new customers by 31 Dec 2026" in page
    assert "1 deal won · €1,000.50" in page


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"text": "\u200b "}, "Fill this in."),
        ({"amount": ""}, "Say how many, or choose “No number”."),
        ({"amount": "NaN"}, "Number must be"),
        ({"amount": "many"}, "Not a valid decimal value."),
        ({"currency": "€"}, "Write three letters, as EUR."),
        ({"last_on": "2025-01-01"}, "The period ends before it begins."),
    ],
)
def test_a_wrong_goal_comes_back(max_: Browser, wrong: dict[str, str], message: str) -> None:
    goal = {"text": "Grow", "measure": "revenue", "amount": "200", "first_on": "2026-01-01", "revision": "0"}
    answer = max_.post("/plan/goal", goal | wrong)
    assert answer.status_code == 422
    assert message in answer.text


@pytest.mark.parametrize(
    ("language", "typed", "kept"),
    [
        ("en", "1,200.50", "1200.50"),
        ("fr", "1\u202f200,50", "1200.50"),
        ("fr", "1200.5", "1200.50"),
        ("en", "7", "7.00"),
    ],
)
def test_an_amount_is_read_as_the_person_writes_it(
    max_: Browser, workspace: Workspace, language: str, typed: str, kept: str
) -> None:
    max_.get("/account")
    max_.post("/account/preferences", {"language": language, "theme": "auto", "time_zone": "Europe/Paris"})
    add(max_, workspace, cost=typed, currency="EUR")
    with workspace.database.reading() as session:
        assert session.scalars(select(Action.cost)).one() == Decimal(kept)


def test_an_action_keeps_an_owner_whose_account_was_closed(max_: Browser, workspace: Workspace) -> None:
    action = add(max_, workspace, owner=str(person(workspace, Role.SALESPERSON)))
    with workspace.database.writing.begin() as session:
        session.execute(update(UserAccount).filter_by(email=PEOPLE[Role.SALESPERSON]).values(disabled_at=NOW))
    page = max_.get(f"/plan/actions/{action}").text
    assert re.search(r'<option selected value="\d+">Ana</option>', page)
    saved = {**ACTION, "owner": str(person(workspace, Role.SALESPERSON)), "title": "Kept"}
    assert max_.post(f"/plan/actions/{action}", saved).status_code == 303


def test_an_action_is_made_changed_and_taken_away(mia: Browser, workspace: Workspace) -> None:
    action = add(mia, workspace, stage="select", cost="3200", currency="eur", how="Honest.")
    page = mia.get("/plan/actions").text
    assert "Guide: four routes" in page
    assert "1 step to the purchase" in words(page)
    assert "1 of 2 lost or went back" in words(page)
    assert "€3,200" in page
    path = f"/plan/actions/{action}"
    assert mia.post(path, {**ACTION, "title": "Another title"}).status_code == 303
    assert mia.post(path, {**ACTION, "title": "Too late"}).status_code == 409
    assert "Another title" in mia.get(path).text
    assert mia.post(f"{path}/remove").status_code == 303
    assert mia.get(path).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"title": " "}, "Fill this in."),
        ({"title": "x" * 161}, "Shorten this to 160 characters."),
        ({"stage": "nonsense"}, "Not a valid choice."),
        ({"due_on": ""}, "Say on which day."),
        ({"due_on": "31.12.2026"}, "Not a valid date value."),
        ({"when": "entering"}, "Say from which day to which"),
        ({"when": "entering", "days_from": "5", "days_to": "3"}, "The last day lies before the first."),
        ({"cost": "-1", "currency": "EUR"}, "from 0 on, without a minus sign"),
        ({"cost": "NaN", "currency": "EUR"}, "from 0 on, without a minus sign"),
        ({"cost": "1200"}, "Say in which currency"),
        ({"cost": "1200", "currency": "€"}, "Write three letters, as EUR."),
        ({"days_from": "3", "days_to": "x"}, "Write a whole number, as 45."),
        ({"placed": "improve"}, "Say why: others will read it."),
        ({"owner": "999"}, "Not a valid choice."),
    ],
)
def test_a_wrong_action_comes_back_with_what_was_typed(max_: Browser, wrong: dict[str, str], message: str) -> None:
    answer = max_.post("/plan/actions/new", {**ACTION, "how": "kept word for word", **wrong})
    assert answer.status_code == 422
    assert message in answer.text
    assert "kept word for word" in answer.text


def test_the_board_moves_an_action_and_keeps_the_filters(mia: Browser, workspace: Workspace) -> None:
    action = add(mia, workspace)
    moved = mia.post(f"/plan/actions/{action}/status", {"status": "doing", "back": "board", "team": "marketing"})
    assert moved.location == "/plan/actions/board?team=marketing"
    board = mia.get(moved.location).text
    assert "“Guide: four routes” is now in Doing." in board
    assert "Move to Done" in board
    column = board.partition('id="column-doing"')[2].partition("</section>")[0]
    assert "Guide: four routes" in column
    assert mia.post(f"/plan/actions/{action}/status", {"status": "nonsense"}).status_code == 404


def test_a_salesperson_moves_only_what_is_theirs(
    max_: Browser, ana: Browser, workspace: Workspace, signed_in: Callable[[Role], Browser]
) -> None:
    own = add(max_, workspace, owner=str(person(workspace, Role.SALESPERSON)), title="Hers")
    other = add(max_, workspace, title="Not hers")
    board = ana.get("/plan/actions/board").text
    assert f"/plan/actions/{own}/status" in board
    assert f"/plan/actions/{other}/status" not in board
    assert ana.post(f"/plan/actions/{own}/status", {"status": "done", "back": "day"}).location == "/"
    assert ana.post(f"/plan/actions/{other}/status", {"status": "done"}).status_code == 404
    assert ana.post("/plan/actions/new", ACTION).status_code == 403


def test_my_day_reminds_of_a_deal_and_takes_the_answer(
    max_: Browser, ana: Browser, workspace: Workspace, deal: Callable[[str], str], clock: Any
) -> None:
    clock.now = NOW.replace(month=1, day=8)
    action = add(max_, workspace, stage="problem", when="entering", days_from="2", days_to="4", title="Call them")
    page = words(ana.get("/").text)
    assert "Company south : Call them" in page.replace("Company south:", "Company south :")
    path = f"/plan/actions/{action}/deals/{deal('south')}"
    assert ana.post(path, {"answer": "nonsense"}).status_code == 404
    assert ana.post(path, {"answer": "done"}).location == "/"
    assert "Company south" not in ana.get("/").text.partition("reminders-title")[2].partition("</section>")[0]


@pytest.mark.parametrize("month", ["2026-03", "", "nonsense", "2026-13", "9999-12"])
def test_the_calendar_shows_a_month_and_what_is_due_after_entering(
    mia: Browser, workspace: Workspace, month: str
) -> None:
    add(mia, workspace)
    add(mia, workspace, when="entering", days_from="3", days_to="5", title="Framing")
    page = words(mia.get(f"/plan/actions/calendar?month={month}").text)
    assert "March 2026" in page
    assert "Guide: four routes" in page
    assert "Search · 3 to 5 days after entering" in page


def test_the_calendar_shows_the_grey_days_too_and_leads_to_what_is_next(mia: Browser, workspace: Workspace) -> None:
    """The last row of February 2026 ends on Sunday, 1 March."""
    add(mia, workspace, due_on="2026-03-01", title="On a grey day")
    add(mia, workspace, due_on="2026-06-05", title="Far away")
    page = mia.get("/plan/actions/calendar?month=2026-02").text
    assert "On a grey day" in page
    assert "Nothing is due on a day of this month." in page
    assert "Next: 1 Mar 2026" in words(page)
    page = mia.get("/plan/actions/calendar?month=2026-04").text
    assert "Next: 5 Jun 2026" in words(page)
    assert "month=2026-06" in page
    assert "Next:" not in words(mia.get("/plan/actions/calendar?month=2026-07").text)


def test_a_cost_is_asked_in_the_usual_currency_and_summed_by_currency(mia: Browser, workspace: Workspace) -> None:
    """That of the deals; where they have none, that of the last action; else none."""

    def offered() -> str:
        return re.search(r'name="currency"[^>]*value="([^"]*)"', mia.get("/plan/actions/new").text)[1]  # type: ignore[index]

    with workspace.database.writing.begin() as session:
        session.execute(update(Deal).values(currency=None))
    assert offered() == ""
    add(mia, workspace, cost="1200", currency="chf")
    assert offered() == "CHF"
    with workspace.database.writing.begin() as session:
        session.execute(update(Deal).values(currency="EUR"))
    assert offered() == "EUR"
    add(mia, workspace, cost="300", currency="EUR")
    add(mia, workspace, cost="50.5", currency="EUR")
    add(mia, workspace, currency="USD")
    costs = words(mia.get("/plan/actions").text).partition("Cost of these actions")[2]
    assert "CHF1,200 · €350.50" in costs.replace("CHF ", "CHF")
    with workspace.database.reading() as session:
        assert session.scalars(select(Action.currency).where(Action.cost.is_(None))).all() == [None]


def test_a_filter_that_is_none_is_said_and_narrows_nothing(mia: Browser, workspace: Workspace) -> None:
    add(mia, workspace)
    for path in PAGES[1:5]:
        answer = mia.get(f"{path}?team=nonsense")
        assert answer.status_code == 422
        assert "Not a valid choice." in answer.text


def test_actions_are_taken_away_as_a_table_that_runs_nothing(mia: Browser, workspace: Workspace) -> None:
    add(mia, workspace, title="=1+1", how="@home", cost="12.5", currency="EUR")
    add(mia, workspace, title="Sales do it", team="sales")
    answer = mia.get("/plan/actions.csv?team=marketing")
    (row,) = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert (row["title"], row["how"], row["cost"], row["due_on"]) == ("'=1+1", "'@home", "12.5", "2026-03-09")
    assert (row["stage_name"], row["persona"], row["persona_name"]) == ("Search", "", "")
    assert (row["stage"], row["team"], row["status"]) == ("search", "marketing", "planned")
    assert mia.get("/plan/actions.csv?team=nonsense").status_code == 404


def test_actions_are_taken_away_as_a_calendar(mia: Browser, workspace: Workspace) -> None:
    action = add(mia, workspace, title="Guide; four, routes\\")
    add(mia, workspace, when="open", title="No day")
    answer = mia.get("/plan/actions.ics")
    assert answer.mimetype == "text/calendar"
    (event,) = read(answer.data)
    assert event["UID"] == f"{action}@parcours"
    assert event["SUMMARY"] == "Guide\\; four\\, routes\\\\"
    assert event["DTSTART;VALUE=DATE"] == "20260309"
    assert event["URL"] == f"http://localhost/plan/actions/{action}"
    mia.post(f"/plan/actions/{action}/status", {"status": "stopped"})
    assert read(mia.get("/plan/actions.ics").data)[0]["STATUS"] == "CANCELLED"


def test_the_weekly_page_shows_a_week_and_no_week_that_is_none(max_: Browser, objective: str) -> None:
    page = words(max_.get("/plan/week?week=2026-W05").text)
    assert "26 Jan 2026 – 1 Feb 2026" in page
    assert "“Select” leaked most: 1 of the 1 deals" in page, "north went back on the 28th"
    for wrong in ("nonsense", "2026-W60", "2031-W01", "1999-W01"):
        assert max_.get(f"/plan/week?week={wrong}").status_code == 404
    assert "Week 9" in max_.get("/plan/week").text, "it is Monday of the tenth"


def test_readers_are_chosen_and_get_the_page_now(max_: Browser, app: Flask, workspace: Workspace) -> None:
    mails: list[EmailMessage] = []

    def send(message: EmailMessage) -> None:
        if "mia" in message["To"]:
            raise NotSent("mail.example refuses a recipient")
        mails.append(message)

    assert max_.post("/plan/week/send", {"week": "2026-W05"}).status_code == 404, "no mail server is named"
    app.extensions["mailing"] = Mailing(letter_writer(app, "https://parcours.example"), send, "p@seller.example")
    chosen = [str(person(workspace, role)) for role in (Role.SALESPERSON, Role.MARKETER)]
    assert max_.post("/plan/week/readers", {"reader": [*chosen, "x", "9" * 30], "week": "2026-W05"}).status_code == 303
    with workspace.database.reading() as session:
        assert len(session.scalars(select(WeeklyReader)).all()) == 2
    answer = max_.post("/plan/week/send", {"week": "2026-W05"})
    assert answer.location == "/plan/week?week=2026-W05"
    page = words(max_.get(answer.location).text)
    assert "1 mail sent." in page
    assert "Not sent: mail.example refuses a recipient" in page
    assert mails[0]["To"] == PEOPLE[Role.SALESPERSON]
    assert mails[0]["Subject"] == "Week 5: marketing and sales"


def test_readers_are_told_that_nothing_is_sent_before_mail_is_set_up(
    max_: Browser, workspace: Workspace, signed_in: Callable[[Role], Browser]
) -> None:
    """Who can set it up is told how, everybody else whom to ask; nobody is told that a mail goes out."""
    admin = signed_in(Role.ADMIN)
    chosen = {"reader": [str(person(workspace, Role.MARKETER)), "999999"], "week": "2026-W05"}
    told = [words(one.get(one.post("/plan/week/readers", chosen).location).text) for one in (max_, admin)]
    assert "Chosen. Nothing is sent before mail is set up: ask " in told[0]
    assert "PARCOURS_SMTP_URL" not in told[0]
    assert "Chosen. Nothing is sent before mail is set up: set PARCOURS_SMTP_URL" in told[1]
    for page in told:
        assert "1 person is chosen to get it" in page
        assert "gets it each week" not in page
        assert "gets it by mail" not in page


def test_the_week_is_called_the_last_whole_one_where_it_is(max_: Browser) -> None:
    assert "the last whole week" in words(max_.get("/plan/week").text).partition("What moved")[0]
    assert "the last whole week" not in words(max_.get("/plan/week?week=2026-W05").text).partition("What moved")[0]


def test_the_order_says_that_it_knows_no_deals(mia: Browser, workspace: Workspace) -> None:
    add(mia, workspace, stage="search")
    add(mia, workspace, stage="use")
    page = words(mia.get("/plan/actions").text)
    assert "The first brings most" in page
    assert "0 of 0" not in page
    page = words(mia.get("/plan/actions?stage=use").text)
    assert "Ordered only by nearness to the purchase: no deals in what you chose" in page
    assert "The first brings most" not in page


@pytest.mark.parametrize(("language", "head"), [("en", "What moved"), ("fr", "Ce qui a bougé")])
def test_the_letter_says_the_week_in_its_readers_language(
    objective: str, max_: Browser, workspace: Workspace, language: str, head: str
) -> None:
    add(max_, workspace, title="Guide & <b>")
    app = create_app(workspace, https=False)
    reader = Viewer(1, "Ana", "ana@seller.example", Role.SALESPERSON, language)
    with workspace.database.reading() as session:
        letter = letter_writer(app, "https://parcours.example")(session, DueWeek(1, Week(date(2026, 1, 26)), reader))
    for text in (letter.text, letter.html):
        assert head in text
        assert "https://parcours.example/plan/week?week=2026-W05" in text
    assert "Guide & <b>" in letter.text
    assert "Guide &amp; &lt;b&gt;" in letter.html


def test_late_is_said_the_day_after(mia: Browser, workspace: Workspace) -> None:
    add(mia, workspace, due_on=TODAY.isoformat())
    assert "late" not in words(mia.get("/plan/actions").text.partition('class="ranked"')[2].partition("</ol>")[0])
    add(mia, workspace, due_on=(TODAY - timedelta(days=1)).isoformat())
    assert "late" in words(mia.get("/plan/actions").text)
