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
