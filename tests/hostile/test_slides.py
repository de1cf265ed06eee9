"""Hostile words in a presentation stay words: as HTML, as PowerPoint, as PDF."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import cycle

import pytest
from lxml import etree
from pptx import Presentation

from plugin.domain.canvas import AnswerStatus
from plugin.library.folders import shipped_folder
from plugin.library.kit import Kit, KitSlide, KnownAnswer, Why, compose
from plugin.library.markdown import ATTRIBUTES, TAGS, read, render
from plugin.library.meeting import MeetingTemplate
from plugin.library.placeholders import FALLBACKS, fill, fill_markdown
from plugin.library.templates import Library
from plugin.services.deck_blocks import plain_text
from plugin.services.deck_pdf import pdf_available, pdf_of
from plugin.services.deck_pptx import pptx_of
from tests.hostile.shape import Shape, kept
from tests.hostile.strings import OURS, STRINGS, batches

MADE_BY_MARKDOWN = {tag: frozenset(ATTRIBUTES.get(tag, set()) | {"class", "rel"}) for tag in TAGS}
# Parts of a PDF that do something when it is opened, or reach outside of it.
ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|OpenAction|AA|EmbeddedFile|SubmitForm|GoToR|RichMedia)\b")
LINK = re.compile(rb"/URI \((.*?)\)")


def deck_of(markdowns: list[str]) -> Kit:
    """A slide for each text, which is its title, its Markdown and its notes as well."""
    slides = tuple(
        KitSlide(f"slide:{number}", Why.STAGE, True, False, one[:120], render(one), "", one, one)
        for number, one in enumerate(markdowns)
    )
    return Kit("k", "search", "en", 60, "v", markdowns[0][:80], "", (), slides, (), (), (), None)  # type: ignore[arg-type]


def escaped(text: str) -> str:
    return fill_markdown("{{answer_1}}", {"answer_1": text}, "en")


def parts(file: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        yield from ((name, archive.read(name)) for name in archive.namelist())


def texts_of(slide: object) -> Iterator[str]:
    for shape in slide.shapes:  # type: ignore[attr-defined]
        if shape.has_text_frame:
            yield shape.text_frame.text
        if shape.has_table:
            yield from (cell.text for row in shape.table.rows for cell in row.cells)


def test_there_are_two_thousand_of_them_and_the_same_ones_each_time() -> None:
    assert len(set(OURS)) == len(OURS) >= 2_000


def test_markdown_makes_nothing_of_them_that_it_may_not_make() -> None:
    for text in STRINGS:
        shape = Shape(render(text))
        for tag, attributes in shape.tags:
            assert set(attributes) <= MADE_BY_MARKDOWN.get(tag.removeprefix("/"), set()), text
            assert tag.removeprefix("/") in TAGS, text
        assert all(re.match(r"https?://|mailto:", address, re.IGNORECASE) for address in shape.addresses), text


def test_as_the_value_of_a_placeholder_they_are_shown_as_they_were_said() -> None:
    for text in STRINGS:
        filled = fill_markdown("You said: {{answer_1}}", {"answer_1": text}, "en")
        (opening, inline, closing) = read(filled)
        assert (opening.type, closing.type) == ("paragraph_open", "paragraph_close"), text
        assert {child.type for child in inline.children or []} <= {"text", "text_special"}, text
        assert Shape(render(filled)).tags == [("p", ()), ("/p", ())], text
        shown = Shape(render(filled)).text
        assert shown == f"You said: {kept(text)}" or not kept(text), text


def test_a_value_is_not_looked_at_again() -> None:
    secret = dict.fromkeys(FALLBACKS, "the secret")
    for text in STRINGS:
        assert "the secret" not in fill("{{company}}", {**secret, "company": text.strip() or "x"}, "en"), text


def test_a_powerpoint_file_says_them_all_and_is_well_made() -> None:
    kit = deck_of([escaped(text) for text in batches(STRINGS, 2_000)])
    file = pptx_of(kit, {}, None, None, kit.title)
    for name, part in parts(file):
        if name.endswith((".xml", ".rels")):
            etree.fromstring(part)
    slides = list(Presentation(io.BytesIO(file)).slides)[1:]
    for text, slide in zip(batches(STRINGS, 2_000), slides, strict=True):
        assert kept(text) in kept(" ".join(texts_of(slide))), text[:80]
        assert kept(text) in kept(slide.notes_slide.notes_text_frame.text), text[:80]


def test_a_powerpoint_file_of_a_hostile_template_leads_nowhere_but_where_a_link_may() -> None:
    file = pptx_of(deck_of(batches(STRINGS, 1_000, "\n\n")), {}, None, None, "=1+1")
    for name, part in parts(file):
        if name.endswith(".rels"):
            outside = [one.get("Target") for one in etree.fromstring(part) if one.get("TargetMode") == "External"]
            assert all(re.match(r"https?://|mailto:", address, re.IGNORECASE) for address in outside), outside
        assert not re.search(rb'action="ppaction|<p:oleObj|vbaProject', part), name


def test_a_slide_shows_every_word_that_hostile_markdown_says() -> None:
    texts = batches(STRINGS, 300, "\n\n")
    slides = list(Presentation(io.BytesIO(pptx_of(deck_of(texts), {}, None, None, ""))).slides)[1:]
    for text, slide in zip(texts, slides, strict=True):
        words = [word for word in plain_text(text).split() if word.strip("•|0123456789.")]
        shown = " ".join(texts_of(slide))
        assert [word for word in words if word not in shown] == [], text


@pytest.mark.skipif(not pdf_available(), reason="WeasyPrint, an extra, is not here")
def test_a_pdf_of_them_does_nothing_and_links_only_where_a_link_may() -> None:
    html = "".join(f"<section>{render(text)}</section>" for text in batches(STRINGS, 1_000, "\n\n"))
    made = pdf_of(f'<html lang="en"><title>T</title><body>{html}</body></html>', "", {})
    assert not ACTIVE.search(made)
    assert all(re.match(rb"https?:|mailto:", address, re.IGNORECASE) for address in LINK.findall(made))


def kit_of(template: MeetingTemplate, language: str, said: str) -> Kit:
    """The meeting with these words in every placeholder."""
    at = datetime(2026, 3, 2, tzinfo=UTC)
    answers = {number: KnownAnswer(said, said, at, AnswerStatus.HEARD) for number in range(1, 11)}
    values = dict.fromkeys(("company", "contact", "seller", "our_company"), said)
    return compose(template, language, None, template.evidence, answers, values)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_meeting_is_composed_of_them_with_the_elements_of_calm_words(language: str) -> None:
    meetings = Library.of([shipped_folder()]).meetings.values()
    for template, text in zip(meetings, cycle(batches(STRINGS, 20_000, " ")), strict=False):
        calm, hostile = (
            [Shape(slide.html + slide.notes_html).tags for slide in kit.slides]
            + [Shape(story.html).tags for story in kit.stories]
            for kit in (kit_of(template, language, "calm"), kit_of(template, language, text))
        )
        assert hostile == calm, template.key
