"""A meeting's slides as PowerPoint and PDF: all the words, real shapes, inside the slide, nothing from afar."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from PIL import Image
from pptx import Presentation
from pptx.enum.shapes import PP_PLACEHOLDER

from plugin.domain.canvas import AnswerStatus
from plugin.library.kit import Kit, KitSlide, KnownAnswer, Why, compose, included
from plugin.library.meeting import Picture
from plugin.library.templates import Library
from plugin.services.brand import OURS, WHITE, Theme, accent_fault, contrast, palette_of
from plugin.services.deck_blocks import blocks_of, plain_text
from plugin.services.deck_pdf import pdf_available, pdf_of
from plugin.services.deck_pptx import pptx_of
from plugin.services.uploads import checked_picture
from plugin.store.queries.content import BrandLine, PictureLine

SAID = KnownAnswer("We never know where an order is.", "Karen", datetime(2026, 3, 2, tzinfo=UTC), AnswerStatus.HEARD)
MEETINGS = ("discovery", "framing", "proof", "decision", "kickoff", "value_review", "renewal", "advocate")

RICH = """
## Part

One **bold**, *italic*, ~~struck~~ [link](https://example.com/a) and [none](javascript:alert(1)).

1. first
2. second
   - deeper

> Their own words.

| Left | Right |
|---|--:|
| a | 1 |
| b |  |

![A red square](pictures/red.png)

:::: columns
::: column
Here
:::
::: column
- There
:::
::::
"""


def picture(size: tuple[int, int] = (40, 30), kind: str = "PNG", name: str = "red.png") -> Picture:
    written = io.BytesIO()
    Image.new("RGB", size, "red").save(written, kind)
    return checked_picture(name, written.getvalue())


def deck_of(markdown: str, title: str = "A slide", notes: str = "Say *it*.") -> Kit:
    slide = KitSlide("slide:1", Why.STAGE, True, False, title, "", "", markdown, notes)
    return Kit("k", "search", "en", 60, "v", "A meeting", "", (), (slide,), (), (), (), None)  # type: ignore[arg-type]


def words(markdown: str) -> list[str]:
    return plain_text(markdown).split()


def texts(shapes: object) -> Iterator[str]:
    for shape in shapes:  # type: ignore[attr-defined]
        if shape.has_text_frame:
            yield shape.text_frame.text
        if shape.has_table:
            yield from (cell.text for row in shape.table.rows for cell in row.cells)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("key", MEETINGS)
def test_every_meeting_makes_a_deck_with_all_its_words_inside_its_slides(
    library: Library, key: str, language: str
) -> None:
    template = library.meetings[key]
    kit = compose(template, language, None, template.evidence, {4: SAID}, {"company": "Acme"})
    deck = Presentation(io.BytesIO(pptx_of(kit, {}, None, None, "Acme")))
    slides = list(deck.slides)
    assert [slide.shapes.title.text for slide in slides] == [kit.title, *(one.title for one in included(kit.slides))]
    for slide, content in zip(slides[1:], included(kit.slides), strict=True):
        shown = " ".join(texts(slide.shapes))
        assert [word for word in words(content.markdown) if word.strip("•|123456789.") and word not in shown] == []
        assert words(content.notes_markdown)[0] in slide.notes_slide.notes_text_frame.text
    for slide in slides:
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.left + shape.width <= deck.slide_width
            assert shape.top >= 0
            assert shape.top + shape.height <= deck.slide_height


def test_a_deck_is_made_of_real_parts_that_somebody_can_go_on_with() -> None:
    deck = Presentation(io.BytesIO(pptx_of(deck_of(RICH), {"red.png": picture()}, None, None, "Acme")))
    slide = deck.slides[1]
    kinds = {shape.placeholder_format.type for shape in slide.placeholders}
    assert {PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.OBJECT, PP_PLACEHOLDER.SLIDE_NUMBER} <= kinds
    xml = slide.shapes._spTree.xml
    for mark in ("a:buAutoNum", 'char="•"', 'b="1"', 'i="1"', 'strike="sngStrike"', 'descr="A red square"'):
        assert mark in xml
    assert [rel.target_ref for rel in slide.part.rels.values() if rel.is_external] == ["https://example.com/a"]
    table = next(shape for shape in slide.shapes if shape.has_table).table
    assert [[cell.text for cell in row.cells] for row in table.rows] == [["Left", "Right"], ["a", "1"], ["b", ""]]
    assert slide.notes_slide.notes_text_frame.text == "Say it."
    assert (round(deck.slide_width / deck.slide_height, 2), len(deck.slide_layouts)) == (1.78, 4)


def test_two_columns_of_text_stand_in_the_layout_made_for_them() -> None:
    two = ":::: columns\n::: column\nHere\n:::\n::: column\nThere\n:::\n::::\n"
    slide = Presentation(io.BytesIO(pptx_of(deck_of(two), {}, None, None, ""))).slides[1]
    assert slide.slide_layout.name == "Two Content"
    left, right = [shape for shape in slide.placeholders if shape.placeholder_format.idx in {1, 2}]
    assert (left.text_frame.text, right.text_frame.text) == ("Here", "There")
    assert left.left + left.width < right.left


def test_much_text_is_set_smaller_and_what_xml_cannot_carry_is_dropped() -> None:
    long = "\n\n".join(f"Paragraph {number} " + "word " * 40 for number in range(12)) + "\x00\x0b\ud800 end"
    small, large = (
        Presentation(io.BytesIO(pptx_of(deck_of(text, title="\x01" + "T" * 200), {}, None, None, "\x02"))).slides[1]
        for text in (long, "Short.")
    )
    sizes = [slide.placeholders[1].text_frame.paragraphs[0].runs[0].font.size.pt for slide in (small, large)]
    assert sizes[0] < 14 < sizes[1]
    assert small.placeholders[1].text_frame.text.endswith("end")


def test_a_picture_that_is_gone_leaves_its_description() -> None:
    slide = Presentation(io.BytesIO(pptx_of(deck_of("![A chart](pictures/gone.png)"), {}, None, None, ""))).slides[1]
    assert "A chart" in "".join(texts(slide.shapes))


def test_a_deck_wears_the_brand() -> None:
    logo = picture((200, 60), "WEBP", "logo.webp")
    brand = BrandLine("#7a2048", Theme.COLOUR.value, logo.digest)
    file = pptx_of(deck_of("x"), {}, brand, PictureLine(logo.digest, logo.media_type, logo.data), "Acme")
    theme = next(name for name in zipfile.ZipFile(io.BytesIO(file)).namelist() if "theme/theme1" in name)
    assert b"7A2048" in zipfile.ZipFile(io.BytesIO(file)).read(theme)
    assert b'bg1="accent1"' in zipfile.ZipFile(io.BytesIO(file)).read("ppt/slideMasters/slideMaster1.xml")
    assert [shape.shape_type for shape in Presentation(io.BytesIO(file)).slides[0].shapes if hasattr(shape, "image")]


def test_text_on_the_accent_can_be_read_and_a_pale_accent_is_refused() -> None:
    for accent in ("#7a2048", "#e8a200", OURS):
        palette = palette_of(BrandLine(accent, "paper", None))
        assert contrast(palette.accent, palette.on_accent) >= 4.5
    assert contrast(palette_of(BrandLine("#10203a", "night", None)).accent, "#101314") >= 6
    assert (accent_fault("#ffee88"), accent_fault("red"), accent_fault("#FFF000;}"), accent_fault(OURS)) == (
        "pale",
        "format",
        "format",
        None,
    )
    assert contrast(WHITE, "#000000") == pytest.approx(21)


def test_blocks_keep_the_words_of_everything_that_markdown_can_say() -> None:
    kinds = [type(block).__name__ for block in blocks_of(RICH)]
    assert kinds == ["TextBlock", "TextBlock", "TableBlock", "PictureBlock", "ColumnsBlock"]
    assert plain_text("a  \nb\n\n```\ncode\n```\n").split() == ["a", "b", "code"]


@pytest.mark.parametrize(
    ("name", "data", "complaint"),
    [
        ("a.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "no picture that we can read"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "no picture that we can read"),
        ("a.gif", b"GIF89a" + b"\x00" * 50, "no picture that we can read"),
        ("a.png", b"", "no picture that we can read"),
        ("a.png", b"\x89PNG" * 3_000_000, "larger than"),
    ],
)
def test_what_is_no_picture_is_refused_in_words(name: str, data: bytes, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        checked_picture(name, data)


def test_a_picture_is_written_anew_under_its_real_kind_without_what_was_hidden_in_it() -> None:
    written = io.BytesIO()
    image = Image.new("RGB", (30, 20), "blue")
    exif = image.getexif()
    exif[0x010E] = "a secret place"
    image.save(written, "JPEG", exif=exif)
    kept = checked_picture("../../Etc/Ça va.PNG", written.getvalue() + b"<script>alert(1)</script>")
    assert (kept.name, kept.media_type) == ("a-va.jpg", "image/jpeg")
    assert b"secret" not in kept.data
    assert b"script" not in kept.data
    with pytest.raises(ValueError, match="pixels on a side"):
        picture((4_001, 1))


@pytest.mark.skipif(not pdf_available(), reason="WeasyPrint, an extra, is not here")
def test_a_pdf_has_a_page_for_each_slide_and_fetches_nothing_of_its_own_accord() -> None:
    red = picture()
    html = '<html lang="en"><title>T</title><body><p>One</p><img src="/p/red" alt="red"></body></html>'
    made = pdf_of(html, "@page { size: 100mm 50mm }", {"/p/red": (red.media_type, red.data)})
    assert made.startswith(b"%PDF-")
    assert b"/Subtype /Image" in made
    for address in ("file:///etc/passwd", "http://127.0.0.1:9/x.png"):
        asked = pdf_of(f'<html lang="en"><title>T</title><img src="{address}" alt=""></html>', "", {})
        assert asked.startswith(b"%PDF-")
        assert b"/Subtype /Image" not in asked, "a picture from elsewhere is left out"
