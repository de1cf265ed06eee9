"""The weekly page of marketing and sales: shown, printed, and sent to whom it was chosen for."""

from __future__ import annotations

from contextvars import copy_context

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain.week import Week
from plugin.rendering.i18n import gettext, ngettext
from plugin.rendering.workspace import workspace
from plugin.services.audit import record
from plugin.services.viewer import Role
from plugin.services.weekly_mail import choose_weekly_readers, send_week, weekly_readers
from plugin.services.weekly_page import Way, last_whole_week, weekly_page
from plugin.store.queries.accounts import admins
from plugin.store.queries.actions import people_to_choose
from plugin.web.edge import session, viewer
from plugin.web.interval_bar import interval_bar
from plugin.web.objectives import behind
from plugin.web.weekly_mail import mailing

pages = Blueprint("weekly", __name__)


@pages.get("/plan/week")
def page() -> ResponseReturnValue:
    week = _week(request.args.get("week", ""))
    return render_template(
        "weekly.html",
        page=weekly_page(session(), workspace(), week),
        ways=tuple(Way),
        bar=interval_bar,
        behind=behind,
        last_whole=last_whole_week(workspace()),
        people=people_to_choose(session()),
        readers=weekly_readers(session()),
        can_send=mailing() is not None,
        admins=[one.name for one in admins(session())],
    )


@pages.post("/plan/week/readers")
def readers() -> ResponseReturnValue:
    """Who gets it each week from now on."""
    chosen = {int(text) for text in request.form.getlist("reader") if text.isascii() and text.isdigit()}
    choose_weekly_readers(session(), {one for one in chosen if one < 2**63})
    session().flush()
    record(session(), viewer().user_id, "weekly readers chosen", "", workspace().clock())
    flash(_told(len(weekly_readers(session()))))
    return redirect(url_for("weekly.page", week=request.form.get("week") or None), 303)


@pages.post("/plan/week/send")
def send() -> ResponseReturnValue:
    week, mail = _week(request.form.get("week", "")), mailing()
    if mail is None:
        abort(404)
    # Letters are written in their readers' languages: what they change of this context must not come back.
    sent = copy_context().run(send_week, workspace(), mail.write, mail.send, mail.sender, week)
    record(session(), viewer().user_id, "weekly page sent", week.name, workspace().clock())
    flash(ngettext("%(num)s mail sent.", "%(num)s mails sent.", sent.letters))
    for reason in sorted(set(sent.refusals)):
        flash(gettext("Not sent: %(reason)s", reason=reason))
    return redirect(url_for("weekly.page", week=week.name), 303)


def _told(chosen: int) -> str:
    """What the choice does: without a mail server nothing is sent yet."""
    if mailing() or not chosen:
        return ngettext("%(num)s person gets it each week.", "%(num)s people get it each week.", chosen)
    if viewer().role is Role.ADMIN:
        return gettext(
            "Chosen. Nothing is sent before mail is set up: set PARCOURS_SMTP_URL, PARCOURS_MAIL_FROM and "
            "PARCOURS_ADDRESS on the server."
        )
    names = ", ".join(one.name for one in admins(session()))
    return gettext("Chosen. Nothing is sent before mail is set up: ask %(names)s.", names=names)


def _week(name: str) -> Week:
    """The week that is asked for; the last whole one where none is."""
    week = Week.named(name) if name else last_whole_week(workspace())
    if week is None or week.monday.year < 2000 or week.monday > workspace().clock().date():
        abort(404)
    return week
