"""When something goes wrong: a page in plain words, with a reference that stands in the log too."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, Response, g, make_response, render_template
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from plugin.rendering.i18n import gettext


@dataclass(frozen=True, slots=True)
class Failure:
    title: str
    text: str


def install(app: Flask) -> None:
    app.register_error_handler(HTTPException, _show)
    app.register_error_handler(CSRFError, _show_stale)


def show(status: int, failure: Failure) -> Response:
    page = render_template("failure.html", status=status, failure=failure, reference=g.get("reference"))
    return make_response(page, status)


def _show(error: HTTPException) -> Response:
    status = error.code or 500
    failure = _told().get(status) or (_unknown() if status < 500 else _defect())
    response = show(status, failure)
    if status == 405:
        response.headers["Allow"] = ", ".join(getattr(error, "valid_methods", None) or ())
    return response


def _show_stale(_error: CSRFError) -> Response:
    """The form's token is not of this session: it lay open while somebody signed in or out."""
    return show(400, Failure(gettext("This page was too old"), gettext("Reload it, then send the form again.")))


def _defect() -> Failure:
    return Failure(
        gettext("Something broke on our side"),
        gettext("Nothing was half saved. Try again; if it happens again, tell us the reference below."),
    )


def _unknown() -> Failure:
    return Failure(gettext("That did not work"), gettext("Go back and try again."))


def _told() -> dict[int, Failure]:
    return {
        400: Failure(gettext("We could not read that"), gettext("Go back, reload the page, and try again.")),
        403: Failure(
            gettext("This is not yours to open"),
            gettext("Your role does not include this page. An admin can change that."),
        ),
        404: Failure(
            gettext("There is nothing here"),
            gettext("The address is wrong, or what was here belongs to somebody else or is gone."),
        ),
        405: Failure(gettext("This address works differently"), gettext("Go back, and use the page's own buttons.")),
        413: Failure(gettext("That was too much at once"), gettext("Shorten the text, then send it again.")),
        429: Failure(gettext("Too many tries"), gettext("Wait a little, then try again.")),
    }
