"""What a CRM says is hostile: lists, spreadsheets and files to take away carry it as words."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import pytest
from pptx import Presentation

from plugin.services.deck_pdf import pdf_available
from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from tests.hostile.portions import of_the_crm
from tests.hostile.shape import Shape, kept, letters
from tests.web.conftest import Browser

# A spreadsheet runs what begins so, whatever white space stands before it.
FORMULA = re.compile(r"\s*[=+\-@＝＋－＠\t\r]")
FILE_NAME = re.compile(r'attachment; filename="[A-Za-z0-9_.-]{1,90}\.(pptx|pdf|csv)"')
ON_ONE_ENGINE = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)


def test_every_list_says_them(company: Workspace, signed_in: Callable[[Role], Browser]) -> None:
    admin = signed_in(Role.ADMIN)
    shapes = [Shape(admin.get(f"/deals?state=all&page={number}").text) for number in (1, 2)]
    said = " ".join(shape.text for shape in shapes)
    assert [text for told in of_the_crm() for text in told[:3] if kept(text) not in said] == []
    radar = ("/radar", "/radar?page=2", "/radar/returns", "/radar/moments")
    for path in ("/conversion", "/conversion/deals?stage=search&figure=entered", "/connections", *radar):
        page = admin.get(path)
        assert page.status_code == 200
        shapes.append(Shape(page.text))
    assert [address for shape in shapes for address in shape.unsafe_addresses()] == []
    assert {tag for shape in shapes for tag, _ in shape.tags} & {"script", "style", "iframe"} == {"script"}
    assert all(attributes == ("defer", "src") for shape in shapes for tag, attributes in shape.tags if tag == "script")


def test_my_day_and_the_choices_of_a_report_say_them(company: Workspace, ana: Browser, max_: Browser) -> None:
    """The sources of all deals are offered; the deals that stand still are on the first page."""
    offered = Shape(max_.get("/conversion").text)
    assert offered.lost([text for told in of_the_crm() for text in told[4:5]]) == []
    for told in of_the_crm()[:3]:
        asked = {"source": told[4]}
        assert max_.get("/conversion", query_string=asked).status_code == 200
        deals = max_.get("/conversion/deals", query_string={**asked, "stage": "search", "figure": "entered"})
        assert Shape(deals.text).lost([told[1]]) == []
    assert Shape(ana.get("/").text).unsafe_addresses() == []


def test_touches_say_them_and_open_onto_their_deals(company: Workspace, max_: Browser) -> None:
    asked = {"stage": "problem", "by": "campaign"}
    page = Shape(max_.get("/journey/touches", query_string=asked).text)
    assert page.lost([told[6] for told in of_the_crm()]) == []
    assert page.unsafe_addresses() == []
    for told in of_the_crm()[:3]:
        deals = Shape(max_.get("/journey/touches/deals", query_string={**asked, "value": told[6].strip()}).text)
        assert deals.lost([told[1], told[6]]) == []
        assert deals.unsafe_addresses() == []


def test_a_spreadsheet_says_them_and_runs_none(company: Workspace, max_: Browser) -> None:
    answer = max_.get("/conversion/deals.csv?stage=search&figure=entered")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    cells = [cell for row in rows[1:] for cell in row]
    assert [cell for cell in cells if FORMULA.match(cell)] == []
    said = {kept(cell.removeprefix("'")) for cell in cells}
    assert [
        text for told in of_the_crm() for text in told[:2] if kept(text.strip().removeprefix("'")) not in said
    ] == []


@ON_ONE_ENGINE
def test_a_deck_is_made_for_whoever_goes_by_such_a_name(
    company: Workspace, ana: Browser, deal: Callable[[str], str]
) -> None:
    for number, told in enumerate(of_the_crm()):
        answer = ana.get(f"/deals/{deal(f'h{number}')}/meeting/framing/deck.pptx")
        assert FILE_NAME.fullmatch(answer.headers["Content-Disposition"])
        slide = Presentation(io.BytesIO(answer.data)).slides[0]
        assert letters(told[1]) in letters(slide.placeholders[1].text_frame.text)


@ON_ONE_ENGINE
@pytest.mark.skipif(not pdf_available(), reason="WeasyPrint, an extra, is not here")
def test_a_pdf_is_made_for_whoever_goes_by_such_a_name(
    company: Workspace, ana: Browser, deal: Callable[[str], str]
) -> None:
    for number in range(0, len(of_the_crm()), 9):
        answer = ana.get(f"/deals/{deal(f'h{number}')}/meeting/framing/deck.pdf")
        assert answer.data.startswith(b"%PDF-")
        assert FILE_NAME.fullmatch(answer.headers["Content-Disposition"])
