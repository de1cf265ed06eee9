"""A salesperson's own conversion, against the team's anonymous middle."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from plugin.rendering.workspace import workspace
from plugin.services.own_figures import ENOUGH_COLLEAGUES, own_figures
from plugin.web.edge import session, viewer
from plugin.web.first_steps import once_deals_came
from plugin.web.interval_bar import interval_bar
from plugin.web.question_form import question_form

pages = Blueprint("own_figures", __name__)


@pages.get("/conversion/mine")
@once_deals_came
def page() -> ResponseReturnValue:
    form = question_form()
    # It is the viewer's own; colleagues' names are nobody's business here.
    del form.owner
    report = own_figures(session(), workspace(), viewer(), form.question()) if form.validate() else None
    return render_template(
        "own_figures.html", form=form, report=report, bar=interval_bar, enough=ENOUGH_COLLEAGUES
    ), 200 if report else 422
