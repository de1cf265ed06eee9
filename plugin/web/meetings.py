"""The kit of a meeting, on one page, for the phone on the table."""

from __future__ import annotations

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from plugin.services.meeting_kit import meeting_kit
from plugin.web.edge import session, viewer, workspace

pages = Blueprint("meetings", __name__)


@pages.get("/deals/<public_id>/meeting/<template>")
def page(public_id: str, template: str) -> ResponseReturnValue:
    found = meeting_kit(session(), workspace(), viewer(), public_id, template)
    if found is None:
        abort(404)
    return render_template("meeting.html", found=found, kit=found.kit, deal=found.reading.deal)
