"""A filled plan in a real Chromium: readable at any width, moved by the keyboard alone, printed on one sheet."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from plugin.store.tables import Action, Objective, UserAccount
from tests.browser import Pages
from tests.web.conftest import Browser
from tests.web.test_pages_in_a_browser import address, enter, look
from tests.web.test_plan_pages import OBJECTIVE, add, person
from tests.web.test_reports import company, pages_of

__all__ = ["address", "company"]

pytestmark = pytest.mark.browser

LONG = "Rechtsschutzversicherungsgesellschaften und andere lange Wörter, die in keine Spalte passen"


@pytest.fixture
def planned(company: None, max_: Browser, workspace: Workspace) -> list[str]:
    """Two objectives, one of them with a history, and an action of every status; the pages that show them."""
    for stage, share in (("search", "60"), ("problem", "20")):
        assert max_.post("/plan/objectives/new", {**OBJECTIVE, "stage": stage, "share": share}).status_code == 303
    with workspace.database.reading() as session:
        objective = session.scalars(select(Objective.public_id).order_by(Objective.id)).first()
    assert max_.post(f"/plan/objectives/{objective}", {**OBJECTIVE, "share": "50"}).status_code == 303
    for status in ("idea", "planned", "doing", "done", "stopped"):
        action = add(max_, workspace, status=status, title=f"{status} {LONG}", cost="1200", currency="EUR")
    add(max_, workspace, when="entering", days_from="3", days_to="90", kind="meeting", template="framing")
    add(max_, workspace, due_on="2026-03-01", owner=str(person(workspace, Role.SALESPERSON)))
    add(max_, workspace, when="entering", days_from="0", days_to="3000", title="For whom it stands still")
    goal = {"text": LONG, "measure": "revenue", "amount": "1000000", "currency": "EUR", "revision": "0"}
    assert max_.post("/plan/goal", goal).status_code == 303
    lists = ("", "/actions", "/actions/board", "/actions/calendar", "/actions/worth", "/week?week=2026-W05")
    return [*(f"/plan{one}" for one in lists), f"/plan/objectives/{objective}", f"/plan/actions/{action}"]


@pytest.mark.parametrize(("language", "dark"), [("en", True), ("fr", False)])
def test_axe_finds_nothing_in_a_filled_plan_and_nothing_overflows(
    planned: list[str], page: Pages, address: str, workspace: Workspace, language: str, dark: bool
) -> None:
    with workspace.database.writing.begin() as session:
        session.execute(update(UserAccount).values(language=language))
    opened = page(base_url=address, locale=f"{language}-FR", dark=dark)
    enter(opened, Role.MANAGER)
    found = [fault for path in planned for fault in look(opened, path)]
    opened.context.clear_cookies()
    enter(opened, Role.SALESPERSON)
    assert found + look(opened, "/") + look(opened, planned[-1]) == []


def test_an_action_is_moved_by_the_keyboard_alone_and_without_any_script(
    planned: list[str], page: Pages, address: str, workspace: Workspace
) -> None:
    plain = page(base_url=address, javascript=False)
    enter(plain, Role.MANAGER)
    plain.goto("/plan/actions/board")
    plain.get_by_role("button", name=re.compile("^Move to Planned – idea ")).focus()
    plain.keyboard.press("Enter")
    expect(plain.locator("section:has(#column-planned)").get_by_text(f"idea {LONG}").first).to_be_visible()
    with workspace.database.reading() as session:
        assert session.scalars(select(Action.status).where(Action.title.like("idea %"))).one() == "planned"


def test_the_form_of_an_action_asks_only_what_belongs_to_the_choice(
    planned: list[str], page: Pages, address: str
) -> None:
    laptop = page(base_url=address, tolerated=("status of 422",))
    enter(laptop, Role.MANAGER)
    laptop.goto("/plan/actions/new")
    expect(laptop.get_by_label("On", exact=True)).to_be_hidden()
    laptop.get_by_label("On a day").check()
    expect(laptop.get_by_label("On", exact=True)).to_be_visible()
    expect(laptop.get_by_label("From day")).to_be_hidden()
    laptop.get_by_role("button", name="Add it").click()
    expect(laptop.get_by_role("alert")).to_be_focused()
    expect(laptop.get_by_role("alert")).to_contain_text("Say on which day.")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_weekly_page_fits_one_sheet_of_paper(
    planned: list[str], page: Pages, address: str, workspace: Workspace, language: str
) -> None:
    with workspace.database.writing.begin() as session:
        session.execute(update(UserAccount).values(language=language))
    opened = page(base_url=address, locale=f"{language}-FR")
    enter(opened, Role.MANAGER)
    opened.goto("/plan/week?week=2026-W05")
    assert pages_of(opened.pdf(prefer_css_page_size=True)) == 1
