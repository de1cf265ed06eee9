"""What a new company is told, until its deals come in and afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select, update

from plugin.services.accounts import add_user, disable_user
from plugin.services.first_steps import Step, first_steps
from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from plugin.store.database import Database
from plugin.store.tables import Action, Base, CompanyGoal, Connection, Deal, MapNote, Objective, StoredPersona
from tests.web.conftest import NOW, PEOPLE, Browser

KEPT = {"user_account", "user_session", "persona", "persona_set"}
LANDING = {
    Role.SALESPERSON: ("/", "/conversion/mine", "/deals", "/radar"),
    Role.MARKETER: ("/conversion", "/deals", "/radar"),
    Role.MANAGER: ("/conversion", "/conversion/mine", "/deals", "/radar"),
    Role.ADMIN: ("/conversion", "/conversion/mine", "/deals", "/radar"),
}


@pytest.fixture
def empty(workspace: Workspace) -> Database:
    """The company before anything was connected: its people alone."""
    with workspace.database.writing.begin() as session:
        for table in reversed(Base.metadata.sorted_tables):
            if table.name not in KEPT:
                session.execute(table.delete())
    return workspace.database


@pytest.mark.parametrize("role", [*Role])
def test_the_landing_pages_say_what_to_do_while_no_deal_has_come_in(
    empty: Database, signed_in: Callable[[Role], Browser], role: Role
) -> None:
    browser = signed_in(role)
    for path in LANDING[role]:
        page = browser.get(path).text
        assert "<h1>First steps</h1>" in page, path
        assert "not enough data" not in page


@pytest.mark.parametrize("role", [Role.SALESPERSON, Role.MARKETER, Role.MANAGER])
def test_who_may_not_connect_is_told_whom_to_ask(
    empty: Database, signed_in: Callable[[Role], Browser], role: Role
) -> None:
    page = signed_in(role).get("/first-steps").text
    assert f"Only an administrator can connect it: ask Ada ({PEOPLE[Role.ADMIN]})." in page
    assert 'href="/connections"' not in page


def test_an_administrator_is_led_to_the_connections(empty: Database, signed_in: Callable[[Role], Browser]) -> None:
    page = signed_in(Role.ADMIN).get("/first-steps").text
    assert 'class="button primary" href="/connections"' in page
    assert "Only an administrator" not in page


def test_a_closed_administrator_is_nobody_to_ask(
    workspace: Workspace, empty: Database, signed_in: Callable[[Role], Browser]
) -> None:
    with empty.writing.begin() as session:
        gone = add_user(session, "gone@seller.example", "Gone", Role.ADMIN, NOW)
        disable_user(session, gone, NOW)
    assert "gone@seller.example" not in signed_in(Role.MANAGER).get("/first-steps").text


def test_who_may_not_take_a_step_is_told_who_may(empty: Database, ana: Browser) -> None:
    page = ana.get("/first-steps").text
    assert page.count("A marketer, a manager or an administrator does it.") == 5
    assert 'href="/journey/personas"' not in page


def test_every_link_opens_for_whom_it_is_shown(
    workspace: Workspace, empty: Database, signed_in: Callable[[Role], Browser]
) -> None:
    for role in Role:
        browser = signed_in(role)
        page = browser.get("/first-steps").text
        links = re.findall(r'class="button(?: primary)?" href="([^"]+)"', page)
        assert [browser.get(link).status_code for link in links] == [200] * len(links)


def test_each_step_is_ticked_by_what_it_leaves(workspace: Workspace, empty: Database) -> None:
    def done() -> set[Step]:
        with empty.reading() as session:
            return set(first_steps(session).done)

    assert done() == set()
    about = {"journey": "figure8", "stage": "search"}
    days = {"first_on": date(2026, 3, 1), "last_on": date(2026, 6, 1)}
    traces = {
        Step.MAP: MapNote(public_id="1" * 32, kind="doing", text="Asks around", written_at=NOW, **about),
        Step.GOAL: CompanyGoal(text="Twenty customers", changed_at=NOW),
        Step.OBJECTIVE: Objective(
            public_id="2" * 32, share=40, within_days=30, teams=[], created_at=NOW, changed_at=NOW, **about, **days
        ),
        Step.ACTION: Action(
            public_id="3" * 32,
            team="sales",
            kind="other",
            title="Call",
            status="planned",
            created_at=NOW,
            changed_at=NOW,
            **about,
        ),
    }
    for step, row in traces.items():
        before = done()
        with empty.writing.begin() as session:
            session.add(row)
        assert done() - before == {step}


def test_personas_that_nobody_touched_are_not_described_and_a_note_withdrawn_is_none(
    workspace: Workspace, empty: Database, signed_in: Callable[[Role], Browser]
) -> None:
    with empty.writing.begin() as session:
        session.add(
            MapNote(
                public_id="1" * 32,
                journey="figure8",
                stage="search",
                kind="doing",
                text="x",
                written_at=NOW,
                withdrawn_at=NOW,
            )
        )
        assert session.scalars(select(StoredPersona.id)).all()
    with empty.reading() as session:
        assert first_steps(session).done == set()
    with empty.writing.begin() as session:
        session.execute(update(StoredPersona).values(changed_by=1))
    with empty.reading() as session:
        assert first_steps(session).done == {Step.PERSONAS}


def test_what_is_connected_and_brought_nothing_yet_is_said(
    workspace: Workspace, empty: Database, signed_in: Callable[[Role], Browser]
) -> None:
    admin = signed_in(Role.ADMIN)
    assert "Something is connected already" not in admin.get("/first-steps").text
    with empty.writing.begin() as session:
        session.add(Connection(name="crm", kind="csv", settings={}, created_at=NOW))
    assert "Something is connected already" in admin.get("/first-steps").text


def test_the_landing_pages_are_themselves_once_a_deal_came_even_if_it_is_gone(
    workspace: Workspace, signed_in: Callable[[Role], Browser]
) -> None:
    with workspace.database.writing.begin() as session:
        session.execute(update(Deal).values(gone_at=NOW))
    browser = signed_in(Role.ADMIN)
    for path in LANDING[Role.ADMIN]:
        assert "<h1>First steps</h1>" not in browser.get(path).text, path
    page = browser.get("/first-steps").text
    assert "1 of 7 steps are done" in page


def test_the_account_page_leads_back_to_them(ana: Browser) -> None:
    assert 'href="/first-steps"' in ana.get("/account").text
