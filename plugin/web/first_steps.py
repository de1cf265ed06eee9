"""First steps: a page for everybody, and what the landing pages show while no deal has ever come in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from plugin.rendering.first_steps import guide
from plugin.services.first_steps import FirstSteps, deals_came, first_steps
from plugin.web.edge import session

pages = Blueprint("first_steps", __name__)

View = Callable[[], ResponseReturnValue]


@pages.get("/first-steps")
def page() -> ResponseReturnValue:
    return _show(first_steps(session()))


def once_deals_came(view: View) -> View:
    """A page that says nothing without deals: until one came in, whoever opens it is told what to do first."""

    @wraps(view)
    def shown() -> ResponseReturnValue:
        return view() if deals_came(session()) else _show(first_steps(session()))

    return shown


def _show(found: FirstSteps) -> str:
    return render_template("first_steps.html", found=found, guide=guide())
