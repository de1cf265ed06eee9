"""The list of touchpoints."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain.typed_text import tidy
from plugin.rendering.i18n import gettext, ngettext
from plugin.rendering.workspace import workspace
from plugin.services.touchpoints import (
    NameTaken,
    NewTouchpoint,
    add_missing,
    add_touchpoint,
    change_touchpoint,
    remove_touchpoint,
)
from plugin.store.queries.touchpoints import touchpoints_in_use
from plugin.web.edge import session, viewer
from plugin.web.map_forms import TouchpointForm, touchpoint_form

pages = Blueprint("journey_touchpoints", __name__)


@pages.get("/journey/touchpoints")
def page() -> ResponseReturnValue:
    return _show()


@pages.post("/journey/touchpoints")
def add() -> ResponseReturnValue:
    form = touchpoint_form()
    if form.validate():
        try:
            add_touchpoint(session(), workspace(), viewer(), _new(form))
            flash(gettext("Written down."))
            return _back()
        except NameTaken:
            form.name.errors = [_taken()]
    return _show(form)


@pages.post("/journey/touchpoints/start")
def start() -> ResponseReturnValue:
    added = add_missing(session(), workspace(), viewer(), _starting_set())
    flash(ngettext("%(num)s touchpoint is added.", "%(num)s touchpoints are added.", added))
    return _back()


@pages.post("/journey/touchpoints/<public_id>")
def change(public_id: str) -> ResponseReturnValue:
    if request.form.get("change") == "remove":
        done = remove_touchpoint(session(), workspace(), viewer(), public_id)
        return _back() if done else abort(404)
    form = touchpoint_form(f"{public_id}-")
    if form.validate():
        try:
            done = change_touchpoint(session(), workspace(), viewer(), public_id, _new(form))
            return _back() if done else abort(404)
        except NameTaken:
            form.name.errors = [_taken()]
    return _show(changed={public_id: form})


def _show(form: TouchpointForm | None = None, changed: dict[str, TouchpointForm] | None = None) -> ResponseReturnValue:
    touchpoints = touchpoints_in_use(session())
    forms = {
        one.public_id: touchpoint_form(
            f"{one.public_id}-",
            name=one.name,
            where="online" if one.online else "offline",
            trace="traceable" if one.traceable else "untraceable",
        )
        for one in touchpoints
        if not (changed and one.public_id in changed)
    }
    page = render_template(
        "touchpoints.html",
        touchpoints=touchpoints,
        form=form or touchpoint_form(),
        forms=forms | (changed or {}),
        changed=changed or {},
    )
    return page, 422 if form or changed else 200


def _new(form: TouchpointForm) -> NewTouchpoint:
    name = " ".join(tidy(form.name.data).split())
    return NewTouchpoint(name, form.where.data == "online", form.trace.data == "traceable")


def _taken() -> str:
    return gettext("Another touchpoint goes by this name.")


def _back() -> ResponseReturnValue:
    return redirect(url_for("journey_touchpoints.page"), 303)


def _starting_set() -> list[NewTouchpoint]:
    """What most companies have, in the person's language: online or off, traceable or not."""
    return [
        NewTouchpoint(gettext("Our website"), True, True),
        NewTouchpoint(gettext("Search engine"), True, True),
        NewTouchpoint(gettext("Newsletter"), True, True),
        NewTouchpoint(gettext("Webinar"), True, True),
        NewTouchpoint(gettext("Social network"), True, True),
        NewTouchpoint(gettext("Review or comparison site"), True, False),
        NewTouchpoint(gettext("Video call"), True, True),
        NewTouchpoint(gettext("Customer area and support"), True, True),
        NewTouchpoint(gettext("Trade fair"), False, True),
        NewTouchpoint(gettext("Visit on site"), False, True),
        NewTouchpoint(gettext("Phone call"), False, True),
        NewTouchpoint(gettext("Advice of a peer"), False, False),
        NewTouchpoint(gettext("Trade press"), False, False),
    ]
