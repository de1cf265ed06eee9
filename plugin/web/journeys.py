"""The journeys, written in the browser: which are in use, edit, preview against history, publish."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain.journey import Text
from plugin.domain.typed_text import tidy
from plugin.library.faults import Refused
from plugin.library.journeys import load_journey, read_journey_text, shipped_journeys
from plugin.rendering.i18n import gettext, language
from plugin.rendering.workspace import take_anew, workspace
from plugin.services.journey_differences import Difference, differences_between
from plugin.services.journey_drafts import (
    Clash,
    Draft,
    begin_anew,
    begin_draft,
    checked,
    discard_draft,
    journey_lines,
    open_draft,
    publish,
    save_draft,
)
from plugin.services.journey_form import (
    MOST_EVIDENCE,
    Fields,
    changed_stage,
    empty_fields,
    fields_of,
    typed,
    with_change,
)
from plugin.services.journey_preview import HORIZON, preview
from plugin.services.journey_use import By, JourneysChanged, Origin, follow, make_main, put_in_use, take_out, version_of
from plugin.store.queries.journeys import pipelines_with_journeys, versions_of_journey
from plugin.web.edge import commit, session, viewer
from plugin.web.journey_changes import changing, say, somebody_else

pages = Blueprint("journeys", __name__)

LONGEST_NOTE, LONGEST_NAME = 500, 60
# What the button says that puts a journey in place of the main one; any other puts it beside.
MAIN = "main"
MOST_FIELDS = 4_000


@pages.get("/journey/versions")
def index() -> ResponseReturnValue:
    return _show_list()


@pages.post("/journey/versions/start")
def start() -> ResponseReturnValue:
    """Use one that ships with us, in place of the main one or beside it."""
    path = shipped_journeys().get(request.form.get("journey", ""))
    if path is None:
        abort(404)
    journey, main = load_journey(path), request.form.get("publish") == MAIN
    if journey_lines(session(), workspace()).full:
        return _show_list(gettext("Twelve journeys are in use: take one out first.")), 422
    looked_at = open_draft(session(), workspace(), journey.key)
    if looked_at and looked_at.fields == fields_of(journey):
        discard_draft(session(), journey.key)
    said = _published(journey.name, main, known=False)
    return changing(
        lambda: put_in_use(workspace(), journey, Origin.SHIPPED, By(viewer().user_id), main),
        said,
        url_for("journeys.index"),
    )


@pages.post("/journey/versions/import")
def import_() -> ResponseReturnValue:
    """Into a draft: it is looked at and published like any other."""
    sent = request.files.get("file")
    content = sent.read() if sent and sent.filename else b""
    try:
        text = content.decode("utf-8-sig")
        journey = read_journey_text(text, (sent.filename if sent else "") or "journey.yaml")
    except UnicodeDecodeError:
        return _show_list(gettext("This file is no text in UTF-8: save it as such.")), 422
    except Refused as refused:
        return _show_list(gettext("This file can’t be read as a journey."), refused), 422
    key = begin_draft(session(), workspace(), viewer(), journey)
    flash(gettext("It is a draft now: look at it, then publish it."))
    return redirect(url_for("journeys.page", key=key), 303)


@pages.post("/journey/versions/pipelines/<pipeline>")
def follow_(pipeline: str) -> ResponseReturnValue:
    chosen = request.form.get("journey", "")
    known = {str(one.id): one.id for one in pipelines_with_journeys(session())}
    if chosen not in workspace().journeys or pipeline not in known:
        abort(404)
    name = workspace().journeys.by_key[chosen].name.in_language(language())
    return changing(
        lambda: follow(workspace(), known[pipeline], chosen, By(viewer().user_id)),
        gettext("The pipeline follows “%(name)s” now. What its stages meant before is kept.", name=name),
        url_for("journeys.index"),
    )


@pages.get("/journey/versions/<key>")
def page(key: str) -> ResponseReturnValue:
    return _show(_draft(key))


@pages.post("/journey/versions/<key>")
def save(key: str) -> ResponseReturnValue:
    """Store what was typed, gaps and all, then do what the button says: publishing takes what was typed just now."""
    request.max_form_parts, request.max_form_memory_size = MOST_FIELDS, 2_000_000
    draft, change = _draft(key), request.form.get("change", "")
    fields = typed(request.form, request.form.getlist) | _noted()
    if change:
        fields = with_change(fields, change)
    saved = save_draft(session(), workspace(), viewer(), key, fields, _revision())
    if isinstance(saved, Clash):
        return _show(saved.theirs, fields), 409
    if "publish" in request.form and isinstance(saved, Draft):
        return _publish(key, saved.revision)
    if not change:
        flash(gettext("Kept as a draft. Nobody uses it before you publish it."))
    if "preview" in request.form:
        return redirect(url_for("journeys.preview_", key=draft.key), 303)
    place = changed_stage(change, fields)
    anchor = None if place is None else f"stage-{place}"
    return redirect(url_for("journeys.page", key=key, stage=place, _anchor=anchor), 303)


@pages.get("/journey/versions/<key>/preview")
def preview_(key: str) -> ResponseReturnValue:
    """Last quarter with the draft, or with one that ships with us, beside what it reads like now."""
    draft = _draft(key)
    if not draft.complete:
        return _show(draft), 422
    found = preview(session(), workspace(), draft.journey)
    return render_template("journey_preview.html", draft=draft, found=found, horizon=HORIZON, changed=_changed(draft))


@pages.post("/journey/versions/<key>/publish")
def put_in_use_(key: str) -> ResponseReturnValue:
    return _publish(key, _revision())


def _publish(key: str, revision: int) -> ResponseReturnValue:
    """What is stored by now, and stays stored where it can't be published."""
    note, main, who = _noted().get("note", ""), request.form.get("publish") == MAIN, viewer()
    known = key in workspace().journeys
    commit()
    try:
        done = publish(workspace(), who, key, revision, note, main and not known)
    except JourneysChanged:
        return somebody_else(url_for("journeys.page", key=key))
    if done is None:
        abort(404)
    if isinstance(done, Clash):
        return _show(done.theirs), 409
    if isinstance(done, Draft):
        return _show(done), 422
    take_anew(fresh=True)
    say(done, _published(workspace().journeys.by_key[key].name, main, known))
    return redirect(url_for("journeys.index"), 303)


