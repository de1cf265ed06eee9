"""Saved views: a report's address under a name, for oneself or the team, with a weekly mail."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, Flask, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, HiddenField, StringField

from plugin.domain.typed_text import tidy
from plugin.rendering.forms import Form, Required, at_most
from plugin.rendering.i18n import gettext
from plugin.rendering.workspace import workspace
from plugin.services.saved_views import NAME_LENGTH, ViewLine, ViewRefused, forget_view, save_view, saved_views
from plugin.web.edge import commit, session, viewer
from plugin.web.question_form import QuestionForm

pages = Blueprint("saved_views", __name__)

REPORTS = {
    "stages": "conversion.page",
    "flow": "conversion_movement.flow_page",
    "months": "conversion_movement.months_page",
    "now": "conversion_movement.now_page",
    "meetings": "conversion_meetings.page",
}
LONGEST_QUERY = 2_000


class ViewForm(Form):
    name = StringField(validators=[Required(), at_most(NAME_LENGTH)])
    report = HiddenField()
    query = HiddenField()
    shared = BooleanField()
    weekly = BooleanField()


@pages.record_once
def _offer(state: object) -> None:
    app: Flask = state.app  # type: ignore[attr-defined]
    app.jinja_env.globals.update(saved_views=lambda: saved_views(session(), viewer()), view_form=ViewForm)


@pages.post("/conversion/views")
def save() -> ResponseReturnValue:
    form = ViewForm()
    report, query = form.report.data or "", _kept(form.query.data or "")
    if report not in REPORTS:
        abort(404)
    back = f"{url_for(REPORTS[report])}?{query}"
    if not form.validate():
        fault = next(iter(form.errors.values()))[0]
        flash(gettext("The view was not saved: give it a name. %(fault)s", fault=fault))
        return redirect(back, 303)
    try:
        save_view(
            session(),
            viewer(),
            tidy(form.name.data),
            report,
            query,
            form.shared.data,
            form.weekly.data,
            workspace().clock(),
        )
    except ViewRefused:
        flash(gettext("You have as many views as can be kept: forget one first."))
        return redirect(back, 303)
    commit()
    flash(gettext("The view is saved as “%(name)s”.", name=tidy(form.name.data)))
    return redirect(back, 303)


@pages.get("/conversion/views/<public_id>")
def open_(public_id: str) -> ResponseReturnValue:
    """Where a mail's link leads, whatever the view asks by now."""
    return redirect(address_of(_find(public_id)), 303)


@pages.post("/conversion/views/<public_id>/forget")
def forget(public_id: str) -> ResponseReturnValue:
    found = _find(public_id)
    if not forget_view(session(), viewer(), public_id):
        abort(404)
    commit()
    flash(gettext("“%(name)s” is forgotten.", name=found.name))
    return redirect(address_of(found), 303)


def address_of(view: ViewLine) -> str:
    address = url_for(REPORTS.get(view.page, REPORTS["stages"]))
    return f"{address}?{view.query}" if view.query else address


def _find(public_id: str) -> ViewLine:
    found = next((one for one in saved_views(session(), viewer()) if one.public_id == public_id), None)
    if found is None:
        abort(404)
    return found


def _kept(query: str) -> str:
    """What reports ask for, of an address that a browser sent back."""
    names = {field.name for field in QuestionForm()} | {"stage"}
    return urlencode([(name, value) for name, value in parse_qsl(query[:LONGEST_QUERY]) if name in names and value])
