"""The journeys, written in the browser: which are in use, edit, preview against history, publish, go back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain.journey import Text
from plugin.domain.typed_text import tidy
from plugin.library.faults import Refused
from plugin.library.journeys import load_journey, read_journey_text, shipped_journeys
from plugin.rendering.i18n import gettext
from plugin.rendering.workspace import take_anew, workspace
from plugin.services.journey_drafts import (
    Clash,
    Draft,
    begin_draft,
    checked,
    discard_draft,
    go_back_to,
    journey_lines,
    open_draft,
    publish,
    save_draft,
    text_of_version,
)
from plugin.services.journey_form import MOST_EVIDENCE, Fields, fields_of, typed, with_change
from plugin.services.journey_preview import HORIZON, preview
from plugin.services.journey_use import By, JourneysChanged, Origin, follow, make_main, put_in_use, take_out, version_of
from plugin.services.template_differences import differences
from plugin.store.queries.journeys import pipelines_with_journeys, versions_of_journey
from plugin.web.edge import commit, session, viewer

pages = Blueprint("journeys", __name__)

LONGEST_NOTE, LONGEST_NAME = 500, 60
MOST_FIELDS = 4_000


@pages.get("/journey/versions")
def index() -> ResponseReturnValue:
    return _show_list()


@pages.post("/journey/versions/start")
def start() -> ResponseReturnValue:
    """One that ships with us: as a draft to look at, or in use at once."""
    path = shipped_journeys().get(request.form.get("journey", ""))
    if path is None:
        abort(404)
    journey = load_journey(path)
    if "use" not in request.form:
        key = begin_draft(session(), workspace(), viewer(), journey)
        return redirect(url_for("journeys.preview_", key=key), 303)
    if journey_lines(session(), workspace()).full:
        return _show_list(gettext("Twelve journeys are in use: take one out first.")), 422
    looked_at = open_draft(session(), workspace(), journey.key)
    if looked_at and looked_at.fields == fields_of(journey):
        discard_draft(session(), journey.key)
    return _changing(
        lambda: put_in_use(workspace(), journey, Origin.SHIPPED, By(viewer().user_id)),
        gettext("It is in use. Choose below which pipelines follow it."),
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
    return _changing(
        lambda: follow(workspace(), known[pipeline], chosen, By(viewer().user_id)),
        gettext("The pipeline follows it now. What its stages meant before is kept."),
        url_for("journeys.index"),
    )


@pages.get("/journey/versions/<key>")
def page(key: str) -> ResponseReturnValue:
    return _show(_draft(key))


@pages.post("/journey/versions/<key>")
def save(key: str) -> ResponseReturnValue:
    """Store what was typed, gaps and all, then do what the button says."""
    request.max_form_parts, request.max_form_memory_size = MOST_FIELDS, 2_000_000
    draft, change = _draft(key), request.form.get("change", "")
    fields = typed(request.form, request.form.getlist)
    if change:
        fields = with_change(fields, change)
    saved = save_draft(session(), workspace(), viewer(), key, fields, _revision())
    if isinstance(saved, Clash):
        return _show(saved.theirs, fields), 409
    if not change:
        flash(gettext("Kept as a draft. Nobody uses it before you publish it."))
    if "preview" in request.form:
        return redirect(url_for("journeys.preview_", key=draft.key), 303)
    place = _changed_stage(change, fields)
    anchor = None if place is None else f"stage-{place}"
    return redirect(url_for("journeys.page", key=key, stage=place, _anchor=anchor), 303)


@pages.get("/journey/versions/<key>/preview")
def preview_(key: str) -> ResponseReturnValue:
    """Last quarter with the draft, beside what it reads like now."""
    draft = _draft(key)
    if not draft.complete:
        return _show(draft), 422
    found = preview(session(), workspace(), draft.journey)
    return render_template("journey_preview.html", draft=draft, found=found, horizon=HORIZON)


@pages.post("/journey/versions/<key>/publish")
def put_in_use_(key: str) -> ResponseReturnValue:
    note, revision, who = tidy(request.form.get("note"))[:LONGEST_NOTE], _revision(), viewer()
    commit()
    try:
        done = publish(workspace(), who, key, revision, note)
    except JourneysChanged:
        return _somebody_else(url_for("journeys.page", key=key))
    if done is None:
        abort(404)
    if isinstance(done, Clash):
        return _show(done.theirs), 409
    if isinstance(done, Draft):
        return _show(done), 422
    take_anew(fresh=True)
    _say(done, gettext("Published. Every history is read with it from now on."))
    return redirect(url_for("journeys.index"), 303)


@pages.post("/journey/versions/<key>/use")
def go_back(key: str) -> ResponseReturnValue:
    version, who = request.form.get("version", ""), viewer()
    return _changing(
        lambda: go_back_to(workspace(), who, key, version),
        gettext("Version %(version)s is in use again.", version=version),
        url_for("journeys.page", key=key),
    )


@pages.post("/journey/versions/<key>/main")
def make_main_(key: str) -> ResponseReturnValue:
    if key not in workspace().journeys:
        abort(404)
    return _changing(
        lambda: make_main(workspace(), key, By(viewer().user_id)),
        gettext("It is the main journey now: every pipeline that names no other follows it."),
        url_for("journeys.index"),
    )


@pages.post("/journey/versions/<key>/out")
def take_out_(key: str) -> ResponseReturnValue:
    if key not in {one.key for one in workspace().journeys.others}:
        abort(404)
    return _changing(
        lambda: take_out(workspace(), key, By(viewer().user_id)),
        gettext("It is out of use. Its versions are kept; its pipelines follow the main journey."),
        url_for("journeys.index"),
    )


@pages.post("/journey/versions/<key>/copy")
def copy(key: str) -> ResponseReturnValue:
    """Another journey that begins as this one: for a pipeline, or a product."""
    name = tidy(request.form.get("name"))[:LONGEST_NAME]
    source = workspace().journeys.by_key.get(key)
    if source is None:
        abort(404)
    if not name:
        return _show_list(gettext("Give the new journey a name.")), 422
    made = begin_draft(session(), workspace(), viewer(), source, Text(name, name))
    return redirect(url_for("journeys.page", key=made), 303)


@pages.post("/journey/versions/<key>/discard")
def discard(key: str) -> ResponseReturnValue:
    discard_draft(session(), key)
    flash(gettext("The draft is gone; what is in use stays."))
    return redirect(url_for("journeys.index"), 303)


@pages.get("/journey/versions/<key>/compare")
def compare(key: str) -> ResponseReturnValue:
    """The draft beside a version, or one version beside another."""
    current = workspace().journeys.by_key.get(key)
    before = request.args.get("version") or (version_of(current) if current else "")
    after = request.args.get("with")
    texts = [text_of_version(session(), workspace(), key, one) for one in (before or "-", after)]
    if None in texts:
        abort(404)
    name = f"{key}.yaml"
    found = differences({name: texts[0] or ""}, {name: texts[1] or ""})
    return render_template("journey_compare.html", key=key, found=found, before=before, after=after, name=_name(key))


@pages.get("/journey/versions/<key>/export.yaml")
def export(key: str) -> Response:
    """The file: of a version, of the draft, or of what is in use."""
    current = workspace().journeys.by_key.get(key)
    asked = request.args.get("version") or (version_of(current) if current and "draft" not in request.args else None)
    text = text_of_version(session(), workspace(), key, asked)
    if text is None:
        abort(404)
    answer = Response(text, mimetype="application/yaml")
    answer.headers["Content-Disposition"] = f'attachment; filename="{key}.yaml"'
    return answer


def _changing(change: Callable[[], bool | None], said: str, back: str) -> ResponseReturnValue:
    """Change what is in use; it opens transactions of its own, so nothing may be held meanwhile."""
    viewer()
    commit()
    try:
        at_once = change()
    except JourneysChanged:
        return _somebody_else(back)
    if at_once is None:
        abort(404)
    take_anew(fresh=True)
    _say(at_once, said)
    return redirect(back, 303)


def _say(at_once: bool, said: str) -> None:
    flash(said)
    if not at_once:
        flash(gettext("Many deals are being read anew; until that is done reports show the figures of before."))


def _somebody_else(back: str) -> ResponseReturnValue:
    flash(gettext("Somebody changed what is in use at this very moment: nothing was done. Look, then try again."))
    return redirect(back, 303)


def _draft(key: str) -> Draft:
    found = open_draft(session(), workspace(), key)
    if found is None:
        abort(404)
    return found


def _revision() -> int:
    text = request.form.get("revision", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else -1


def _changed_stage(change: str, fields: Fields) -> int | None:
    """The place of the stage that a button changed: it stays open."""
    verb, _, rest = change.partition(":")
    if verb == "add":
        return max((place for place, one in enumerate(fields["stages"]) if one["loop"] == rest), default=None)
    step = {"up": -1, "down": 1, "item": 0, "unitem": 0}.get(verb)
    first = rest.partition(":")[0]
    known = step is not None and first.isascii() and first.isdecimal() and len(first) < 4
    return int(first) + (step or 0) if known else None


def _name(key: str) -> Any:
    draft = open_draft(session(), workspace(), key)
    return draft.fields["name"] if draft else {"en": key, "fr": key}


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
    )
