"""What the weekly mail says: a saved view's first sentence and table, or the page of the weekly meeting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage

from flask import Flask, current_app, g, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.urls import iri_to_uri

from plugin.rendering.formats import use_zone
from plugin.rendering.i18n import gettext, speaking
from plugin.rendering.workspace import look_at, workspace
from plugin.services.conversion import conversion
from plugin.services.weekly_mail import Due, DueView, DueWeek, Letter, LetterWriter
from plugin.services.weekly_page import Way, weekly_page
from plugin.web.question_form import question_form
from plugin.web.saved_views import REPORTS


def letter_writer(app: Flask, address: str) -> LetterWriter:
    """``address`` is where people open the pages, for the links."""

    def write(session: Session, due: Due) -> Letter:
        query = due.query if isinstance(due, DueView) else ""
        # A context of its own: somebody may send letters from within a request, which has a session too.
        with (
            app.app_context(),
            app.test_request_context(f"/?{iri_to_uri(query)}", base_url=address),
            speaking(due.reader.language),
        ):
            g.session = session
            use_zone(due.reader.time_zone)
            return _view(due) if isinstance(due, DueView) else _week(due)

    return write


@dataclass(frozen=True, slots=True)
class Mailing:
    """How letters are written and sent from here. ``send`` raises NotSent."""

    write: LetterWriter
    send: Callable[[EmailMessage], None]
    sender: str


def mailing() -> Mailing | None:
    """None where nobody said through which server."""
    found: Mailing | None = current_app.extensions.get("mailing")
    return found


def _week(due: DueWeek) -> Letter:
    about = {
        "page": weekly_page(g.session, workspace(), due.week),
        "link": url_for("weekly.page", week=due.week.name, _external=True),
        "ways": tuple(Way),
    }
    return Letter(
        subject=gettext("Week %(number)s: marketing and sales", number=due.week.number),
        text=render_template("weekly_letter.txt", **about),
        html=render_template("weekly_letter.html", **about),
    )


def _view(view: DueView) -> Letter:
    look_at(request.args.get("journey"))
    form = question_form()
    # A choice that nobody has any more (an owner who left, say) is one that is not made.
    if not form.validate():
        form = question_form(MultiDict())
        form.validate()
    report = conversion(g.session, workspace(), form.question())
    link = f"{url_for(REPORTS.get(view.page, REPORTS['stages']), _external=True)}?{view.query}"
    about = {"report": report, "view": view, "link": link, "asked": form.asked()}
    return Letter(
        subject=gettext("Conversion: %(name)s", name=view.name),
        text=render_template("weekly_mail.txt", **about),
        html=render_template("weekly_mail.html", **about),
    )
