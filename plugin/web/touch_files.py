"""Files of touches: sent, looked at, stored when the person says so, and taken back."""

from __future__ import annotations

import base64
import binascii
import zlib

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import FileField, HiddenField, SelectField

from plugin.domain.touch_file import DateOrder, RowFault, Wrong
from plugin.domain.typed_text import tidy
from plugin.rendering.formats import zone
from plugin.rendering.forms import Form, choose
from plugin.rendering.i18n import gettext, ngettext
from plugin.rendering.touch_faults import touch_fault
from plugin.rendering.workspace import workspace
from plugin.services.touch_imports import LARGEST_FILE, Preview, Sent, import_touches, preview, undo_import
from plugin.store.queries.touches import imports
from plugin.web.edge import session, viewer

pages = Blueprint("touches_files", __name__)

FAULTS_SHOWN = 100
# Of such a file there is nothing to look at.
NO_SHEET = (Wrong.EMPTY_FILE, Wrong.NOT_TEXT)


class FileForm(Form):
    """``packed`` is a file that comes back with its preview: nothing is kept of it before the person says so."""

    file = FileField()
    dates = SelectField(default=DateOrder.ISO.value)
    name = HiddenField()
    packed = HiddenField()


@pages.get("/journey/touches/files")
def page() -> ResponseReturnValue:
    return _show(_form())


@pages.post("/journey/touches/files")
def look() -> ResponseReturnValue:
    """What the file would add. It comes anew, or once more with dates read otherwise."""
    form, sent = _sent()
    if sent is None:
        return _show(form, 422)
    form.name.data, form.packed.data = sent.name, _pack(sent.data)
    found = preview(session(), sent)
    if found.broken and found.broken.wrong in NO_SHEET:
        form.file.errors = [touch_fault(found.broken)]
        return _show(form, 422)
    return _show(form, 200 if found.new or found.known else 422, found)


@pages.post("/journey/touches/files/import")
def import_() -> ResponseReturnValue:
    form, sent = _sent()
    if sent is None:
        return _show(form, 422)
    found, stored = import_touches(workspace(), viewer().user_id, sent)
    if stored is None:
        flash(gettext("Nothing was added: all of it is here already."))
    else:
        added = len(found.new)
        flash(ngettext("%(num)s touch was added.", "%(num)s touches were added.", added))
    return redirect(url_for("touches_files.page"), 303)


@pages.post("/journey/touches/files/<public_id>/undo")
def undo(public_id: str) -> ResponseReturnValue:
    taken = undo_import(workspace(), viewer().user_id, public_id)
    if taken is None:
        abort(404)
    flash(ngettext("%(num)s touch was taken back.", "%(num)s touches were taken back.", taken))
    return redirect(url_for("touches_files.page"), 303)


def _sent() -> tuple[FileForm, Sent | None]:
    """The form, and the file in it; None, with the reason on the form, where there is none that can be read."""
    form = _form()
    if not form.validate():
        return form, None
    upload = request.files.get("file")
    try:
        data = upload.read() if upload and upload.filename else _unpack(form.packed.data or "")
    except ValueError:
        data = b""
    if not data and upload and upload.filename:
        form.file.errors = [touch_fault(RowFault(1, Wrong.EMPTY_FILE))]
    elif not data:
        form.file.errors = [gettext("Choose a file first.")]
    elif len(data) > LARGEST_FILE:
        form.file.errors = [gettext("This file is larger than 5 MB: cut it in two.")]
    else:
        name = tidy(upload.filename if upload and upload.filename else form.name.data) or "touches.csv"
        return form, Sent(name, data, DateOrder(form.dates.data), zone())
    return form, None


def _form() -> FileForm:
    form = FileForm()
    orders = {
        DateOrder.ISO: gettext("2026-03-31 (year first)"),
        DateOrder.DAY_FIRST: gettext("31/03/2026 (day first)"),
        DateOrder.MONTH_FIRST: gettext("03/31/2026 (month first)"),
    }
    choose(form.dates, [(order.value, name) for order, name in orders.items()])
    return form


def _pack(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data)).decode()


def _unpack(text: str) -> bytes:
    """ValueError on what we never packed; what unpacks into more than a file is cut, and then too large."""
    try:
        return zlib.decompressobj().decompress(base64.b64decode(text, validate=True), LARGEST_FILE + 1)
    except (zlib.error, binascii.Error) as error:
        raise ValueError("not a packed file") from error


def _show(form: FileForm, status: int = 200, found: Preview | None = None) -> ResponseReturnValue:
    page_ = render_template(
        "touch_files.html",
        form=form,
        found=found,
        imports=imports(session()),
        fault_text=touch_fault,
        most=FAULTS_SHOWN,
    )
    return page_, status
