"""The deal at one glance: opened with a launch token, and shown again after each change."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from plugin.embed.edge import commit, for_guests, greet, guest, session
from plugin.rendering.i18n import gettext
from plugin.rendering.journey_map import draw
from plugin.rendering.workspace import look_at, workspace
from plugin.services import outbox
from plugin.services.deal_page import DealPage, deal_page
from plugin.services.launch import LaunchRefused, read_launch, spend
from plugin.services.panel import Closed, Guest, PanelClosed, admit, deal_of, fetch_deal, known_deal, page_token

pages = Blueprint("deal", __name__)


@pages.post("/<connection>/open")
def open_(connection: str) -> ResponseReturnValue:
    """A page token and the deal, for a launch token. What is wrong with a token is nobody's business but ours."""
    given = request.get_json(silent=True)
    given = given if isinstance(given, dict) else {}
    token = given.get("launch")
    try:
        who = _launched(connection, token if isinstance(token, str) else "")
    except LaunchRefused:
        raise PanelClosed(Closed.REFUSED) from None
    greet(who)
    # Renewed, the page goes on showing what it shows, above all what is being typed.
    html = "" if given.get("quiet") is True else panel(who)
    return {"token": page_token(workspace(), who), "html": html, "language": who.viewer.language}


@pages.post("/<connection>/renew")
@for_guests
def renew() -> ResponseReturnValue:
    """Another page token for one that still lives."""
    return {"token": page_token(workspace(), guest())}


@pages.get("/<connection>/deal")
@for_guests
def show() -> ResponseReturnValue:
    return {"html": panel(guest())}


@pages.post("/<connection>/messages/<public_id>/retry")
@for_guests
def retry(public_id: str) -> ResponseReturnValue:
    """Send once more what the CRM refused: the person has filled in there what was missing."""
    if not guest().may_log:
        abort(403)
    if not outbox.retry(session(), workspace(), public_id, known_deal(session(), guest()).id):
        abort(404)
    commit()
    return {"html": panel(guest(), gettext("It is sent again in a moment."))}


def panel(who: Guest, said: str = "") -> str:
    """``said`` is what has just been done."""
    found = find_or_fetch(who)
    here = found.reading.standing.stage or workspace().journey.stages[0].key
    evidence = [line for line in found.evidence if line.stage == here]
    return render_template(
        "deal.html",
        page=found,
        reading=found.reading,
        deal=found.reading.deal,
        map=draw(workspace().journey, found.visits, found.reading.standing, workspace().clock()),
        here=here,
        missing=[line for line in evidence if not line.given],
        given=sum(line.given for line in evidence),
        words=next((one for one in found.reading.words if one.text), None),
        may_log=who.may_log,
        address=f"/deals/{found.reading.deal.public_id}",
        said=said,
    )


def find_or_fetch(who: Guest) -> DealPage:
    """The deal; one that has not come in yet is read from the CRM on the spot. Raises PanelClosed."""
    with workspace().database.reading() as reading:
        deal = deal_of(reading, who)
    if deal is None and fetch_deal(workspace(), who):
        with workspace().database.reading() as reading:
            deal = deal_of(reading, who)
    with workspace().database.reading() as reading:
        found = deal_page(reading, workspace(), who.viewer, deal.public_id) if deal else None
    if found is None:
        raise PanelClosed(Closed.UNKNOWN_DEAL)
    look_at(found.reading.deal.journey)
    return found


def _launched(connection: str, token: str) -> Guest:
    """Looked at first, and written down only where it is good: who guesses holds up nobody who writes."""
    with workspace().database.reading() as reading:
        launch = read_launch(reading, workspace(), connection, token)
        who = admit(reading, workspace(), launch)
    with workspace().database.writing.begin() as writing:
        spend(writing, workspace(), launch)
    return who
