"""The empty panel: style and script stand in it, so that it is drawn with a single request."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files

from flask import Blueprint, abort, g, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from plugin.rendering.static_files import FOLDER
from plugin.rendering.workspace import workspace
from plugin.services.launch import HUBSPOTS_PAGES, framed_by

pages = Blueprint("shell", __name__)

SHARED = (
    *("Parcours", "Type and ground", "Quiet text", "Surfaces", "What the buyer said is set like a book", "Controls"),
    *("The journey", "The kit", "The log", "What follows from a log"),
)
ORIGIN = re.compile(r"https?://[a-z0-9.:\[\]-]+")


@pages.get("/<connection>")
def page(connection: str) -> ResponseReturnValue:
    """Only the CRM of this connection may frame it."""
    with workspace().database.reading() as session:
        parent = framed_by(session, connection)
    if parent is None or not (parent == HUBSPOTS_PAGES or ORIGIN.fullmatch(parent)):
        abort(404)
    g.policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {_source(script())}",
            f"style-src {_source(style())}",
            "img-src 'self' data:",
            "connect-src 'self'",
            "form-action 'none'",
            "base-uri 'none'",
            f"frame-ancestors {parent}",
        )
    )
    # HubSpot's pages have several hosts, and listen to nobody: there is nothing to tell them.
    return render_template(
        "shell.html", parent="" if parent == HUBSPOTS_PAGES else parent, style=style(), script=script()
    )


@cache
def style() -> Markup:
    """Of the sheet of all pages what the panel shows too, and its own; without what only people read."""
    own = (files("plugin.embed") / "static" / "panel.css").read_text(encoding="utf-8")
    parts = re.split(r"^/\* (.+?)[.:;,*].*$", (FOLDER / "parcours.css").read_text(encoding="utf-8"), flags=re.MULTILINE)
    named = {name.strip(): part for name, part in zip(parts[1::2], parts[2::2], strict=True)}
    text = "".join(named[name] for name in SHARED) + own
    return Markup(re.sub(r"\s*\n\s*", "", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)))  # noqa: S704 (our own)


@cache
def script() -> Markup:
    return Markup((files("plugin.embed") / "static" / "panel.js").read_text(encoding="utf-8"))  # noqa: S704 (our own)


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
