"""The pages in a real Chromium: nothing overflows, axe finds nothing, the keyboard and the draft work."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from plugin.domain.touch_goals import MatchedBy
from plugin.services.touch_goals import set_goal
from plugin.services.touch_imports import Sent, import_touches
from plugin.services.vault import Vault, put_secret
from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from plugin.store.tables import Connection, LogDraft, Meeting, UserAccount
from tests.browser import Pages, axe
from tests.serving import served
from tests.web.conftest import NOW, Browser
from tests.web.log_form import filled

pytestmark = pytest.mark.browser

TOUCHES = b"""deal,date,channel,campaign,kind
north,2026-01-04,Trade fair,Fairs 2026,talk
north,2026-01-06,E-mail,A letter with a very long name that nobody would ever read to its end,newsletter
west,2026-01-05,E-mail,,newsletter
west,,Referral,,
"""
WIDTHS = (320, 360, 768, 1280)


@pytest.fixture
def workspace(workspace: Workspace) -> Workspace:
    """With an Odoo that was connected as well, and a file of touches."""
    space = replace(workspace, vault=Vault([Fernet.generate_key().decode()]))
    with space.database.writing.begin() as session:
        row = Connection(name="crm", kind="odoo", settings={"address": "https://crm.example"}, created_at=NOW)
        session.add(row)
        session.flush()
        put_secret(session, space.open_vault(), row.id, "secret", "thirty-two letters of a shared secret", NOW)
    import_touches(space, None, Sent("sheet.csv", TOUCHES))
    set_goal(space, None, MatchedBy.KIND, "newsletter", "search")
    return space


@pytest.fixture
def address(demo_app: Flask, page: Pages) -> Iterator[str]:
    """Pages close before their server does: what one is still loading then is no complaint."""
    with served(demo_app) as found:
        yield found
        page.close()


@pytest.fixture
def busy(ana: Browser, deal: Callable[[str], str], meeting: Callable[..., str]) -> str:
    """A deal with a logged meeting, the buyer's words, a planned and an overdue meeting; its public id."""
    north = deal("north")
    meeting("north", NOW + timedelta(hours=5), "framing")
    meeting("south", NOW - timedelta(days=1))
    page = ana.get(f"/deals/{north}/log/new").text
    logged = ana.post(
        f"/deals/{north}/log/new",
        filled(
            page,
            {
                "evidence_routes_named-given": "y",
                "evidence_routes_named-words": "Nothing, alone, or with you.",
                "answer_5-words": "One plan a week, by June.",
                "felt": "confident",
                "effect": "strengthened",
                "note": "A good hour.",
            },
        ),
    )
    assert logged.status_code == 303, logged.text
    step = {"text": "Send the draft", "side": "us", "who": "Ana", "due_on": "2026-02-27"}
    assert ana.post(f"/deals/{north}/plan", step).status_code == 303
    return north


@pytest.fixture
def recap(ana: Browser, busy: str, workspace: Workspace) -> tuple[str, str]:
    """The salesperson's and the buyer's page of a recap that was sent."""
    with workspace.database.reading() as session:
        held = session.scalars(select(Meeting.public_id).filter_by(state="held")).one()
    path = f"/deals/{busy}/meetings/{held}/recap"
    ana.post(path, {"keep_0": "1", "keep_1": "1", "keep_2": "1", "greeting": "Hello", "language": "en"})
    link = re.search(r'value="http://localhost(/recap/\w+)"', ana.get(path).text)
    assert link
    return path, link[1]


def enter(page: Page, role: Role) -> None:
    page.goto("/sign-in")
    page.locator(f"form:has(input[value={role.value}]) button").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


@pytest.fixture
def person(max_: Browser, busy: str) -> str:
    """The page of everything held about the contact of that deal."""
    found = re.search(r'href="(/privacy/people/\w+)"', max_.get("/privacy?q=bo+north").text)
    assert found
    return found[1]


