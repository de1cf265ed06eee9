"""A marketer sends a file of touches on a phone, sees what it would add, adds it, and tries a goal out."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import expect
from werkzeug.serving import make_server

from tests.browser import Pages, axe

pytestmark = pytest.mark.browser

SHEET = "deal;date;channel;kind\nnorth;04/01/2026;Fair;talk\nsouth;10/01/2026;E-mail;newsletter\nnobody;;Fair;\n"


@pytest.fixture
def address(demo_app: Flask) -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, demo_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


def test_from_a_sheet_to_shares_and_a_goal(page: Pages, address: str, tmp_path: Path) -> None:
    sheet = tmp_path / "fairs.csv"
    sheet.write_text(SHEET, encoding="utf-8")
    phone = page(width=360, height=780, base_url=address, tolerated=("status of 422",))
    phone.goto("/sign-in")
    phone.locator("form:has(input[value=marketer]) button").click()
    phone.wait_for_url(lambda url: "/sign-in" not in url)
    phone.goto("/journey/touches")
    phone.get_by_role("link", name="Send a file of touches").click()
    phone.get_by_label("A sheet, saved as CSV").set_input_files(sheet)
    phone.get_by_role("button", name="Look at it first").click()
    expect(phone.get_by_text("is no date of the form that you chose").first).to_be_visible()
    phone.get_by_label("Dates in it").select_option("day_first")
    phone.get_by_role("button", name="Read the dates like this").click()
    expect(phone.get_by_text("No deal and no contact goes by “nobody”")).to_be_visible()
    assert axe(phone) == []
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    phone.get_by_role("button", name="Add 2 touches").click()
    expect(phone.get_by_role("status").first).to_contain_text("2 touches were added.")
    phone.goto("/journey/touches?stage=problem")
    phone.get_by_role("link", name="Fair").click()
    expect(phone.get_by_role("link", name="Company north")).to_be_visible()
    phone.goto("/journey/touches/goals")
    phone.get_by_label("Word", exact=True).fill("newsletter")
    phone.get_by_role("button", name="How many deals would it move?").click()
    expect(phone.get_by_role("status").first).to_contain_text("1 deal would pass by it.")
    assert axe(phone) == []
    phone.get_by_role("button", name="Let it hold").click()
    expect(phone.get_by_role("status").first).to_contain_text("The passage holds.")
