"""A company without a deal: each page says so, and who can connect the CRM."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import unescape

import pytest
from sqlalchemy import update

from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from plugin.store.tables import Deal
from tests.web.conftest import NOW, Browser

NO_DEALS = "There are no deals here yet"
WHO = "Who can connect the CRM: Ada"


@pytest.fixture
def mia(signed_in: Callable[[Role], Browser]) -> Browser:
    return signed_in(Role.MARKETER)


@pytest.fixture
def empty(workspace: Workspace) -> None:
    with workspace.database.writing.begin() as session:
        session.execute(update(Deal).values(gone_at=NOW))


def words(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def test_a_file_of_touches_finds_no_deal_and_says_why(empty: None, mia: Browser) -> None:
    before = words(mia.get("/journey/touches/files").text)
    assert NO_DEALS in before
    assert WHO in before
    sheet = {"file": (io.BytesIO(b"deal;channel\nD1;Fair\n"), "sheet.csv"), "dates": "iso"}
    after = words(mia.post("/journey/touches/files", sheet).text)
    assert after.index(NO_DEALS) < after.index("What “sheet.csv” would add")


def test_where_deals_are_nothing_is_said_of_it(mia: Browser) -> None:
    assert NO_DEALS not in mia.get("/journey/touches/files").text


def test_who_can_connect_is_given_the_way_there(empty: None, signed_in: Callable[[Role], Browser]) -> None:
    page = signed_in(Role.ADMIN).get("/journey/touches/files").text
    assert WHO not in words(page)
    assert "Connect a CRM" in page


@pytest.mark.parametrize("path", ["/radar", "/radar/returns?from=2026-02-20", "/radar/moments"])
def test_the_radar_says_that_no_deal_came_in_and_leads_to_no_empty_list(empty: None, max_: Browser, path: str) -> None:
    page = max_.get(path).text
    main = page.partition("<main")[2]
    assert "No deal has come in yet" in main
    assert WHO in words(main)
    assert 'class="button" href="/deals"' not in main


def test_a_salesperson_is_not_told_that_only_their_own_deals_lack(empty: None, ana: Browser) -> None:
    page = words(ana.get("/radar").text)
    assert WHO in page
    assert "No deal is yours yet" not in page


def test_a_rule_tried_on_no_deals_says_so(empty: None, mia: Browser) -> None:
    tried = {"name_en": "Night shift", "type": "user", "of": "any", "wish": "preview"}
    page = words(mia.post("/journey/persona", tried).text)
    assert "there is none to try this rule on" in page
    assert WHO in page
