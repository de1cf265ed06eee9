"""The twenty-second log: the same form by the same rules as the page's. What was typed is never lost."""

from __future__ import annotations

from uuid import uuid4

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.datastructures import MultiDict

from plugin.embed.deal import panel
from plugin.embed.edge import commit, deal, for_guests, guest, rollback, session
from plugin.rendering.i18n import gettext
from plugin.rendering.log_fields import LogMeetingForm
from plugin.rendering.log_form import log_fields
from plugin.rendering.log_told import told
from plugin.rendering.workspace import workspace
from plugin.services.drafts import discard_draft, save_draft
from plugin.services.log import Conflict, log_meeting
from plugin.services.log_form import LogForm, log_form
from plugin.store.queries.deals import DealLine, contacts_of
from plugin.store.queries.meetings import NoteLine, is_logged

pages = Blueprint("log", __name__)

# A form of this product has fewer fields, each of one value.
MOST_FIELDS = 300
LONGEST_REF = 32


@pages.get("/<connection>/log")
@for_guests
def form() -> ResponseReturnValue:
    return _begin(request.args.get("template"))


@pages.post("/<connection>/log/<ref>")
@for_guests
def save(ref: str) -> ResponseReturnValue:
    if is_logged(session(), request.form.get("key", "")):
        rollback()
        return _done(gettext("This was saved already; it is kept once."))
    found = _form(ref)
    fields = log_fields(found, request.form, uuid4().hex)
    if not fields.validate():
        return _show(found, fields, 422)
    return _store(found, fields)


@pages.post("/<connection>/log/<ref>/draft")
@for_guests
def draft(ref: str) -> ResponseReturnValue:
    """Keep what is being typed; the page sends it after a pause and when it is left."""
    deal = _deal()
    if len(ref) <= LONGEST_REF and not is_logged(session(), request.form.get("key", "")):
        fields = dict(list(request.form.lists())[:MOST_FIELDS])
        save_draft(session(), guest().viewer.user_id, deal.public_id, ref, fields, workspace().clock(), ("",))
    return {"said": gettext("Draft kept")}


@pages.post("/<connection>/log/<ref>/discard")
@for_guests
def discard(ref: str) -> ResponseReturnValue:
    """Forget the draft: the person said so."""
    discard_draft(session(), guest().viewer.user_id, _deal().id, ref)
    commit()
    return _begin(None)


def _begin(template: str | None) -> ResponseReturnValue:
    found = _form(None, template)
    fields = log_fields(found, MultiDict(found.draft) if found.draft else None, uuid4().hex)
    # The draft may be older than what colleagues wrote since; they are shown, so it is answered to.
    fields.revision.data = str(found.revision)
    return _show(found, fields)


def _deal() -> DealLine:
    """The deal of a person who may write of it."""
    if not guest().may_log:
        abort(403)
    return deal()


def _form(ref: str | None, template: str | None = None) -> LogForm:
    found = log_form(session(), workspace(), guest().viewer, _deal().public_id, ref, template)
    if found is None:
        abort(404)
    return found


def _store(found: LogForm, fields: LogMeetingForm) -> ResponseReturnValue:
    entry = fields.entry(found.meeting_ref)
    try:
        result = log_meeting(session(), workspace(), guest().viewer, found.reading.deal.public_id, entry)
        commit()
    except OperationalError:
        # A full disk, a database that does not answer: the page says so and holds the text.
        rollback()
        return _show(found, fields, 503)
    except IntegrityError:
        rollback()
        if is_logged(session(), entry.key):
            rollback()
            return _done(gettext("This was saved already; it is kept once."))
        raise
    if result is None:
        abort(404)
    if isinstance(result, Conflict):
        fields.revision.data = str(result.revision)
        return _show(found, fields, 409, result.theirs)
    return _done(told(result))


def _done(said: str) -> ResponseReturnValue:
    return {"html": panel(guest(), said), "changed": True}


def _show(
    found: LogForm, fields: LogMeetingForm, status: int = 200, theirs: tuple[NoteLine, ...] = ()
) -> ResponseReturnValue:
    deal = found.reading.deal
    html = render_template(
        "log.html",
        found=found,
        deal=deal,
        people=[contact.name for contact in contacts_of(session(), deal.id)],
        form=fields,
        status=status,
        theirs=theirs or (found.meeting.notes if found.meeting else ()),
    )
    return {"html": html}, status