def paths(deal: str, planned: str, recap: tuple[str, str], person: str) -> list[tuple[Role, str]]:
    return [
        (Role.SALESPERSON, "/"),
        (Role.SALESPERSON, "/deals"),
        (Role.SALESPERSON, "/deals?q=nothing+like+it"),
        (Role.SALESPERSON, f"/deals/{deal}"),
        (Role.SALESPERSON, f"/deals/{deal}/meeting/discovery"),
        (Role.SALESPERSON, f"/deals/{deal}/prepare/framing"),
        (Role.SALESPERSON, f"/deals/{deal}/present/framing"),
        (Role.SALESPERSON, f"/deals/{deal}/present/framing?notes="),
        (Role.SALESPERSON, f"/deals/{deal}/converse/framing"),
        (Role.SALESPERSON, f"/deals/{deal}/plan"),
        (Role.SALESPERSON, recap[0]),
        (Role.SALESPERSON, recap[1]),
        (Role.SALESPERSON, f"/deals/{deal}/log/{planned}"),
        (Role.SALESPERSON, f"/deals/{deal}/log/new?went=back"),
        (Role.SALESPERSON, "/radar"),
        (Role.SALESPERSON, "/account"),
        (Role.ADMIN, "/conversion"),
        (Role.ADMIN, "/conversion?from=nonsense"),
        (Role.ADMIN, "/conversion/stage?stage=problem&compare=owner"),
        (Role.ADMIN, "/conversion/flow"),
        (Role.ADMIN, "/conversion/months?stage=search"),
        (Role.ADMIN, "/conversion/now"),
        (Role.ADMIN, "/conversion/now/deals?stage=search"),
        (Role.ADMIN, "/conversion/meetings?stage=search"),
        (Role.ADMIN, "/radar?alert=back"),
        (Role.ADMIN, "/radar/returns"),
        (Role.ADMIN, "/radar/returns?from=nonsense"),
        (Role.ADMIN, "/radar/returns/deals?stage=select"),
        (Role.ADMIN, "/radar/moments"),
        (Role.ADMIN, "/radar/moments/meetings?in=problem"),
        (Role.MANAGER, "/conversion/rule"),
        (Role.SALESPERSON, "/conversion/mine"),
        (Role.ADMIN, "/conversion/deals?stage=problem&figure=naive"),
        (Role.ADMIN, "/conversion/deals?stage=problem&figure=reached"),
        (Role.ADMIN, "/journey"),
        (Role.ADMIN, "/journey?level=line"),
        (Role.ADMIN, "/journey?level=all&persona=director"),
        (Role.ADMIN, "/journey/search"),
        (Role.ADMIN, "/journey/search/deals?of=evidence+routes_named"),
        (Role.ADMIN, "/journey/touchpoints"),
        (Role.ADMIN, "/connections"),
        (Role.ADMIN, "/connections/csv"),
        (Role.ADMIN, "/team"),
        (Role.ADMIN, "/first-steps"),
        (Role.SALESPERSON, "/first-steps"),
        (Role.ADMIN, "/connections/company/stages"),
        (Role.ADMIN, "/connections/crm/add-on"),
        (Role.ADMIN, "/privacy"),
        (Role.ADMIN, "/privacy?q=north"),
        (Role.ADMIN, "/privacy?q=nothing+like+it"),
        (Role.ADMIN, person),
        (Role.ADMIN, f"{person}/erase"),
        (Role.ADMIN, "/privacy/retention"),
        (Role.ADMIN, "/privacy/audit"),
        (Role.MANAGER, person),
        (Role.ADMIN, "/journey/personas"),
        (Role.ADMIN, "/journey/persona"),
        (Role.ADMIN, "/journey/personas/operations"),
        (Role.ADMIN, "/journey/canvas?persona=director"),
        (Role.SALESPERSON, "/journey/canvas"),
        (Role.ADMIN, "/brand"),
        (Role.ADMIN, "/journey/touches?stage=problem"),
        (Role.ADMIN, "/journey/touches/deals?stage=problem&by=channel&value=Trade+fair"),
        (Role.ADMIN, "/journey/touches/files"),
        (Role.ADMIN, "/journey/touches/goals"),
        (Role.ADMIN, "/templates"),
        (Role.ADMIN, "/templates/discovery"),
        (Role.ADMIN, "/templates/discovery?view=files"),
        (Role.ADMIN, "/templates/discovery/compare?with="),
        (Role.ADMIN, "/templates/discovery/preview"),
        (Role.MARKETER, "/journey/versions"),
        (Role.MARKETER, "/journey/versions/figure8?stage=1"),
        (Role.MARKETER, "/journey/versions/figure8/preview"),
        (Role.MARKETER, "/journey/versions/figure8/compare"),
        (Role.ADMIN, "/plan"),
        (Role.ADMIN, "/plan/goal"),
        (Role.ADMIN, "/plan/objectives/new?stage=search"),
        (Role.ADMIN, "/plan/actions"),
        (Role.ADMIN, "/plan/actions/new?stage=search"),
        (Role.ADMIN, "/plan/actions/calendar"),
        (Role.ADMIN, "/plan/week"),
    ]


@pytest.mark.parametrize(("language", "dark"), [("en", False), ("fr", True)])
def test_axe_finds_nothing_on_any_page_and_nothing_overflows(
    workspace: Workspace,
    page: Pages,
    address: str,
    busy: str,
    recap: tuple[str, str],
    person: str,
    language: str,
    dark: bool,
) -> None:
    with workspace.database.writing.begin() as session:
        session.execute(update(UserAccount).values(language=language))
        planned = session.scalars(select(Meeting.public_id).filter_by(state="planned", template="framing")).one()
    tolerated = ("status of 422", "status of 404")
    opened = page(base_url=address, locale=f"{language}-FR", dark=dark, tolerated=tolerated)
    found = look(opened, "/sign-in") + look(opened, "/not-signed-in/nothing")
    role: Role | None = None
    for wanted, path in paths(busy, planned, recap, person):
        if role is not wanted:
            opened.context.clear_cookies()
            enter(opened, wanted)
            role = wanted
        found += look(opened, path)
    assert found == []


