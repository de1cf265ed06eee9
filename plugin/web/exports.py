"""A meeting's slides to take away: as a PowerPoint file, and as PDF where that can be made."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Blueprint, Response, abort, current_app, render_template
from flask.typing import ResponseReturnValue
from werkzeug.utils import secure_filename

from plugin.library.kit import included
from plugin.services.brand import logo_of, palette_of
from plugin.services.deck_pdf import pdf_available, pdf_of
from plugin.services.deck_pptx import pptx_of
from plugin.services.meeting_kit import MeetingKit
from plugin.store.queries.content import find_brand
from plugin.web.edge import session
from plugin.web.meetings import kit_or_404, picture_address

pages = Blueprint("exports", __name__)

PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
LOGO = "/logo"
_TAGS = re.compile("<[^>]*>")


@pages.get("/deals/<public_id>/meeting/<template>/deck.pptx")
def pptx(public_id: str, template: str) -> ResponseReturnValue:
    found = kit_or_404(public_id, template)
    deck = pptx_of(found.kit, found.template.pictures, find_brand(session()), logo_of(session()), _whom_for(found))
    return _attached(deck, PPTX, found, "pptx")


@pages.get("/deals/<public_id>/meeting/<template>/deck.pdf")
def pdf(public_id: str, template: str) -> ResponseReturnValue:
    if not pdf_available():
        abort(404)
    found = kit_or_404(public_id, template)
    brand, logo = find_brand(session()), logo_of(session())
    pictures = {
        picture_address(found.template.key, found.template.version, name): (picture.media_type, picture.data)
        for name, picture in found.template.pictures.items()
    }
    if logo:
        pictures[LOGO] = (logo.media_type, logo.data)
    html = render_template(
        "deck_print.html",
        kit=found.kit,
        slides=included(found.kit.slides),
        whom_for=_whom_for(found),
        logo=LOGO if logo else "",
        theme=brand.theme if brand else "paper",
    )
    palette = palette_of(brand)
    colours = f":root {{ --deck-accent: {palette.accent}; --deck-on-accent: {palette.on_accent}; }}\n"
    return _attached(pdf_of(html, _style() + colours, pictures), "application/pdf", found, "pdf")


def print_size(html: str) -> str:
    """How large a slide is set on paper, by the room that it takes: rows and lines as well as letters."""
    letters = len(_TAGS.sub("", html))
    needed = letters + 60 * html.count("<li") + 90 * html.count("<tr") + 80 * html.count("<p")
    sizes = {1_250: "normal", 1_900: "small", 2_800: "smaller", 5_000: "smallest"}
    return next((name for most, name in sizes.items() if needed <= most), "tiny")


def _style() -> str:
    return (Path(current_app.static_folder or "") / "deck_print.css").read_text(encoding="utf-8")


def _whom_for(found: MeetingKit) -> str:
    return found.reading.deal.company or found.reading.deal.name


def _attached(data: bytes, media_type: str, found: MeetingKit, ending: str) -> Response:
    """A file with a name that every system takes."""
    name = secure_filename(f"{_whom_for(found)} {found.kit.title}") or "presentation"
    answer = Response(data, mimetype=media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name[:80]}.{ending}"'
    return answer
