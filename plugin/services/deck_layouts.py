"""The slide master of a presentation: 16:9, the company's colours, placeholders where slides want them."""

from __future__ import annotations

import re
from typing import Any

from pptx import Presentation
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.presentation import Presentation as Deck
from pptx.util import Emu, Inches, Pt

from plugin.services.brand import BLACK, WHITE, Palette, Theme

WIDTH, HEIGHT = Inches(13.333), Inches(7.5)
MARGIN = Inches(0.75)
TITLE_TOP, TITLE_HEIGHT = Inches(0.55), Inches(1.05)
BODY_TOP = Inches(1.85)
BODY_HEIGHT = HEIGHT - BODY_TOP - Inches(0.85)
BODY_WIDTH = WIDTH - 2 * MARGIN
GAP = Inches(0.4)
FOOT_TOP, FOOT_HEIGHT = HEIGHT - Inches(0.6), Inches(0.35)

TITLE_SLIDE, TITLE_AND_TEXT, TWO_TEXTS, TITLE_ONLY = 0, 1, 3, 5
KEPT = (TITLE_SLIDE, TITLE_AND_TEXT, TWO_TEXTS, TITLE_ONLY)
TITLE, BODY, SECOND_BODY = 0, 1, 2
FONT = "Arial"


def new_deck(palette: Palette, theme: Theme, language: str) -> Deck:
    """An empty deck whose layouts are those that we use, and well made for whoever adds a slide by hand."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Emu(WIDTH), Emu(HEIGHT)
    _drop_unused(deck)
    _paint(deck, palette, theme)
    for layout in (deck.slide_master, *deck.slide_layouts):
        for shape in layout.placeholders:
            _place(shape, layout is deck.slide_layouts[0])
    two = deck.slide_layouts[KEPT.index(TWO_TEXTS)]
    half = (BODY_WIDTH - GAP) // 2
    for shape in two.placeholders:
        if shape.placeholder_format.idx in {BODY, SECOND_BODY}:
            left = MARGIN + (half + GAP) * (shape.placeholder_format.idx - 1)
            put(shape, left, BODY_TOP, half, BODY_HEIGHT)
    deck.core_properties.language = language
    return deck


def put(shape: Any, left: int, top: int, width: int, height: int) -> None:
    """All four at once: a placeholder that is given one of them alone loses the others."""
    shape.left, shape.top, shape.width, shape.height = Emu(left), Emu(top), Emu(width), Emu(height)


def _drop_unused(deck: Deck) -> None:
    for number, layout in reversed(list(enumerate(deck.slide_layouts))):
        if number not in KEPT:
            deck.slide_layouts.remove(layout)


def _place(shape: Any, on_title_slide: bool) -> None:
    kind = shape.placeholder_format.type
    name = getattr(kind, "name", "")
    if on_title_slide and name == "CENTER_TITLE":
        put(shape, MARGIN, Inches(2.1), BODY_WIDTH, Inches(1.7))
        _left(shape, Pt(44))
    elif on_title_slide and name == "SUBTITLE":
        put(shape, MARGIN, Inches(3.95), BODY_WIDTH, Inches(1.2))
        _left(shape, Pt(22))
    elif name in {"TITLE", "CENTER_TITLE"}:
        put(shape, MARGIN, TITLE_TOP, BODY_WIDTH, TITLE_HEIGHT)
        _left(shape, Pt(32))
    elif name in {"BODY", "OBJECT"}:
        put(shape, MARGIN, BODY_TOP, BODY_WIDTH, BODY_HEIGHT)
    elif name in {"DATE", "FOOTER", "SLIDE_NUMBER"}:
        third = BODY_WIDTH // 3
        place = ("DATE", "FOOTER", "SLIDE_NUMBER").index(name)
        put(shape, MARGIN + third * place, FOOT_TOP, third, FOOT_HEIGHT)


def _left(shape: Any, size: Pt) -> None:
    """Titles stand on the left, as the text below them does."""
    properties = _list_style(shape.text_frame._txBody)
    for level in list(properties):
        properties.remove(level)
    level = properties.makeelement(f"{{{_A}}}lvl1pPr", {"algn": "l", "marL": "0", "indent": "0"})
    level.append(level.makeelement(f"{{{_A}}}buNone", {}))
    level.append(level.makeelement(f"{{{_A}}}defRPr", {"sz": str(int(size.pt * 100)), "b": "1"}))
    properties.append(level)


def _list_style(body: Any) -> Any:
    """The part of a text that says how its levels look; it stands right behind the body's properties."""
    found = body.find(f"{{{_A}}}lstStyle")
    if found is None:
        found = body.makeelement(f"{{{_A}}}lstStyle", {})
        body.insert(1, found)
    return found


_A = "http://schemas.openxmlformats.org/drawingml/2006/main"


def _paint(deck: Deck, palette: Palette, theme: Theme) -> None:
    """Colours and fonts into the theme, so that whatever is added by hand has them too."""
    part = deck.slide_master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    xml = part.blob.decode("utf-8")
    colours = {"dk1": BLACK, "lt1": WHITE, "accent1": palette.accent, "hlink": palette.accent}
    for name, colour in colours.items():
        painted = rf'\g<1><a:srgbClr val="{colour[1:].upper()}"/>\g<2>'
        xml = re.sub(rf"(<a:{name}>).*?(</a:{name}>)", painted, xml, flags=re.DOTALL)
    xml = re.sub(r'(<a:(?:major|minor)Font>\s*<a:latin typeface=")[^"]*', rf"\g<1>{FONT}", xml)
    part._blob = xml.encode("utf-8")
    ground, ink = _ground(palette, theme)
    used = deck.slide_master.element.find(f"{{{_P}}}clrMap")
    used.set("bg1", ground)
    used.set("tx1", ink)


_P = "http://schemas.openxmlformats.org/presentationml/2006/main"


def _ground(palette: Palette, theme: Theme) -> tuple[str, str]:
    """Which colours of the theme are the slides' ground and ink."""
    if theme is Theme.NIGHT:
        return "dk1", "lt1"
    if theme is Theme.COLOUR:
        return "accent1", "lt1" if palette.on_accent == WHITE else "dk1"
    return "lt1", "dk1"
