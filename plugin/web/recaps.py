"""The recap of a meeting, as the salesperson reads, sends and follows it."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain.typed_text import tidy
from plugin.rendering import wording
from plugin.rendering.formats import day, moment
from plugin.rendering.i18n import LANGUAGES, gettext, speaking
from plugin.rendering.workspace import workspace
from plugin.services.recaps import DraftLine, LineKind, NewRecap, RecapPage, recap_page, revoke_recaps, send_recap
from plugin.web.edge import session, viewer

pages = Blueprint("recaps", __name__)

LONGEST_LINE, LONGEST_GREETING = 2_000, 4_000


@pages.get("/deals/<public_id>/meetings/<meeting>/recap")
def page(public_id: str, meeting: str) -> ResponseReturnValue:
    found = _found(public_id, meeting)
    language = _language()
    with speaking(language):
        lines = [(line, text_of(line)) for line in found.proposed]
        greeting = _greeting(found)
    link = url_for("recap_public.page", token=found.link, _external=True) if found.link else None
    return render_template(
        "recap.html",
        found=found,
        deal=found.reading.deal,
        lines=lines,
        greeting=greeting,
        chosen=language,
        link=link,
        mail=_mail(found, link) if link else "",
    )


@pages.post("/deals/<public_id>/meetings/<meeting>/recap")
def send(public_id: str, meeting: str) -> ResponseReturnValue:
    found = _found(public_id, meeting)
    language = _language()
    with speaking(language):
        lines = tuple(_kept(found))
    if not lines:
        flash(gettext("A recap needs a line at least: keep one."))
        return redirect(url_for("recaps.page", public_id=public_id, meeting=meeting), 303)
    greeting = tidy(request.form.get("greeting"))[:LONGEST_GREETING]
    send_recap(session(), workspace(), viewer(), found, NewRecap(language, greeting, lines))
    flash(gettext("The link is ready: copy it, or send the e-mail."))
    return redirect(url_for("recaps.page", public_id=public_id, meeting=meeting), 303)


@pages.post("/deals/<public_id>/meetings/<meeting>/recap/revoke")
def revoke(public_id: str, meeting: str) -> ResponseReturnValue:
    found = _found(public_id, meeting)
    revoke_recaps(session(), found.meeting.id, workspace().clock())
    flash(gettext("The link opens nothing any more."))
    return redirect(url_for("recaps.page", public_id=public_id, meeting=meeting), 303)


def text_of(line: DraftLine) -> str:
    """A line in words; steps and dates in the language that is spoken now."""
    if line.step:
        side = wording.plan_side(line.step.side)
        who = f"{side}, {line.step.who}" if line.step.who else side
        return gettext("%(day)s – %(text)s (%(who)s)", day=day(line.step.due_on), text=line.step.text, who=who)
    if line.meeting:
        title = wording.meeting_title(line.meeting.template, line.meeting.title)
        return gettext("%(moment)s – %(title)s", moment=moment(line.meeting.starts_at), title=title)
    return line.text


def _found(public_id: str, meeting: str) -> RecapPage:
    found = recap_page(session(), workspace(), viewer(), public_id, meeting)
    if found is None:
        abort(404)
    return found


def _language() -> str:
    """The buyer's language, as the salesperson chose it; their own until then."""
    chosen = request.values.get("language", "")
    return chosen if chosen in LANGUAGES else viewer().language


def _kept(found: RecapPage) -> Iterator[DraftLine]:
    """The proposed lines that were left in, with the words as they were put right. No line can be made up."""
    for place, line in enumerate(found.proposed):
        text = tidy(request.form.get(f"text_{place}", text_of(line)))[:LONGEST_LINE]
        if text and request.form.get(f"keep_{place}"):
            yield DraftLine(LineKind(line.kind), text, line.said_by, line.question, line.evidence)


def _greeting(found: RecapPage) -> str:
    contact = found.reading.deal.contact or ""
    return gettext(
        "Hello %(name)s,\n\nThank you for the conversation of %(day)s. This is what I understood, in your words. "
        "Please confirm each line, or put it right.\n\n%(seller)s",
        name=contact,
        day=day(found.meeting.starts_at),
        seller=viewer().name,
    )


def _mail(found: RecapPage, link: str) -> str:
    """The text for an e-mail, for those who write it themselves."""
    sent = found.sent
    if sent is None:
        return ""
    with speaking(sent.language):
        lines = [f"– {line.text}" for line in sent.lines]
        return "\n\n".join(
            [sent.greeting, "\n".join(lines), gettext("Confirm or correct it here: %(link)s", link=link)]
        )
