"""What went wrong, as ``application/problem+json`` (RFC 9457): for every error, and without anybody's words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from types import MappingProxyType

from flask import Flask, Response, g
from pydantic import BaseModel, Field
from werkzeug.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
TOLD: Mapping[int, str] = {
    400: "The request does not have the form that the API's description gives it.",
    401: "Send a personal access token: «Authorization: Bearer parcours_…».",
    403: "The token does not open this.",
    404: "There is nothing here, or it belongs to somebody else.",
    405: "This address does not take this method.",
    409: "Somebody wrote meanwhile.",
    413: "The body is larger than 1 MB.",
    415: "Send the body as application/json.",
    422: "The request has the right form, and can't be carried out.",
    429: "Too many requests: wait as long as Retry-After says.",
    500: "Something broke on our side; nothing was half stored.",
}


class InputFault(BaseModel):
    """What is wrong with one thing that was sent."""

    pointer: str = Field(description="JSON pointer into the body; for a parameter or header, its name behind a slash.")
    detail: str


class Problem(BaseModel):
    """What went wrong. ``type`` says it to a program, the rest to a person."""

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[InputFault, ...] = ()
    scope: str | None = Field(None, description="The scope that the token lacks.")
    reference: str | None = Field(None, description="What our log calls this defect.")


class Refusal(Exception):
    """Ends a request with a problem."""

    def __init__(self, problem: Problem, headers: Mapping[str, str] = NO_HEADERS) -> None:
        super().__init__(problem.type)
        self.problem, self.headers = problem, headers


def problem(status: int, detail: str = "", kind: str = "", errors: Iterable[InputFault] = ()) -> Problem:
    """``kind`` names a problem that a program should tell from others of its status."""
    phrase = HTTPStatus(status).phrase
    name = kind or phrase.lower().replace(" ", "-")
    return Problem(
        type=f"urn:parcours:problem:{name}",
        title=phrase,
        status=status,
        detail=detail or TOLD.get(status, "This did not work."),
        errors=tuple(errors),
    )


def refuse_input(status: int, faults: Iterable[tuple[Iterable[str | int], str]]) -> Refusal:
    """Each fault with its place: names of fields, and places in lists."""
    errors = [InputFault(pointer=pointer(place), detail=detail) for place, detail in faults]
    return Refusal(problem(status, errors=errors))


def pointer(place: Iterable[str | int]) -> str:
    """RFC 6901."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in place)


def install(app: Flask) -> None:
    app.register_error_handler(Refusal, _show_refusal)
    app.register_error_handler(HTTPException, _show)


def _show_refusal(refusal: Refusal) -> Response:
    return _response(refusal.problem, refusal.headers)


def _show(error: HTTPException) -> Response:
    status = error.code or 500
    response = _response(problem(status).model_copy(update={"reference": g.get("reference")}))
    if status == 405:
        response.headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
    return response


def _response(told: Problem, headers: Mapping[str, str] = NO_HEADERS) -> Response:
    content = {name: value for name, value in told.model_dump(mode="json").items() if value not in (None, [])}
    return Response(json.dumps(content, ensure_ascii=False), told.status, headers, mimetype=MEDIA_TYPE)
