"""Where deals come from, and whether they come well."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from plugin.services.connections import connections
from plugin.web.edge import session

pages = Blueprint("connections", __name__)


@pages.get("/connections")
def page() -> ResponseReturnValue:
    return render_template("connections.html", connections=connections(session()))
