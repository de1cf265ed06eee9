"""The template editor's pages: a marketer changes words, a colleague is not overwritten, nothing typed is lost."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from plugin.services.viewer import Role
from tests.web.conftest import Browser
from tests.web.test_brand_and_exports import png


@pytest.fixture
def mia(signed_in: Callable[[Role], Browser]) -> Browser:
    browser = signed_in(Role.MARKETER)
    browser.get("/templates/discovery")
    return browser


TEXT_AREA = re.compile(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', re.DOTALL)
INPUT = re.compile(r'<input type="(?:hidden|number|text)"[^>]*?name="([^"]+)"[^>]*?value="([^"]*)"')
SELECT = re.compile(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', re.DOTALL)


def fields(page: str) -> dict[str, Any]:
    """What a browser would send of the template's form."""
    form = page.partition('<form class="template-form"')[2].partition("</form>")[0]
    found: dict[str, Any] = {name: unescape(text).removeprefix("\n") for name, text in TEXT_AREA.findall(form)}
    found |= {name: unescape(value) for name, value in INPUT.findall(form)}
    for name, options in SELECT.findall(form):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    for name in ("evidence", "canvas"):
        found[name] = re.findall(rf'name="{name}" value="([^"]+)" checked', form)
    return found


def test_words_are_changed_published_and_in_the_next_kit(
    mia: Browser, ana: Browser, deal: Callable[[str], str]
) -> None:
    typed = fields(mia.get("/templates/discovery").text)
    assert mia.post("/templates/discovery", {**typed, "en.title": "A first look"}).status_code == 303
    page = mia.get("/templates/discovery").text
    assert 'id="faults"' not in page
    assert ">\nA first look</textarea>" in page
    assert "<ins>title: A first look</ins>" in mia.get("/templates/discovery/compare").text
    preview = mia.get(f"/templates/discovery/preview?deal={deal('south')}")
    assert "A first look" in preview.text
    mia.get("/templates/discovery")
    done = mia.post("/templates/discovery/publish", {"revision": "1", "note": "Warmer"})
    assert done.status_code == 303
    assert "A first look" in ana.get(f"/deals/{deal('south')}/meeting/discovery").text
    page = mia.get("/templates/discovery").text
    assert "Warmer" in page
    ours = re.findall(r'name="version" value="([0-9a-f]{12})"', page)
    assert mia.post("/templates/discovery/use", {"version": ours[0]}).status_code == 303
    assert "A first look" not in ana.get(f"/deals/{deal('south')}/meeting/discovery").text


def test_saving_without_a_change_changes_nothing(mia: Browser) -> None:
    assert mia.post("/templates/discovery", fields(mia.get("/templates/discovery").text)).status_code == 303
    assert "Not a word is different." in mia.get("/templates/discovery/compare").text


def test_a_fault_is_told_beside_the_file_and_keeps_what_was_typed(mia: Browser) -> None:
    typed = fields(mia.get("/templates/discovery").text)
    typed["file:en/presentation.md"] = "# Only one\n<b>no</b>\n"
    mia.post("/templates/discovery", typed)
    page = mia.get("/templates/discovery").text
    assert "this presentation has 1 slides" in page
    assert "# Only one\n&lt;b&gt;no&lt;/b&gt;" in page
    assert mia.post("/templates/discovery/publish", {"revision": "1"}).status_code == 422
    assert mia.get("/templates/discovery/preview").status_code == 422


def test_who_saves_second_sees_the_first_ones_words_and_loses_none(
    mia: Browser, signed_in: Callable[[Role], Browser]
) -> None:
    max_ = signed_in(Role.MANAGER)
    mine, theirs = (fields(browser.get("/templates/discovery").text) for browser in (mia, max_))
    mia.post("/templates/discovery", {**mine, "en.title": "Mia's title"})
    answer = max_.post("/templates/discovery", {**theirs, "en.title": "Max's title"})
    assert answer.status_code == 409
    assert "saved meanwhile" in answer.text
    assert "<del>title: Mia&#39;s title</del>" in answer.text
    assert ">\nMax&#39;s title</textarea>" in answer.text
    again = fields(answer.text)
    assert max_.post("/templates/discovery", again).status_code == 303
    assert ">\nMax&#39;s title</textarea>" in mia.get("/templates/discovery").text


def test_a_text_that_is_too_long_is_given_back(mia: Browser) -> None:
    typed = fields(mia.get("/templates/discovery?view=files").text)
    answer = mia.post("/templates/discovery", {**typed, "file:en/presentation.md": "long " * 50_000})
    assert answer.status_code == 422
    assert "at most 200,000 characters" in answer.text
    assert "long long long" in answer.text
    assert mia.post("/templates/discovery", {**typed, "file:../evil.md": "x"}).status_code == 400


def test_items_come_and_go_with_plain_buttons(mia: Browser) -> None:
    before = mia.get("/templates/discovery").text.count('.ask"')
    for _ in range(2):
        mia.post("/templates/discovery", {**fields(mia.get("/templates/discovery").text), "change": "add:questions"})
    assert mia.get("/templates/discovery").text.count('.ask"') == before + 4
    text = mia.get("/templates/discovery?view=files").text
    assert 'name="file:en/script.yaml"' in text


def test_a_picture_is_added_shown_and_taken_away(mia: Browser) -> None:
    sent = {"picture": (png(), "Our chart.png")}
    assert mia.post("/templates/discovery/pictures", sent, content_type="multipart/form-data").status_code == 303
    assert "pictures/our-chart.png" in mia.get("/templates/discovery").text
    assert mia.get("/templates/discovery/draft/pictures/our-chart.png").mimetype == "image/png"
    assert mia.get("/templates/discovery/draft/pictures/nothing.png").status_code == 404
    mia.get("/templates/discovery")
    bad = {"picture": (io.BytesIO(b"<svg onload=alert(1)>"), "x.png")}
    assert mia.post("/templates/discovery/pictures", bad, content_type="multipart/form-data").status_code == 422
    mia.get("/templates/discovery")
    mia.post("/templates/discovery/pictures", {"remove": "our-chart.png"})
    assert "our-chart.png" not in mia.get("/templates/discovery").text


def test_a_template_goes_out_and_comes_in_as_a_folder(mia: Browser) -> None:
    out = mia.get("/templates/discovery/export.zip")
    assert out.mimetype == "application/zip"
    mia.get("/templates")
    sent = {"zip": (io.BytesIO(out.data), "x.zip")}
    assert mia.post("/templates/import", sent, content_type="multipart/form-data").status_code == 303
    assert "Not a word is different." in mia.get("/templates/discovery/compare").text
    mia.get("/templates")
    bad = {"zip": (io.BytesIO(b"no zip"), "x.zip")}
    assert "no .zip file" in mia.post("/templates/import", bad, content_type="multipart/form-data").text


def test_a_copy_needs_a_key_that_is_free(mia: Browser) -> None:
    mia.post("/templates/discovery/copy", {"key": "framing"})
    assert "can’t be a new key" in mia.get("/templates/discovery").text
    mia.post("/templates/discovery/copy", {"key": "short look"})
    assert mia.get("/templates/short_look").status_code == 200
    mia.post("/templates/short_look/discard")
    assert mia.get("/templates/short_look").status_code == 404
