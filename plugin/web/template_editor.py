"""Meeting templates, written in the browser: list, edit, check, preview as a deal, compare, publish, go back."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain.canvas import QUESTIONS
from plugin.domain.typed_text import tidy
from plugin.library.bundle import is_text_name
from plugin.library.faults import Fault, Refused
from plugin.library.meeting import LANGUAGES, MeetingTemplate
from plugin.rendering.formats import number
from plugin.rendering.i18n import gettext
from plugin.rendering.workspace import workspace
from plugin.services.meeting_kit import meeting_kit
from plugin.services.template_bundles import unzipped, zipped
from plugin.services.template_differences import differences
from plugin.services.template_drafts import (
    LONGEST_FILE,
    Clash,
    Draft,
    add_picture,
    begin_draft,
    discard_draft,
    draft_faults,
    go_back_to,
    open_draft,
    publish,
    read_draft,
    remove_picture,
    save_draft,
    save_imported,
    template_lines,
    version_uses,
)
from plugin.services.template_form import scripts, settings, with_change, with_script, with_settings
from plugin.services.uploads import checked_picture
from plugin.store.queries.content import find_pictures
from plugin.store.queries.deals import recent_deals
from plugin.web.deeds import note_change
from plugin.web.edge import commit, session, viewer

pages = Blueprint("template_editor", __name__)

LONGEST_NOTE = 500
MOST_FIELDS = 2_000
FILE = "file:"


@pages.get("/templates")
def index() -> ResponseReturnValue:
    return render_template("templates.html", lines=template_lines(session(), workspace()), fault="")


@pages.get("/templates/<key>")
def page(key: str) -> ResponseReturnValue:
    return _show(_draft(key))


@pages.post("/templates/<key>")
def save(key: str) -> ResponseReturnValue:
    """Store what was typed, faults and all, then do what the button says."""
    draft = _draft(key)
    request.max_form_parts = MOST_FIELDS
    request.max_form_memory_size = 2_000_000
    change = request.form.get("change", "")
    files = _typed(draft, change)
    saved = save_draft(session(), workspace(), viewer(), key, files, _revision())
    if saved is None:
        return _refused(draft, files)
    if isinstance(saved, Clash):
        return _show(saved.theirs, mine=files, status=409)
    section = change.split(":")[1] if ":" in change else None
    if not change:
        flash(gettext("Kept as a draft. Nobody uses it before you publish it."))
    return redirect(url_for("template_editor.page", key=key, view=request.args.get("view"), _anchor=section), 303)


@pages.post("/templates/<key>/publish")
def put_in_use(key: str) -> ResponseReturnValue:
    note = tidy(request.form.get("note"))[:LONGEST_NOTE]
    done = publish(session(), workspace(), viewer(), key, _revision(), note)
    if done is None:
        abort(404)
    if isinstance(done, Clash):
        return _show(done.theirs, mine=done.theirs.files, status=409)
    if not isinstance(done, MeetingTemplate):
        return _show(_draft(key), status=422)
    _committed()
    flash(gettext("Published: every meeting from now on uses version %(version)s.", version=done.version))
    return redirect(url_for("template_editor.page", key=key), 303)


@pages.post("/templates/<key>/use")
def go_back(key: str) -> ResponseReturnValue:
    version = request.form.get("version", "")
    if not go_back_to(session(), workspace(), key, version):
        abort(404)
    note_change("template put back", f"{key} {version}")
    _committed()
    flash(gettext("Version %(version)s is in use again.", version=version))
    return redirect(url_for("template_editor.page", key=key), 303)


@pages.post("/templates/<key>/discard")
def discard(key: str) -> ResponseReturnValue:
    discard_draft(session(), key)
    flash(gettext("The draft is gone; what is in use stays."))
    known = key in workspace().library.meetings
    return redirect(url_for("template_editor.page", key=key) if known else url_for("template_editor.index"), 303)


@pages.post("/templates/<key>/copy")
def copy(key: str) -> ResponseReturnValue:
    """A new template that begins as this one; a journey has to name it before anybody plays it."""
    source = workspace().library.meetings.get(key)
    wanted = tidy(request.form.get("key")).lower().replace(" ", "_")
    if source is None:
        abort(404)
    if wanted in workspace().library.meetings or begin_draft(session(), workspace(), viewer(), source, wanted) is None:
        flash(gettext("“%(key)s” can’t be a new key: use a-z, 0-9 and _, and one that is free.", key=wanted))
        return redirect(url_for("template_editor.page", key=key), 303)
    return redirect(url_for("template_editor.page", key=wanted), 303)


@pages.get("/templates/<key>/compare")
def compare(key: str) -> ResponseReturnValue:
    """The draft beside a version, or one version beside another."""
    before = _files_of(key, request.args.get("version") or _current(key))
    after = _files_of(key, request.args.get("with"))
    return render_template(
        "template_compare.html",
        key=key,
        found=differences(before, after),
        before=request.args.get("version") or _current(key),
        after=request.args.get("with"),
    )


@pages.get("/templates/<key>/preview")
def preview(key: str) -> ResponseReturnValue:
    """The draft as its kit for a deal; a draft with faults says them instead."""
    draft = _draft(key)
    deals = recent_deals(session(), viewer().only_owner)
    chosen = request.args.get("deal") or (deals[0].public_id if deals else "")
    try:
        template = read_draft(session(), workspace(), draft)
    except Refused:
        return _show(draft, status=422)
    found = meeting_kit(session(), workspace(), viewer(), chosen, key, _draft_address, template, _language())
    if found is None:
        flash(gettext("A preview needs a deal: there is none yet."))
        return redirect(url_for("template_editor.page", key=key), 303)
    return render_template(
        "template_preview.html", found=found, kit=found.kit, deal=found.reading.deal, deals=deals, key=key
    )


@pages.post("/templates/<key>/pictures")
def pictures(key: str) -> ResponseReturnValue:
    draft = _draft(key)
    if gone := request.form.get("remove"):
        remove_picture(session(), workspace(), viewer(), key, gone)
        return _back_to_pictures(key)
    sent = request.files.get("picture")
    try:
        if sent is None or not sent.filename:
            raise ValueError("no file")
        added = add_picture(session(), workspace(), viewer(), key, checked_picture(sent.filename, sent.read()))
    except ValueError:
        wrong = gettext("This file can’t be shown: save it as PNG, JPEG or WebP, of at most 2 MB and 4,000 pixels.")
        return _show(draft, picture_error=wrong, status=422)
    if added is None:
        full = gettext("This template has enough pictures: take one away first.")
        return _show(draft, picture_error=full, status=422)
    return _back_to_pictures(key)


@pages.get("/templates/<key>/draft/pictures/<name>")
def draft_picture(key: str, name: str) -> Response:
    digest = _draft(key).pictures.get(name)
    found = find_pictures(session(), [digest]).get(digest) if digest else None
    if found is None:
        abort(404)
    return Response(found.data, mimetype=found.media_type)


@pages.get("/templates/<key>/export.zip")
def export(key: str) -> Response:
    template = workspace().library.meetings.get(key)
    if template is None:
        abort(404)
    answer = Response(zipped(template), mimetype="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{key}-{template.version}.zip"'
    return answer


@pages.post("/templates/import")
def import_() -> ResponseReturnValue:
    """Into a draft: it is looked at and published like any other."""
    sent = request.files.get("zip")
    try:
        bundle = unzipped(sent.read() if sent else b"")
    except ValueError as error:
        wrong = gettext("This file can’t be read as a template: %(reason)s.", reason=error)
        return render_template("templates.html", lines=template_lines(session(), workspace()), fault=wrong), 422
    save_imported(session(), workspace(), viewer(), bundle)
    flash(gettext("It is a draft now: look at it, then publish it."))
    return redirect(url_for("template_editor.page", key=bundle.key), 303)


def _refused(draft: Draft, files: Mapping[str, str]) -> ResponseReturnValue:
    """A text too long gives the page back with all that was typed; a file that no template has was made up."""
    if not all(map(is_text_name, files)):
        abort(400)
    flash(
        gettext(
            "Nothing was stored: a text has at most %(most)s characters. Yours is below: shorten it.",
            most=number(LONGEST_FILE),
        )
    )
    return _show(draft, mine=files, clash=False, status=422)


def _draft(key: str) -> Draft:
    found = open_draft(session(), workspace(), key)
    if found is None:
        abort(404)
    return found


def _revision() -> int:
    text = request.form.get("revision", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else -1


def _language() -> str | None:
    asked = request.args.get("language")
    return asked if asked in LANGUAGES else None


def _committed() -> None:
    commit()
    workspace().shelf.look_again()


def _current(key: str) -> str:
    template = workspace().library.meetings.get(key)
    return template.version if template else ""


def _files_of(key: str, version: str | None) -> Mapping[str, str]:
    """The files of a version; of the draft where no version is named."""
    if not version:
        return _draft(key).files
    template = workspace().shelf.version(session(), key, version)
    if template is None:
        abort(404)
    return template.files


def _typed(draft: Draft, change: str) -> dict[str, str]:
    """The draft's files with what was typed: whole files as text, else fields of the script and the settings."""
    form = {name: _lines(text) for name, text in request.form.items()}
    files = {**draft.files, **{name.removeprefix(FILE): text for name, text in form.items() if name.startswith(FILE)}}
    files = with_script(files, form)
    if "minutes" in form:
        evidence, canvas = request.form.getlist("evidence"), request.form.getlist("canvas")
        files = with_settings(files, form["minutes"], form.get("stage", ""), evidence, canvas)
    return with_change(files, change) if change else files


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _draft_address(key: str, _version: str, name: str) -> str:
    return url_for("template_editor.draft_picture", key=key, name=name)


