"""Logging a meeting. What was typed is never lost: not to a wrong field, a colleague, an ended session, a full disk."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.datastructures import MultiDict

from plugin.rendering.i18n import gettext
from plugin.rendering.log_fields import ANSWER, EVIDENCE, PERSON, LogMeetingForm
from plugin.rendering.log_form import log_fields
from plugin.rendering.log_told import told
from plugin.rendering.workspace import workspace
from plugin.services.drafts import discard_draft, save_draft
from plugin.services.log import Conflict, log_meeting
from plugin.services.log_entry import Progress
from plugin.services.log_form import LogForm, log_form
from plugin.services.viewer import Viewer
from plugin.store.queries.deals import contacts_of, find_deal
from plugin.store.queries.meetings import NoteLine, is_logged
from plugin.web.access import may_open, sign_in_first
from plugin.web.edge import asker, commit, rollback, session, viewer

pages = Blueprint("log", __name__)

# The page beside the slides shows these fields of the log, and leaves the others of the draft alone.
CONVERSATION = "conversation"
OF_THE_CONVERSATION = (EVIDENCE, ANSWER, PERSON, "note", "template")
NOT_TYPED = frozenset({"csrf_token", "part"})
# A form of this product has fewer fields, each of one value.
MOST_FIELDS = 300


@pages.get("/deals/<public_id>/log")
@pages.get("/deals/<public_id>/log/<ref>")
def form(public_id: str, ref: str | None = None) -> ResponseReturnValue:
    found = log_form(session(), workspace(), viewer(), public_id, ref, request.args.get("template"))
    if found is None:
        abort(404)
    fields = log_fields(found, _typed_before(found), uuid4().hex)
    # The draft may be older than what colleagues wrote since; they are shown, so it is answered to.
    fields.revision.data = str(found.revision)
    if request.args.get("went") == Progress.BACK and found.earlier_stages:
        fields.progress.data = Progress.BACK.value
    return _show(found, fields)


@pages.post("/deals/<public_id>/log/<ref>")
def save(public_id: str, ref: str) -> ResponseReturnValue:
    """Store the log once. The form checks its own token: a stale one gives the text back instead of an error."""
    if asker().signed_in is None:
        return _keep_for_later(public_id, ref)
    if _is_stored():
        return _stored_before(public_id)
    found = log_form(session(), workspace(), viewer(), public_id, ref)
    if found is None:
        abort(404)
    fields = log_fields(found, request.form, uuid4().hex)
    if not fields.validate():
        return _show(found, fields, status=422)
    return _store(found, fields)


@pages.post("/deals/<public_id>/log/<ref>/draft")
def draft(public_id: str, ref: str) -> ResponseReturnValue:
    """Keep what is being typed; the page sends it after a pause and when it is left."""
    kept = _keep(_writer(), public_id, ref)
    return {"kept": kept, "signed_in": asker().signed_in is not None}, 200 if kept else 404


@pages.post("/deals/<public_id>/log/<ref>/continue")
def continue_(public_id: str, ref: str) -> ResponseReturnValue:
    """From the conversation to the log: what was noted is in its fields already."""
    if asker().signed_in is None:
        return _keep_for_later(public_id, ref)
    if not _keep(viewer(), public_id, ref):
        abort(404)
    where = url_for("log.form", public_id=public_id, ref=ref, template=request.form.get("template"))
    return redirect(where, 303)


@pages.post("/deals/<public_id>/log/<ref>/discard")
def discard(public_id: str, ref: str) -> ResponseReturnValue:
    """Forget the draft: the person said so."""
    deal = find_deal(session(), public_id, viewer().only_owner)
    if deal is None:
        abort(404)
    discard_draft(session(), viewer().user_id, deal.id, ref)
    return redirect(url_for("log.form", public_id=public_id, ref=ref), 303)


def _store(found: LogForm, fields: LogMeetingForm) -> ResponseReturnValue:
    public_id = found.reading.deal.public_id
    try:
        result = log_meeting(session(), workspace(), viewer(), public_id, fields.entry(found.meeting_ref))
        commit()
    except OperationalError:
        # A full disk, a database that does not answer: the page says so and holds the text.
        rollback()
        return _show(found, fields, status=503)
    except IntegrityError:
        rollback()
        if _is_stored():
            return _stored_before(public_id)
        raise
    if result is None:
        abort(404)
    if isinstance(result, Conflict):
        fields.revision.data = str(result.revision)
        return _show(found, fields, status=409, theirs=result.theirs)
    flash(told(result))
    return redirect(url_for("deals.page", public_id=public_id), 303)


def _is_stored() -> bool:
    """Whether this very form has been stored: a double click, or a browser that sends again."""
    return is_logged(session(), request.form.get("key", ""))


def _stored_before(public_id: str) -> ResponseReturnValue:
    flash(gettext("This was saved already; it is kept once."))
    return redirect(url_for("deals.page", public_id=public_id), 303)


def _keep_for_later(public_id: str, ref: str) -> ResponseReturnValue:
    """The session ended while this was typed: keep it as the person's draft, and ask them to sign in."""
    if not _keep(_writer(), public_id, ref):
        return sign_in_first()
    flash(gettext("You were signed out. What you typed is kept: sign in, and save it."))
    wanted = url_for("log.form", public_id=public_id, ref=ref)
    return redirect(url_for("sign_in.page", next=wanted), 303)


def _writer() -> Viewer:
    """Whose typing this is: the person signed in, or the one whose session ended by itself."""
    expired = asker().expired
    writer = viewer() if expired is None else expired.viewer
    if not may_open(writer.role, "log.draft"):
        abort(403)
    return writer


def _keep(writer: Viewer, public_id: str, ref: str) -> bool:
    """False where there is no such deal for this person."""
    deal = find_deal(session(), public_id, writer.only_owner)
    if deal is None or len(ref) > 32:
        return False
    # A draft sent in the moment of saving may arrive after it: the text is stored, and must not come back.
    if not _is_stored():
        fields = {name: values for name, values in list(request.form.lists())[:MOST_FIELDS] if name not in NOT_TYPED}
        owned = OF_THE_CONVERSATION if request.form.get("part") == CONVERSATION else ("",)
        save_draft(session(), writer.user_id, public_id, ref, fields, workspace().clock(), owned)
    return True


def _typed_before(found: LogForm) -> MultiDict[str, str] | None:
    return MultiDict(found.draft) if found.draft else None


def _show(
    found: LogForm, fields: LogMeetingForm, status: int = 200, theirs: tuple[NoteLine, ...] = ()
) -> ResponseReturnValue:
    page = render_template(
        "log.html",
        found=found,
        deal=found.reading.deal,
        people=[contact.name for contact in contacts_of(session(), found.reading.deal.id)],
        form=fields,
        status=status,
        theirs=theirs or (found.meeting.notes if found.meeting else ()),
        colleagues=[(one.name, one.at, _typed_texts(one.fields)) for one in found.colleagues],
    )
    return page, status


def _typed_texts(fields: dict[str, Any]) -> list[str]:
    """What a colleague has typed, without the ticks and the names."""
    texts = [
        str(value)
        for name, values in fields.items()
        for value in (values if isinstance(values, list) else [values])
        if name in {"note", "what_changed"} or name.endswith("-words")
    ]
    return [text for text in texts if text.strip()]
