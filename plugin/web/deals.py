"""Deals: the list, and one deal with its journey."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.rendering.formats import local
from plugin.rendering.i18n import gettext
from plugin.rendering.journey_map import draw
from plugin.rendering.workspace import workspace
from plugin.services import outbox
from plugin.services.deal_list import deal_list
from plugin.services.deal_page import DealPage, deal_page
from plugin.services.readings import read_deals
from plugin.services.touch_story import touch_story
from plugin.store.queries.deals import find_deal
from plugin.web.edge import commit, session, viewer
from plugin.web.first_steps import once_deals_came

pages = Blueprint("deals", __name__)

STATES = ("open", "won", "lost", "all")


@pages.get("/deals")
@once_deals_came
def table() -> ResponseReturnValue:
    """A filter that makes no sense is left out: addresses get mistyped."""
    search = request.args.get("q", "")[:200]
    stage = request.args.get("stage", "")
    state = request.args.get("state", "open")
    persona = workspace().persona_called(request.args.get("persona", "")) or ""
    found = deal_list(
        session(),
        viewer(),
        search,
        stage if any(stage in one for one in workspace().journeys) else None,
        state if state in STATES else "open",
        _page_number(request.args.get("page", "1")),
        persona or None,
    )
    readings = read_deals(session(), workspace(), found.deals)
    return render_template(
        "deals.html",
        found=found,
        readings=readings,
        search=search,
        stage=stage,
        state=state,
        persona=persona,
        personas=workspace().personas,
    )


@pages.get("/deals/<public_id>")
def page(public_id: str) -> ResponseReturnValue:
    found = deal_page(session(), workspace(), viewer(), public_id)
    if found is None:
        abort(404)
    maps = {
        shape: draw(
            workspace().journey, found.visits, found.reading.standing, workspace().clock(), tall=shape == "tall"
        )
        for shape in ("wide", "tall")
    }
    return render_template(
        "deal.html",
        page=found,
        reading=found.reading,
        deal=found.reading.deal,
        maps=maps,
        today=local(workspace().clock()).date(),
        personas=workspace().personas,
        story=touch_story(session(), workspace(), found.reading.deal.id),
        **_parts(found),
    )


@pages.post("/deals/<public_id>/messages/<message>/retry")
def retry(public_id: str, message: str) -> ResponseReturnValue:
    """Send once more what the CRM refused: the person has filled in there what was missing."""
    deal = find_deal(session(), public_id, viewer().only_owner)
    if deal is None or not outbox.retry(session(), workspace(), message, deal.id):
        abort(404)
    commit()
    flash(gettext("It is sent again in a moment."))
    return redirect(url_for("deals.page", public_id=public_id), 303)


def _parts(found: DealPage) -> dict[str, object]:
    """The present stage's evidence apart from that of the stages before it."""
    here = found.reading.standing.stage or workspace().journey.stages[0].key
    return {
        "here": here,
        "evidence_here": [line for line in found.evidence if line.stage == here],
        "evidence_elsewhere": [line for line in found.evidence if line.stage != here and line.given],
    }


def _page_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 1