def _back_to_pictures(key: str) -> ResponseReturnValue:
    return redirect(url_for("template_editor.page", key=key, _anchor="pictures"), 303)


def _show(
    draft: Draft,
    mine: Mapping[str, str] | None = None,
    picture_error: str = "",
    status: int = 200,
    clash: bool = True,
) -> ResponseReturnValue:
    """The editor on a draft. ``mine`` is what this person typed where somebody else saved meanwhile."""
    files = mine if mine is not None else draft.files
    faults: dict[str, list[Fault]] = {}
    for fault in draft_faults(session(), workspace(), draft):
        faults.setdefault(fault.file, []).append(fault)
    stories = sorted({name.rpartition("/")[2][:-3] for name in files if "/stories/" in name})
    page = render_template(
        "template_edit.html",
        draft=draft,
        files=files,
        theirs=differences(draft.files, mine) if mine is not None and clash and mine != draft.files else (),
        clash=mine is not None and clash,
        both=scripts(files),
        settings=settings(files),
        faults=faults,
        fault_count=sum(map(len, faults.values())),
        stories=stories,
        current=workspace().library.meetings.get(draft.key),
        versions=version_uses(session(), workspace(), draft.key),
        questions=QUESTIONS,
        as_text=request.args.get("view") == "files",
        picture_error=picture_error,
        persona_types=sorted({persona.type for persona in workspace().personas}),
    )
    return page, status
