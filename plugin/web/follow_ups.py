"""What a person makes of a proposal. One tap takes it; a word says why not, or what changed."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain.typed_text import tidy
from plugin.rendering.i18n import gettext
from plugin.rendering.workspace import workspace
from plugin.services.follow_ups import Decision, decide
from plugin.store.queries.deals import find_deal
from plugin.web.edge import session, viewer

pages = Blueprint("follow_ups", __name__)

LONGEST_WORD = 2_000


@pages.post("/deals/<public_id>/follow-ups/<ref>")
def settle(public_id: str, ref: str) -> ResponseReturnValue:
    if find_deal(session(), public_id, viewer().only_owner) is None:
        abort(404)
    decision = Decision(
        taken=request.form.get("decision") == "take", word=tidy(request.form.get("word"))[:LONGEST_WORD]
    )
    if decide(session(), workspace(), viewer(), public_id, ref, decision):
        flash(gettext("Done.") if decision.taken else gettext("Noted: it stays as it is."))
    else:
        flash(gettext("Somebody decided this already, or the deal has moved since."))
    return redirect(url_for("deals.page", public_id=public_id), 303)
