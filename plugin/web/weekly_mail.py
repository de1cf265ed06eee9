"""What the weekly mail says: a saved view's first sentence, its table, and where to go on reading."""

from __future__ import annotations

from flask import Flask, g, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.urls import iri_to_uri

from plugin.rendering.formats import use_zone
from plugin.rendering.i18n import gettext, speaking
from plugin.rendering.workspace import look_at, workspace
from plugin.services.conversion import conversion
from plugin.services.weekly_mail import DueView, Letter, LetterWriter
from plugin.web.question_form import question_form
from plugin.web.saved_views import REPORTS


def letter_writer(app: Flask, address: str) -> LetterWriter:
    """``address`` is where people open the pages, for the links."""

    def write(session: Session, view: DueView) -> Letter:
        with app.test_request_context(f"/?{iri_to_uri(view.query)}", base_url=address), speaking(view.reader.language):
            g.session = session
            use_zone(view.reader.time_zone)
            return _write(view)

    return write


def _write(view: DueView) -> Letter:
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
