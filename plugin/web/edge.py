"""The edge of a request: one database session, committed once; who asks; in which language and time zone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, current_app, g, has_request_context, request
from flask import session as cookie
from sqlalchemy.orm import Session

from plugin.domain.journey import Journey
from plugin.rendering.formats import DEFAULT_ZONE, use_zone
from plugin.rendering.i18n import LANGUAGES, SOURCE, use_language
from plugin.rendering.workspace import look_at, take_anew, workspace
from plugin.services.accounts import SEEN_EVERY, Expired, SignedIn, find_session, note_seen
from plugin.services.viewer import Viewer
from plugin.store.queries.journeys import journey_key_of_deal, journeys_with_content

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
TOKEN = "token"  # noqa: S105 (a name in the cookie)
LANGUAGE = "language"


@dataclass(slots=True)
class Asker:
    """Who asks: at most one of the two is set."""

    signed_in: SignedIn | None = None
    expired: Expired | None = None


def session() -> Session:
    """The request's database session: a reading one, but for a form that was sent."""
    if "session" not in g:
        database = workspace().database
        g.session = (database.reading if request.method in SAFE_METHODS else database.writing)()
    opened: Session = g.session
    return opened


def commit() -> None:
    """Commit now, where a view has to know whether that worked."""
    if "session" in g:
        g.session.commit()


def rollback() -> None:
    if "session" in g:
        g.session.rollback()


def asker() -> Asker:
    """Looked up once a request."""
    if "asker" not in g:
        g.asker = _look_up()
        if g.asker.signed_in:
            _speak_to(g.asker.signed_in.viewer)
            _note_seen(g.asker.signed_in)
    found: Asker = g.asker
    return found


def viewer() -> Viewer:
    """The person signed in; only for pages that need one."""
    signed_in = asker().signed_in
    if signed_in is None:
        raise LookupError("nobody is signed in")
    return signed_in.viewer


def begin_browser_session(token: str) -> None:
    """Give the browser its secret, and a fresh form token with it."""
    cookie.clear()
    cookie[TOKEN] = token
    cookie.permanent = True


def end_browser_session() -> None:
    cookie.clear()


def device() -> str:
    """The browser in a few words, so that a person knows their own again: "Firefox, Linux"."""
    agent = request.user_agent.string
    browsers = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
    systems = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac": "Mac"}
    names = (next((name for mark, name in table.items() if mark in agent), "") for table in (browsers, systems))
    return ", ".join(filter(None, names)) or ("Linux" if "Linux" in agent else "")


def install(app: Flask) -> None:
    app.before_request(_greet)
    app.before_request(_choose_journey)
    app.url_defaults(_keep_journey)
    app.jinja_env.globals.update(kept_journey=kept_journey, journeys_to_choose=journeys_to_choose)
    app.after_request(_finish)
    app.teardown_request(_close)
    app.context_processor(_everywhere)


def _greet() -> None:
    # What is typed is read with the journeys that are in use at this very moment.
    take_anew(fresh=request.method not in SAFE_METHODS)
    _choose_language()


def _choose_journey() -> None:
    """That of the deal which the address names, else the one which it asks for."""
    if not workspace().journeys.others:
        return
    deal = (request.view_args or {}).get("public_id") if _is_of_a_deal(request.endpoint or "") else None
    asked = request.args.get("journey")
    if deal:
        # In a session of its own: on SQLite a reader that waits for its own writer would wait for ever.
        with workspace().database.reading() as reading:
            look_at(journey_key_of_deal(reading, deal))
    elif asked in workspace().journeys:
        look_at(asked)


def kept_journey() -> str | None:
    """The journey that was asked for instead of the main one: its pages lead on within it."""
    key: str | None = request.args.get("journey") if has_request_context() else None
    known = workspace().journeys
    return key if key in known and key != known.main.key else None


def journeys_to_choose() -> list[Journey]:
    """The main journey, those with deals or plans of their own, and the one that is looked at."""
    known = workspace().journeys
    if not known.others:
        return [known.main]
    shown = {known.main.key, workspace().journey.key, *journeys_with_content(session())}
    return [one for one in known if one.key in shown]


def _keep_journey(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint != "static" and not _is_of_a_deal(endpoint) and kept_journey():
        values.setdefault("journey", kept_journey())


def _is_of_a_deal(endpoint: str) -> bool:
    """Whether its address names a deal, and with it the journey."""
    rules = current_app.url_map.iter_rules(endpoint) if endpoint in current_app.view_functions else ()
    return any(rule.rule.startswith("/deals/<public_id>") for rule in rules)


def _choose_language() -> None:
    """Until we know who asks: the language that was chosen here before, else the browser's."""
    chosen = request.args.get("lang")
    if chosen in LANGUAGES and request.endpoint == "sign_in.page":
        cookie[LANGUAGE] = chosen
    use_language(cookie.get(LANGUAGE) or request.accept_languages.best_match(list(LANGUAGES)) or "en")
    use_zone(DEFAULT_ZONE)


def _look_up() -> Asker:
    """In a session of its own: on SQLite a reader that waits for its own writer would wait for ever."""
    token = cookie.get(TOKEN)
    found = None
    if isinstance(token, str):
        with workspace().database.reading() as reading:
            found = find_session(reading, token, workspace().clock())
    return Asker(
        signed_in=found if isinstance(found, SignedIn) else None, expired=found if isinstance(found, Expired) else None
    )


def _speak_to(person: Viewer) -> None:
    use_language(person.language)
    use_zone(person.time_zone)


def _note_seen(signed_in: SignedIn) -> None:
    now = workspace().clock()
    if now - signed_in.last_seen_at >= SEEN_EVERY:
        with workspace().database.writing.begin() as writing:
            note_seen(writing, signed_in.session_id, now)


def _finish(response: Response) -> Response:
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


def _everywhere() -> dict[str, Any]:
    """What every template knows. An error page may be shown before anybody was looked up."""
    known: Asker = g.get("asker") or Asker()
    signed_in = known.signed_in
    return {
        "viewer": signed_in.viewer if signed_in else None,
        "theme": signed_in.theme if signed_in else "auto",
        "now": workspace().clock(),
        "journey": workspace().journey,
        "journeys": workspace().journeys,
    }
