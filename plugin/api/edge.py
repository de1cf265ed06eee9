"""The edge of a request: who asks, what their token opens, how much is left to them, one database session."""

from __future__ import annotations

from flask import Flask, Response, current_app, g, request
from sqlalchemy.orm import Session

from plugin.api.limits import Count, Limits
from plugin.api.problems import Refusal, problem
from plugin.services.api_tokens import Bearer, Scope, find_bearer, is_worth_noting, note_used
from plugin.services.viewer import Viewer
from plugin.services.workspace import Workspace

READING = frozenset({"GET", "HEAD"})
CHALLENGE = 'Bearer realm="parcours"'


def workspace() -> Workspace:
    """With the journeys in use when the request came, looked at through the one that it is about."""
    if "workspace" not in g:
        g.workspace = _base().now()
    found: Workspace = g.workspace
    return found


def look_at(journey: str | None) -> None:
    """From here on this request is about the deals of this journey."""
    g.workspace = workspace().of(journey)


def _base() -> Workspace:
    found: Workspace = current_app.extensions["parcours"]
    return found


def session() -> Session:
    """The request's reading session; what writes opens its own."""
    if "session" not in g:
        g.session = workspace().database.reading()
    opened: Session = g.session
    return opened


def bearer() -> Bearer:
    found: Bearer = g.bearer
    return found


def viewer() -> Viewer:
    return bearer().viewer


def admit(scope: Scope | None) -> None:
    """Let in whoever holds a token that opens this, as often as its limit says. Raises Refusal."""
    g.bearer = _identified()
    limits = _limits()
    buckets = limits.reading if request.method in READING else limits.writing
    _count(buckets.take(str(bearer().token.id)))
    if scope is not None and scope not in bearer().scopes:
        raise _lacks(scope)
    _note_used(bearer())


def _identified() -> Bearer:
    address = request.remote_addr or ""
    failing = _limits().failing
    count = failing.look(address)
    if count.wait:
        raise Refusal(problem(429), count.headers)
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer":
        raise Refusal(problem(401), {"WWW-Authenticate": CHALLENGE})
    # In a session of its own: on SQLite a reader that waits for its own writer would wait for ever.
    with workspace().database.reading() as reading:
        found = find_bearer(reading, token.strip(), workspace().clock())
    if found is None:
        failing.take(address)
        told = problem(401, "This token opens nothing: it is wrong, ran out or was revoked.", "invalid-token")
        raise Refusal(told, {"WWW-Authenticate": f'{CHALLENGE}, error="invalid_token"'})
    return found


def _count(count: Count) -> None:
    g.count = count
    if count.wait:
        raise Refusal(problem(429), count.headers)


def _lacks(scope: Scope) -> Refusal:
    told = problem(403, f"The token lacks the scope {scope}.", "missing-scope").model_copy(update={"scope": scope})
    return Refusal(told, {"WWW-Authenticate": f'{CHALLENGE}, error="insufficient_scope", scope="{scope}"'})


def _note_used(found: Bearer) -> None:
    now = workspace().clock()
    if is_worth_noting(found.token, now):
        with workspace().database.writing.begin() as writing:
            note_used(writing, found.token, now)


def _limits() -> Limits:
    found: Limits = current_app.extensions["limits"]
    return found


def install(app: Flask) -> None:
    app.before_request(_greet)
    app.after_request(_tell)
    app.teardown_request(_close)


def _greet() -> None:
    g.pop("workspace", None)
    if request.method in READING:
        _base().look()
    else:
        _base().look_again()


def _tell(response: Response) -> Response:
    """Nothing of it is for a browser: no cookie, no script of another site, no frame, nothing kept."""
    headers = response.headers
    headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cache-Control"] = "no-store"
    if current_app.config["HTTPS"]:
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    count: Count | None = g.get("count")
    if count is not None:
        headers.update(count.headers)
    return response


def _close(_error: BaseException | None) -> None:
    opened = g.pop("session", None)
    if opened is not None:
        opened.close()