def look(page: Page, path: str) -> list[str]:
    """What is wrong with a page at any width."""
    page.goto(path)
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        found += [f"{path} at {width}: wider than the screen by {over}"] if over > 0 else []
        found += [f"{path} at {width}: {fault}" for fault in axe(page)]
    return found


def test_a_newcomer_gets_from_the_door_to_a_logged_meeting_in_six_taps_and_a_sentence(
    page: Pages, address: str, deal: Callable[[str], str], meeting: Callable[..., str], workspace: Workspace
) -> None:
    meeting("south", NOW - timedelta(hours=1))
    phone = page(width=360, height=780, base_url=address)
    enter(phone, Role.SALESPERSON)
    phone.get_by_role("link", name="Log –").first.click()
    phone.get_by_label("States the problem in their own words").check()
    phone.get_by_label("In their words").first.fill("We lose a day every Monday.")
    phone.get_by_label("Keen").check()
    phone.get_by_label("Strengthened").check()
    phone.get_by_label("Moved on").check()
    phone.get_by_label("In 1 week, ").check()
    phone.get_by_role("button", name="Save").click()
    expect(phone.get_by_role("status").first).to_contain_text("The buyer went from “Problem” to “Search”")
    expect(phone.get_by_text("We lose a day every Monday.")).to_be_attached()
    with workspace.database.reading() as session:
        assert session.scalar(select(LogDraft.id)) is None


def test_what_is_typed_is_on_the_server_before_anybody_saves(
    page: Pages, address: str, deal: Callable[[str], str]
) -> None:
    south = deal("south")
    laptop, phone = page(base_url=address), page(width=360, base_url=address)
    enter(laptop, Role.SALESPERSON)
    laptop.goto(f"/deals/{south}/log/new")
    laptop.get_by_label("Note for yourself").fill("Typed, then the lid was shut.")
    expect(laptop.get_by_text("Draft kept")).to_be_visible(timeout=3000)
    enter(phone, Role.SALESPERSON)
    phone.goto(f"/deals/{south}/log/new")
    expect(phone.get_by_label("Note for yourself")).to_have_value("Typed, then the lid was shut.")


def test_leaving_the_page_at_once_keeps_the_draft(
    page: Pages, address: str, deal: Callable[[str], str], workspace: Workspace
) -> None:
    path = f"/deals/{deal('south')}/log/new"
    laptop = page(base_url=address)
    enter(laptop, Role.SALESPERSON)
    laptop.goto(path)
    laptop.get_by_label("Note for yourself").fill("Gone in a blink.")
    laptop.goto("/deals")
    for _ in range(50):  # the browser sends it in its own time, up to five seconds here
        with workspace.database.reading() as session:
            if session.scalar(select(LogDraft.id)):
                break
        laptop.wait_for_timeout(100)
    laptop.goto(path)
    expect(laptop.get_by_label("Note for yourself")).to_have_value("Gone in a blink.")


def test_going_back_asks_only_what_changed(page: Pages, address: str, deal: Callable[[str], str]) -> None:
    laptop = page(base_url=address)
    enter(laptop, Role.SALESPERSON)
    laptop.goto(f"/deals/{deal('north')}")
    laptop.get_by_role("link", name="The buyer went back").click()
    expect(laptop.get_by_label("What changed, in the buyer’s words")).to_be_visible()
    expect(laptop.get_by_text("How the buyer felt")).to_be_hidden()
    expect(laptop.get_by_label("Note for yourself")).to_be_hidden()


def test_without_javascript_a_meeting_is_logged_all_the_same(
    page: Pages, address: str, deal: Callable[[str], str]
) -> None:
    plain = page(base_url=address, javascript=False)
    enter(plain, Role.SALESPERSON)
    plain.goto(f"/deals/{deal('south')}/log/new")
    plain.get_by_label("Note for yourself").fill("Typed without any script.")
    plain.get_by_role("button", name="Save").click()
    expect(plain.get_by_text("Typed without any script.")).to_be_visible()


def test_a_wrong_field_takes_the_focus_to_the_summary_and_from_there_to_the_field(
    page: Pages, address: str, deal: Callable[[str], str]
) -> None:
    laptop = page(base_url=address, tolerated=("status of 422",))
    enter(laptop, Role.SALESPERSON)
    laptop.goto(f"/deals/{deal('south')}/log/new")
    laptop.get_by_label("On a day").check()
    laptop.get_by_role("button", name="Save").click()
    summary = laptop.get_by_role("alert")
    expect(summary).to_be_focused()
    laptop.keyboard.press("Tab")
    laptop.keyboard.press("Enter")
    field = laptop.locator("#next_at")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_attribute("aria-describedby", "next_at-error")
