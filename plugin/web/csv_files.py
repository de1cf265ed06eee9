"""Deals from CSV files, sent in the browser: for a company whose CRM we don't know, or that has none."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import FileField, StringField, ValidationError

from plugin.domain.typed_text import tidy
from plugin.rendering.forms import Form, Required
from plugin.rendering.i18n import gettext, ngettext
from plugin.rendering.workspace import workspace
from plugin.services.csv_files import (
    FILE_NAME,
    KIND,
    LARGEST_FILES,
    MOST_FILES,
    NAME,
    FilesRefused,
    connect_files,
    kind_of,
)
from plugin.services.csv_sample import zipped_sample
from plugin.web.edge import commit, viewer

pages = Blueprint("connections_csv", __name__)


class FilesForm(Form):
    name = StringField(validators=[Required()], default="csv")
    files = FileField()

    def validate_name(self, field: StringField) -> None:
        name = tidy(field.data or "")
        if not NAME.fullmatch(name):
            raise ValidationError(gettext("Use small letters, digits, - and _, at most 60."))
        if kind_of(workspace(), name) not in (None, KIND):
            raise ValidationError(gettext("Another CRM is connected under this name: choose another one."))


@pages.get("/connections/csv")
def page() -> ResponseReturnValue:
    asked = request.args.get("name", "")
    return _show(FilesForm(None, name=asked) if NAME.fullmatch(asked) else FilesForm(None))


@pages.post("/connections/csv")
def send() -> ResponseReturnValue:
    form = FilesForm()
    valid, files = form.validate(), _sent(form)
    if not valid or form.files.errors:
        return _show(form, status=422)
    name, who = tidy(form.name.data), viewer().user_id
    # Reading them takes a while: nothing may be held meanwhile.
    commit()
    try:
        pulled = connect_files(workspace(), name, files, who)
    except FilesRefused as refused:
        return _show(form, refused.reasons, 422)
    flash(ngettext("%(num)s deal was read.", "%(num)s deals were read.", pulled.deals))
    if pulled.faults:
        flash(
            ngettext(
                "%(num)s row could not be read: it is told below, under its faults.",
                "%(num)s rows could not be read: they are told below, under the faults.",
                len(pulled.faults),
            )
        )
    return redirect(url_for("connections.page"), 303)


@pages.get("/connections/csv/sample.zip")
def sample() -> ResponseReturnValue:
    headers = {"Content-Disposition": "attachment; filename=parcours-csv.zip"}
    return Response(zipped_sample(), mimetype="application/zip", headers=headers)


def _sent(form: FilesForm) -> dict[str, bytes]:
    """By name; what can't be taken is said on the form."""
    sent = [one for one in request.files.getlist("files") if one.filename]
    strange = [one.filename or "" for one in sent if not FILE_NAME.fullmatch(one.filename or "")]
    files = {one.filename or "": one.read() for one in sent if not strange}
    if not sent:
        form.files.errors = [gettext("Choose the files first.")]
    elif strange:
        form.files.errors = [
            gettext("“%(name)s” is not taken: only .csv files and mapping.yaml are.", name=strange[0][:100])
        ]
    elif len(files) > MOST_FILES or sum(map(len, files.values())) > LARGEST_FILES:
        form.files.errors = [gettext("At most %(most)s files of 20 MB together.", most=MOST_FILES)]
    return files


def _show(form: FilesForm, reasons: tuple[str, ...] = (), status: int = 200) -> ResponseReturnValue:
    return render_template("csv_files.html", form=form, reasons=reasons), status
