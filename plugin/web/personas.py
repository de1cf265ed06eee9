"""Personas: who buys, and which deals are theirs, tried before it is decided; a deal's persona, put right."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain.persona import Persona
from plugin.domain.segment import Field
from plugin.library.faults import Fault, Refused
from plugin.library.personas import FILE, read_personas, written
from plugin.library.source import LARGEST
from plugin.rendering.i18n import gettext, language
from plugin.rendering.wording import persona_name
from plugin.rendering.workspace import workspace
from plugin.services.persona_preview import preview
from plugin.services.personas import (
    MOST_PERSONAS,
    Clash,
    add_persona,
    choose_persona,
    find_persona,
    free_key,
    import_personas,
    move_up,
    remove_persona,
    save_persona,
)
from plugin.store.queries.deals import find_deal
from plugin.store.queries.personas import (
    PersonaLine,
    crm_words,
    deals_by_persona,
    is_assigning,
    persona_lines,
    personas_in_use,
)
from plugin.web.edge import commit, session, viewer
from plugin.web.persona_form import PersonaForm, persona_form

pages = Blueprint("personas", __name__)

BESIDE_THE_FILE = 20_000  # bytes of the form around an upload
NEW = ""


@pages.get("/journey/personas")
def index() -> ResponseReturnValue:
    return _index()


@pages.get("/journey/persona")
def new() -> ResponseReturnValue:
    return _show(None, persona_form(None, personas_in_use(session())))


@pages.post("/journey/persona")
def add() -> ResponseReturnValue:
    others = personas_in_use(session())
    form = persona_form(None, others)
    if (stays := _stays(None, form)) is not None:
        return stays
    name = form.persona(NEW).name
    persona = form.persona(free_key(name.en, [one.key for one in others]))
    if not add_persona(session(), viewer(), persona, workspace().clock()):
        told = gettext("There are %(most)s personas: take one away first.", most=MOST_PERSONAS)
        form[f"name_{language()}"].errors = [told]
        return _show(None, form, status=422)
    return _changed(gettext("“%(name)s” is added.", name=persona.name.in_language(viewer().language)))


@pages.get("/journey/personas/<key>")
def page(key: str) -> ResponseReturnValue:
    line = _line(key)
    return _show(line, persona_form(line.persona, _others(key)))


@pages.post("/journey/personas/<key>")
def save(key: str) -> ResponseReturnValue:
    """Another condition, or a look at what the rule takes, stores nothing."""
    line = _line(key)
    form = persona_form(line.persona, _others(key))
    if (stays := _stays(line, form)) is not None:
        return stays
    saved = save_persona(session(), viewer(), form.persona(key), _revision(), workspace().clock())
    if saved is None:
        abort(404)
    if isinstance(saved, Clash):
        return _show(saved.theirs, form, clash=True, status=409)
    return _changed(gettext("“%(name)s” is saved.", name=saved.persona.name.in_language(viewer().language)))


@pages.post("/journey/personas/<key>/up")
def up(key: str) -> ResponseReturnValue:
    if not move_up(session(), viewer(), key, workspace().clock()):
        abort(404)
    return _changed(gettext("The order is changed."))


@pages.post("/journey/personas/<key>/remove")
def remove(key: str) -> ResponseReturnValue:
    if not remove_persona(session(), viewer(), key, workspace().clock()):
        flash(gettext("The last persona stays: change it instead."))
        return redirect(url_for("personas.index"), 303)
    return _changed(gettext("The persona is gone; its deals are read by the other rules."))


@pages.get("/journey/personas.yaml")
def export() -> Response:
    answer = Response(written(personas_in_use(session())), mimetype="application/yaml")
    answer.headers["Content-Disposition"] = f'attachment; filename="{FILE}"'
    return answer


@pages.post("/journey/personas")
def import_() -> ResponseReturnValue:
    request.max_content_length = LARGEST + BESIDE_THE_FILE
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _index(wrong=gettext("Choose a file first."), status=422)
    try:
        personas = read_personas(sent.read().decode("utf-8-sig"))
    except UnicodeDecodeError:
        return _index(wrong=gettext("This file is no text in UTF-8: save it as UTF-8, then send it again."), status=422)
    except Refused as refused:
        return _index(faults=refused.faults, status=422)
    if len(personas) > MOST_PERSONAS:
        return _index(wrong=gettext("There may be %(most)s personas at most.", most=MOST_PERSONAS), status=422)
    import_personas(session(), viewer(), personas, workspace().clock())
    return _changed(gettext("The personas of the file are in use."))


@pages.post("/deals/<public_id>/persona")
def choose(public_id: str) -> ResponseReturnValue:
    deal = find_deal(session(), public_id, viewer().only_owner)
    chosen = request.form.get("persona", "")
    if deal is None or (chosen and workspace().persona(chosen) is None):
        abort(404)
    choose_persona(session(), viewer(), deal.id, public_id, chosen or None, workspace().clock())
    if chosen:
        flash(gettext("This deal is read as “%(persona)s” from now on.", persona=persona_name(chosen)))
    else:
        flash(gettext("The rules say again whose deal this is."))
    return redirect(url_for("deals.page", public_id=public_id, _anchor="people-heading"), 303)


def _line(key: str) -> PersonaLine:
    line = find_persona(session(), key)
    if line is None:
        abort(404)
    return line


def _others(key: str) -> tuple[Persona, ...]:
    return tuple(one for one in personas_in_use(session()) if one.key != key)


def _revision() -> int:
    text = request.form.get("revision", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else -1


def _stays(line: PersonaLine | None, form: PersonaForm) -> ResponseReturnValue | None:
    """The same page again: where a button only wanted to see something, or something is to be put right."""
    wish = request.form.get("wish")
    if wish == "condition":
        form.one_more_condition()
        return _show(line, form)
    if not form.validate():
        return _show(line, form, status=422)
    return _show(line, form) if wish == "preview" else None


def _changed(told: str) -> ResponseReturnValue:
    commit()
    workspace().persona_shelf.look_again()
    flash(told)
    return redirect(url_for("personas.index"), 303)


def _index(wrong: str = "", faults: tuple[Fault, ...] = (), status: int = 200) -> ResponseReturnValue:
    deals = deals_by_persona(session())
    page = render_template(
        "personas.html",
        lines=persona_lines(session()),
        deals=deals,
        total=sum(deals.values()),
        assigning=is_assigning(session()),
        wrong=wrong,
        faults=faults,
    )
    return page, status


def _show(line: PersonaLine | None, form: PersonaForm, clash: bool = False, status: int = 200) -> ResponseReturnValue:
    """``line`` is the persona as it is kept, None for a new one; the form may say something else."""
    key = line.persona.key if line else NEW
    typed = form.persona(key)
    personas = [typed if one.key == key else one for one in personas_in_use(session())]
    personas = personas if line else [typed, *personas]
    page = render_template(
        "persona.html",
        line=line,
        form=form,
        clash=clash,
        personas=personas,
        found=preview(session(), personas, key),
        key=key,
        looked_at=list(Field),
        words=crm_words(session()),
    )
    return page, status
