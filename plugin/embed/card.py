"""What HubSpot's card asks for the deal in whose sidebar it stands. HubSpot signs each request and may send it twice.

Whatever is to be said is a JSON object with status 200: HubSpot hands nothing else to a card.
"""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue

from plugin.embed.deal import find_or_fetch
from plugin.embed.edge import greet
from plugin.rendering import wording
from plugin.rendering.closed import closed_in_words
from plugin.rendering.formats import moment, since_days
from plugin.rendering.i18n import gettext
from plugin.rendering.log_told import told
from plugin.rendering.reasons import pace_sentence, reason
from plugin.rendering.workspace import workspace
from plugin.services.card import CrmError, Delivery, card_guest, taken_place
from plugin.services.deal_page import DealPage
from plugin.services.launch import launch_token
from plugin.services.log import Logged, log_meeting
from plugin.services.panel import Closed, Guest, PanelClosed

pages = Blueprint("card", __name__)

KEY = re.compile(r"[0-9a-f]{32}")
MOST_MISSING = 4
PAGES = {"panel": "", "log": "&page=log", "kit": "&page=kit/{template}"}

STATUS = {Closed.UNKNOWN_PERSON: "unknown_user", Closed.UNKNOWN_DEAL: "unknown_deal"}

Json = dict[str, Any]


@pages.post("/<connection>/card/<wanted>")
def answer(connection: str, wanted: str) -> ResponseReturnValue:
    """``look``, ``launch`` or ``log``."""
    given = request.get_json(silent=True)
    given = given if isinstance(given, dict) else {}
    if wanted not in ANSWERS:
        return "", 404
    try:
        who = _guest(connection, given)
        greet(who)
        return ANSWERS[wanted](connection, who, given)
    except CrmError:
        return "", 401
    except PanelClosed as closed:
        return {"status": STATUS.get(closed.why, "refused"), "message": closed_in_words(closed)}


def _guest(connection: str, given: Json) -> Guest:
    language = "fr" if given.get("language") == "fr" else "en"
    with workspace().database.reading() as reading:
        return card_guest(reading, workspace(), connection, _delivery(), str(given.get("deal") or "")[:60], language)


def _delivery() -> Delivery:
    """As HubSpot called it: the address that is signed, as it stood on the wire."""
    query = request.environ.get("QUERY_STRING", "")
    base = current_app.config["ADDRESS"] or request.host_url.rstrip("/")
    address = f"{base}{request.root_path}{request.path}" + (f"?{query}" if query else "")
    headers = {key.lower(): value for key, value in request.headers}
    return Delivery(request.method, address, request.get_data(cache=True), headers, workspace().clock())


def _look(_connection: str, who: Guest, _given: Json) -> Json:
    found = find_or_fetch(who)
    reading, planned = found.reading, found.planned
    standing, now = reading.standing, workspace().clock()
    here = standing.stage or workspace().journey.stages[0].key
    missing = [line.key for line in found.evidence if line.stage == here and not line.given]
    words = next((one for one in reading.words if one.text), None)
    return {
        "status": "ok",
        "name": reading.deal.company or reading.deal.name,
        "state": standing.state if standing.state in ("won", "lost") or standing.stage else "outside",
        "stage": _stage(found),
        "way": reading.direction.direction.value if reading.direction else None,
        "direction": pace_sentence(reading.direction) if reading.direction else "",
        "missing": [wording.evidence_text(key) for key in missing[:MOST_MISSING]] if standing.state == "open" else [],
        "next": reading.choice
        and {
            "title": wording.meeting_title(reading.choice.template),
            "why": " ".join(reason(one) for one in reading.choice.reasons),
            "at": moment(planned.starts_at) if planned else None,
        },
        "planned": planned
        and {
            "ref": planned.public_id,
            "title": wording.meeting_title(planned.template, planned.title),
            "at": moment(planned.starts_at),
            "over": planned.starts_at <= now,
        },
        "words": words and {"text": words.text, "by": words.said_by, "at": moment(words.said_at)},
        "may_log": who.may_log,
    }


def _stage(found: DealPage) -> Json:
    standing = found.reading.standing
    stages = workspace().journey.stages
    number = next((one.position for one in stages if one.key == standing.stage), None)
    key = standing.state if standing.state in ("won", "lost") else standing.stage
    name = wording.stage_name(key) if key else gettext("Not in the journey yet")
    days = since_days(standing.since, workspace().clock()) if number else None
    return {"name": name, "number": number, "of": len(stages), "days": days}


def _launch(connection: str, who: Guest, given: Json) -> Json:
    found = find_or_fetch(who)
    page = PAGES.get(str(given.get("page")), "") if found.reading.choice or given.get("page") != "kit" else ""
    if found.reading.choice:
        page = page.format(template=found.reading.choice.template)
    token = launch_token(workspace(), connection, who.deal, who.viewer.email, who.viewer.language)
    base = current_app.config["ADDRESS"] or request.host_url.rstrip("/")
    return {"status": "ok", "address": f"{base}{request.root_path}/{connection}#launch={token}{page}"}


def _log(_connection: str, who: Guest, given: Json) -> Json:
    """Once for each key: the second time says that it is saved already."""
    key, found = str(given.get("key") or ""), find_or_fetch(who)
    meeting = next((one for one in found.reading.meetings if one.public_id == given.get("meeting")), None)
    if not KEY.fullmatch(key) or meeting is None or not who.may_log:
        return {"status": "refused", "message": gettext("This can’t be logged from here: open the panel.")}
    with workspace().database.writing.begin() as writing:
        result = log_meeting(writing, workspace(), who.viewer, found.reading.deal.public_id, taken_place(meeting, key))
    if not isinstance(result, Logged):
        return {"status": "refused", "message": gettext("A colleague logged this meeting meanwhile")}
    said = gettext("This was saved already; it is kept once.") if result.again else told(result)
    return {"status": "ok", "message": said}


ANSWERS = {"look": _look, "launch": _launch, "log": _log}
