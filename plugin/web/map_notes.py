"""What people write on the map: lines added to a stage, corrected, withdrawn."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain.stage_map import NoteKind
from plugin.rendering.i18n import gettext
from plugin.rendering.workspace import workspace
from plugin.services.map_notes import add_note, correct_note, is_told, withdraw_note
from plugin.store.queries.stage_map import NoteLine, notes_of
from plugin.web.edge import session, viewer
from plugin.web.map_forms import NoteForm, map_form
from plugin.web.stage_map import find_stage, show_stage

pages = Blueprint("journey_notes", __name__)


@pages.post("/journey/<stage>/notes")
def add(stage: str) -> ResponseReturnValue:
    find_stage(stage)
    kind = _kind(request.form.get("kind", ""))
    form = NoteForm(kind, prefix=f"{kind}-")
    if not form.validate():
        return show_stage(stage, refused_note=form)
    if is_told(session(), workspace(), stage, form.note()):
        form.touchpoint.errors = [gettext("This touchpoint stands here already: say in a sentence what is new.")]
        return show_stage(stage, refused_note=form)
    if not add_note(session(), workspace(), viewer(), stage, form.note()):
        form.text.errors = [gettext("This stage is full: withdraw a line first.")]
        return show_stage(stage, refused_note=form)
    flash(gettext("Written down."))
    return redirect(_stage_page(stage, kind), 303)


@pages.get("/journey/<stage>/notes/<note>")
def page(stage: str, note: str) -> ResponseReturnValue:
    return _show(stage, _find(stage, note))


@pages.post("/journey/<stage>/notes/<note>")
def correct(stage: str, note: str) -> ResponseReturnValue:
    found = _find(stage, note)
    form = _form(found)
    if not form.validate():
        return _show(stage, found, form, 422)
    correct_note(session(), workspace(), viewer(), note, form.note())
    return redirect(_stage_page(stage, found.kind), 303)


@pages.post("/journey/<stage>/notes/<note>/withdraw")
def withdraw(stage: str, note: str) -> ResponseReturnValue:
    found = _find(stage, note)
    withdraw_note(session(), workspace(), viewer(), note)
    flash(gettext("The line is withdrawn."))
    return redirect(_stage_page(stage, found.kind), 303)


def _kind(text: str) -> NoteKind:
    try:
        return NoteKind(text)
    except ValueError:
        abort(404)


def _find(stage: str, public_id: str) -> NoteLine:
    find_stage(stage)
    notes = notes_of(session(), workspace().journey.key, stage)
    found = next((one for one in notes if one.public_id == public_id), None)
    if found is None:
        abort(404)
    return found


def _show(stage: str, note: NoteLine, form: NoteForm | None = None, status: int = 200) -> ResponseReturnValue:
    asked = map_form().asked()
    page = render_template("map_note.html", stage=find_stage(stage), note=note, form=form or _form(note), asked=asked)
    return page, status


def _form(note: NoteLine) -> NoteForm:
    """Filled with the line as it is, or with what was sent."""
    kept = (note.touchpoint_ref, note.touchpoint or "") if note.touchpoint_ref else None
    values = {"text": note.text, "persona": note.persona or "", "touchpoint": note.touchpoint_ref or ""}
    return NoteForm(note.kind, kept=kept, **values)


def _stage_page(stage: str, kind: NoteKind) -> str:
    return url_for("journey_stage.page", stage=stage, _anchor=kind.value, **map_form().asked())
