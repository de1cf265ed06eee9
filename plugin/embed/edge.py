"""The edge of a request: who bears the page token, one database session, both languages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, g, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from plugin.rendering.closed import closed_in_words
from plugin.rendering.formats import DEFAULT_ZONE, use_zone
from plugin.rendering.i18n import LANGUAGES, SOURCE, use_language
from plugin.rendering.workspace import look_at, take_anew, workspace
from plugin.services.panel import Closed, Guest, PanelClosed, guest_of, known_deal
from plugin.store.queries.deals import DealLine

BEARER = "Bearer "

View = Callable[..., ResponseReturnValue]


def install(app: Flask) -> None:
    app.before_request(_greet)
    app.after_request(_finish)
    app.teardown_request(_close)
    app.register_error_handler(PanelClosed, show_closed)


def session() -> Session:
    """The request's database session: a reading one, but for what was sent."""
    if "session" not in g:
        database = workspace().database
        g.session = (database.reading if request.method == "GET" else database.writing)()
    opened: Session = g.session
    return opened


def commit() -> None:
    if "session" in g:
        g.session.commit()


def rollback() -> None:
    if "session" in g:
        g.session.rollback()


def guest() -> Guest:
    found: Guest = g.guest
    return found


def for_guests(view: View) -> View:
    """Whoever bears a page token of this connection. Looked up in a session of its own: on SQLite a reader that waits
    for its own writer would wait for ever."""

    @wraps(view)
    def guarded(connection: str, **values: Any) -> ResponseReturnValue:
        given = request.headers.get("Authorization", "")
        token = given.removeprefix(BEARER) if given.startswith(BEARER) else ""
        with workspace().database.reading() as reading:
            greet(guest_of(reading, workspace(), connection, token))
        return view(**values)

    return guarded


def deal() -> DealLine:
    """The guest's deal, whose journey is looked at from here on. Raises PanelClosed."""
    found = known_deal(session(), guest())
    look_at(found.journey)
    return found


def greet(who: Guest) -> None:
    """Speak to them from here on."""
    g.guest = who
    use_language(who.viewer.language)
    use_zone(who.viewer.time_zone)


def show_closed(closed: PanelClosed) -> ResponseReturnValue:
    """What can be done about it, in words. A page token that ran out is renewed by the page itself."""
    if closed.why is Closed.EXPIRED:
        return "", 401
    again = closed.why is Closed.UNKNOWN_DEAL
    html = render_template("closed.html", words=closed_in_words(closed), person=closed.person, again=again)
    return {"html": html}, 403


def _greet() -> None:
    take_anew(fresh=request.method != "GET")
    use_language(request.accept_languages.best_match(list(LANGUAGES)) or SOURCE)


def _finish(response: Any) -> Any:
    if response.status_code < 400:
        commit()
    return response


def _close(_error: BaseException | None) -> None:
    opened = g.pop("session", None)
    if opened is not None:
        opened.close()
    # A thread serves many people one after the other.
    use_language(SOURCE)
    use_zone(DEFAULT_ZONE)
