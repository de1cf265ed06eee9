"""Of several journeys one is looked at: what leads on from there stays with it, and my day looks at all of them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select

from plugin.library.journeys import load_journey, shipped_journeys
from plugin.services.journey_use import By, Origin, follow, put_in_use
from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from plugin.store.tables import CrmPipeline
from tests.web.conftest import Browser

PAGES = ("/journey", "/plan", "/plan/actions", "/plan/week", "/radar", "/radar/returns", "/radar/moments")


@pytest.fixture
def two_journeys(workspace: Workspace) -> None:
    put_in_use(workspace, load_journey(shipped_journeys()["aida"]), Origin.SHIPPED, By())


@pytest.fixture
def followed(workspace: Workspace, two_journeys: None) -> None:
    workspace.look_again()
    with workspace.database.reading() as session:
        pipeline = session.scalars(select(CrmPipeline.id)).one()
    follow(workspace.now(), pipeline, "aida", By())


@pytest.fixture
def mia(signed_in: Callable[[Role], Browser]) -> Browser:
    return signed_in(Role.MARKETER)


@pytest.mark.parametrize("path", PAGES)
def test_links_and_forms_stay_with_the_journey_that_was_chosen(followed: None, mia: Browser, path: str) -> None:
    page = mia.get(f"{path}?journey=aida")
    assert page.status_code == 200
    main = page.text.partition("<main")[2]
    assert 'aria-current="true">AIDA' in main
    assert f'href="{path}?journey=figure8"' in main, "the way to the other one"
    filters = [form for form in main.split("<form") if 'method="get"' in form.partition(">")[0]]
    assert all('name="journey"' in form.partition("</form>")[0] for form in filters)


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_said_of_journeys_where_there_is_only_one(mia: Browser, path: str) -> None:
    assert "journey-choice" not in mia.get(path).text


@pytest.mark.parametrize("path", PAGES)
def test_a_journey_that_a_pipeline_follows_can_be_chosen(followed: None, mia: Browser, path: str) -> None:
    assert f'href="{path}?journey=aida"' in mia.get(path).text


@pytest.mark.parametrize("path", PAGES)
def test_a_journey_that_nobody_follows_is_no_choice(two_journeys: None, mia: Browser, path: str) -> None:
    assert "journey-choice" not in mia.get(path).text


def test_my_day_looks_at_all_journeys(ana: Browser, followed: None) -> None:
    assert "2 open deals" in ana.get("/").text


def test_an_action_of_another_journey_opens_from_its_own_plan(two_journeys: None, mia: Browser) -> None:
    mia.get("/plan/actions/new?journey=aida")
    fields = {"title": "A poster", "stage": "attention", "team": "marketing", "kind": "content", "status": "planned"}
    made = mia.post("/plan/actions/new?journey=aida", fields)
    assert made.status_code == 303, made.text
    page = mia.get("/plan/actions?journey=aida").text
    (action,) = set(re.findall(r'href="(/plan/actions/[0-9a-f]{32}\?journey=aida)"', page))
    assert "A poster" in mia.get(action).text
    plan = mia.get("/plan/actions").text
    assert "A poster" not in plan
    assert 'href="/plan/actions?journey=aida"' in plan, "what is planned for it can be found"