def _published(name: Text, main: bool, known: bool) -> str:
    """What comes of it; ``known`` was in use before, in another version."""
    called = name.in_language(language())
    if known:
        return gettext("“%(name)s” is published. Whatever follows it is read with it from now on.", name=called)
    if main:
        return gettext("“%(name)s” is the main journey now: pipelines that name no other follow it.", name=called)
    if pipelines_with_journeys(session()):
        return gettext("“%(name)s” is in use beside the main journey. Choose its pipelines below.", name=called)
    return gettext(
        "“%(name)s” is in use beside the main journey. No pipeline follows it yet: you choose them once the CRM is "
        "connected.",
        name=called,
    )


@pages.post("/journey/versions/<key>/main")
def make_main_(key: str) -> ResponseReturnValue:
    journey = workspace().journeys.by_key.get(key)
    if journey is None:
        abort(404)
    return changing(
        lambda: make_main(workspace(), key, By(viewer().user_id)),
        _published(journey.name, main=True, known=False),
        url_for("journeys.index"),
    )


@pages.post("/journey/versions/<key>/out")
def take_out_(key: str) -> ResponseReturnValue:
    journey = next((one for one in workspace().journeys.others if one.key == key), None)
    if journey is None:
        abort(404)
    name = journey.name.in_language(language())
    return changing(
        lambda: take_out(workspace(), key, By(viewer().user_id)),
        gettext("“%(name)s” is out of use. Its versions are kept; its pipelines follow the main journey.", name=name),
        url_for("journeys.index"),
    )


@pages.post("/journey/versions")
def write() -> ResponseReturnValue:
    """Another journey, for a pipeline or a product: it begins as one that is in use, or empty."""
    name, begins_as = tidy(request.form.get("name"))[:LONGEST_NAME], request.form.get("begins_as", "")
    source = workspace().journeys.by_key.get(begins_as)
    if source is None and begins_as:
        abort(404)
    if not name:
        return _show_list(gettext("Give the new journey a name.")), 422
    fields = fields_of(source) if source else empty_fields()
    made = begin_anew(session(), workspace(), viewer(), fields, Text(name, name))
    return redirect(url_for("journeys.page", key=made), 303)


@pages.post("/journey/versions/<key>/discard")
def discard(key: str) -> ResponseReturnValue:
    discard_draft(session(), key)
    flash(gettext("The draft is gone; what is in use stays."))
    return redirect(url_for("journeys.index"), 303)


def _draft(key: str) -> Draft:
    found = open_draft(session(), workspace(), key)
    if found is None:
        abort(404)
    return found


def _revision() -> int:
    text = request.form.get("revision", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else -1


def _noted() -> Fields:
    """The note for the colleagues goes with the draft, until it is published."""
    note = tidy(request.form.get("note"))[:LONGEST_NOTE]
    return {"note": note} if note else {}


def _changed(draft: Draft) -> tuple[Difference, ...]:
    """What the draft says otherwise than what is in use; nothing where none of its journey is."""
    current = workspace().journeys.by_key.get(draft.key)
    return differences_between(fields_of(current), draft.fields) if current else ()


def _show_list(fault: str = "", refused: Refused | None = None) -> str:
    return render_template(
        "journeys.html",
        found=journey_lines(session(), workspace()),
        pipelines=pipelines_with_journeys(session()),
        fault=fault,
        faults=refused.faults if refused else (),
    )


def _show(draft: Draft, mine: Fields | None = None) -> str:
    """The editor on a draft. ``mine`` is what this person typed where somebody else saved meanwhile."""
    shown = draft if mine is None else checked(workspace(), draft, mine)
    titles = [(key, one) for key, one in workspace().library.meetings.items()]
    return render_template(
        "journey_edit.html",
        draft=draft,
        shown=shown,
        fields=shown.fields,
        clash=mine is not None,
        gaps=shown.gaps,
        faults=shown.faults,
        current=workspace().journeys.by_key.get(draft.key),
        version_of=version_of,
        versions=versions_of_journey(session(), draft.key),
        meetings=titles,
        most_items=MOST_EVIDENCE,
        opened=request.args.get("stage", ""),
        changed=_changed(shown),
    )
