"""The kit of a meeting, on one page, for the phone on the table."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.services.meeting_kit import MeetingKit, choose_part, meeting_kit
from plugin.store.queries.deals import find_deal
from plugin.web.edge import session, viewer, workspace

pages = Blueprint("meetings", __name__)

LONGEST_ITEM = 80
FOR_A_YEAR = 31_536_000  # seconds


@pages.get("/deals/<public_id>/meeting/<template>")
def page(public_id: str, template: str) -> ResponseReturnValue:
    found = kit_or_404(public_id, template)
    return render_template("meeting.html", found=found, kit=found.kit, deal=found.reading.deal)


@pages.post("/deals/<public_id>/meeting/<template>/choose")
def choose(public_id: str, template: str) -> ResponseReturnValue:
    """Put a part into the kit, or take it out; a part that there is not changes nothing."""
    deal = find_deal(session(), public_id, viewer().only_owner)
    if deal is None or template not in workspace().library.meetings:
        abort(404)
    item = request.form.get("item", "")
    kind = item.partition(":")[0]
    if kind in SECTIONS and len(item) <= LONGEST_ITEM:
        choose_part(session(), deal.id, template, item, bool(request.form.get("included")), workspace().clock())
    where = url_for("meetings.page", public_id=public_id, template=template, _anchor=SECTIONS.get(kind))
    return redirect(where, 303)


SECTIONS = {"slide": "slides", "story": "stories", "question": "script"}


@pages.get("/templates/<key>/<version>/pictures/<name>")
def picture(key: str, version: str, name: str) -> Response:
    """A picture of a template, as it was in this version: it never changes."""
    template = workspace().shelf.version(key, version)
    found = template.pictures.get(name) if template else None
    if found is None:
        abort(404)
    answer = Response(found.data, mimetype=found.media_type)
    answer.cache_control.private, answer.cache_control.immutable = True, True
    answer.cache_control.max_age = FOR_A_YEAR
    return answer


def picture_address(key: str, version: str, name: str) -> str:
    return url_for("meetings.picture", key=key, version=version, name=name)


def kit_or_404(public_id: str, template: str) -> MeetingKit:
    found = meeting_kit(session(), workspace(), viewer(), public_id, template, picture_address)
    if found is None:
        abort(404)
    return found
