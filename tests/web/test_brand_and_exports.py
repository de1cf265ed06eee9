"""The company's look, and the slides to take away."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image
from pptx import Presentation

from plugin.services.deck_pdf import pdf_available
from plugin.services.viewer import Role
from tests.web.conftest import Browser


def png(size: tuple[int, int] = (40, 20)) -> io.BytesIO:
    written = io.BytesIO()
    Image.new("RGB", size, "green").save(written, "PNG")
    written.seek(0)
    return written


@pytest.fixture
def max_(signed_in: Callable[[Role], Browser]) -> Browser:
    browser = signed_in(Role.MANAGER)
    browser.get("/brand")
    return browser


def test_a_colour_and_a_logo_reach_the_slides(max_: Browser, ana: Browser, deal: Callable[[str], str]) -> None:
    assert max_.post("/brand", {"accent": "#7A2048", "theme": "night"}).status_code == 303
    sent = {"logo": (png(), "Our Logo.png")}
    assert max_.post("/brand/logo", sent, content_type="multipart/form-data").status_code == 303
    assert "--deck-on-accent" in ana.get("/brand.css").text
    page = ana.get(f"/deals/{deal('south')}/present/discovery").text
    assert 'class="deck is-night"' in page
    address = page.partition('src="/brand/logo/')[2].partition('"')[0]
    logo = ana.get(f"/brand/logo/{address}")
    assert (logo.mimetype, logo.headers["Cache-Control"]) == ("image/png", "private, immutable, max-age=31536000")
    max_.get("/brand")
    max_.post("/brand/logo", {"remove": "1"})
    assert "/brand/logo/" not in ana.get(f"/deals/{deal('south')}/present/discovery").text


@pytest.mark.parametrize(
    ("form", "complaint"),
    [
        ({"accent": "#ffee88", "theme": "paper"}, "too pale"),
        ({"accent": "red;}body{display:none", "theme": "paper"}, "six digits"),
        ({"accent": "#0f5e63", "theme": "pink"}, "Not a valid choice"),
    ],
)
def test_a_look_that_cannot_be_is_refused_and_told(max_: Browser, form: dict[str, str], complaint: str) -> None:
    answer = max_.post("/brand", form)
    assert answer.status_code == 422
    assert complaint in answer.text
    assert "#0f5e63" in max_.get("/brand.css").text


@pytest.mark.parametrize("data", [b"", b"<svg onload=alert(1)>", b"GIF89a", b"x" * 9_000_000])
def test_a_file_that_is_no_picture_is_no_logo(max_: Browser, data: bytes) -> None:
    sent = {"logo": (io.BytesIO(data), "logo.png")}
    answer = max_.post("/brand/logo", sent, content_type="multipart/form-data")
    assert answer.status_code in {413, 422}
    assert "/brand/logo/" not in max_.get("/brand").text.replace('action="/brand/logo"', "")


def test_the_slides_go_along_as_powerpoint(ana: Browser, deal: Callable[[str], str]) -> None:
    answer = ana.get(f"/deals/{deal('south')}/meeting/discovery/deck.pptx")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Company_south_Discovery.pptx"'
    titles = [slide.shapes.title.text for slide in Presentation(io.BytesIO(answer.data)).slides]
    assert titles[0] == "Discovery"
    assert len(titles) == 6


def test_the_slides_go_along_as_pdf_where_that_can_be_made(ana: Browser, deal: Callable[[str], str]) -> None:
    answer = ana.get(f"/deals/{deal('south')}/meeting/discovery/deck.pdf")
    page = ana.get(f"/deals/{deal('south')}/present/discovery").text
    assert (answer.status_code == 200) is pdf_available()
    assert ("deck.pdf" in page) is pdf_available()
    if pdf_available():
        assert answer.data.startswith(b"%PDF-")


def test_a_deck_of_somebody_elses_deal_is_out_of_reach(
    ana: Browser, deal: Callable[[str], str], give_away: Callable[[], None]
) -> None:
    give_away()
    for ending in ("pptx", "pdf"):
        assert ana.get(f"/deals/{deal('south')}/meeting/discovery/deck.{ending}").status_code == 404
