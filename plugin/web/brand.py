"""The company's colour, theme and logo: a page to choose them, and the style sheet that carries them to the slides."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import ColorField, RadioField, ValidationError

from plugin.rendering.forms import Form, choose
from plugin.rendering.i18n import gettext
from plugin.rendering.workspace import workspace
from plugin.services.brand import OURS, Theme, accent_fault, change_brand, change_logo, palette_of
from plugin.services.uploads import checked_picture
from plugin.store.queries.content import find_brand, find_pictures
from plugin.web.edge import session

pages = Blueprint("brand", __name__)

FOR_A_YEAR = 31_536_000  # seconds


class BrandForm(Form):
    accent = ColorField()
    theme = RadioField()

    def validate_accent(self, field: ColorField) -> None:
        messages = {
            "format": gettext("Write the colour as # and six digits 0-9, a-f: #0f5e63."),
            "pale": gettext("This colour is too pale to be seen on white paper: choose a darker one."),
        }
        if fault := accent_fault((field.data or "").lower()):
            raise ValidationError(messages[fault])


@pages.get("/brand")
def page() -> ResponseReturnValue:
    return _show(_form())


@pages.post("/brand")
def save() -> ResponseReturnValue:
    form = _form()
    if not form.validate():
        return _show(form, status=422)
    change_brand(session(), (form.accent.data or OURS).lower(), Theme(form.theme.data), workspace().clock())
    flash(gettext("Saved. The next presentation wears it."))
    return redirect(url_for("brand.page"), 303)


@pages.post("/brand/logo")
def save_logo() -> ResponseReturnValue:
    sent = request.files.get("logo")
    if request.form.get("remove"):
        change_logo(session(), None, workspace().clock())
    elif sent is None or not sent.filename:
        return _show(_form(), logo_error=gettext("Choose a file first."), status=422)
    else:
        try:
            logo = checked_picture(sent.filename, sent.read())
        except ValueError:
            wrong = gettext(
                "This file can’t be the logo: save it as PNG, JPEG or WebP, of at most 2 MB and 4,000 pixels."
            )
            return _show(_form(), logo_error=wrong, status=422)
        change_logo(session(), logo, workspace().clock())
    flash(gettext("Saved. The next presentation wears it."))
    return redirect(url_for("brand.page"), 303)


@pages.get("/brand.css")
def style() -> Response:
    """Custom properties for the slides; the values were checked when they were stored."""
    palette = palette_of(find_brand(session()))
    sheet = f":root {{ --deck-accent: {palette.accent}; --deck-on-accent: {palette.on_accent}; }}\n"
    return Response(sheet, mimetype="text/css")


@pages.get("/brand/logo/<digest>")
def logo(digest: str) -> Response:
    found = find_pictures(session(), [digest]).get(digest)
    if found is None:
        abort(404)
    answer = Response(found.data, mimetype=found.media_type)
    answer.cache_control.private, answer.cache_control.immutable = True, True
    answer.cache_control.max_age = FOR_A_YEAR
    return answer


def _form() -> BrandForm:
    brand = find_brand(session())
    form = BrandForm(accent=brand.accent if brand else OURS, theme=brand.theme if brand else Theme.PAPER.value)
    themes = {
        Theme.PAPER: gettext("White paper"),
        Theme.NIGHT: gettext("Night"),
        Theme.COLOUR: gettext("Your colour"),
    }
    choose(form.theme, [(theme.value, name) for theme, name in themes.items()])
    return form


def _show(form: BrandForm, logo_error: str = "", status: int = 200) -> ResponseReturnValue:
    page = render_template("brand.html", form=form, brand=find_brand(session()), logo_error=logo_error)
    return page, status
