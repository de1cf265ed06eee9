"""Around one meeting: prepare it, its kit on one page, the slides full screen, the conversation with what is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import uuid4

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from plugin.library.kit import KitQuestion, included
from plugin.rendering.i18n import LANGUAGES
from plugin.rendering.log_fields import LogMeetingForm
from plugin.rendering.log_form import log_fields
from plugin.rendering.workspace import workspace
from plugin.services.log_form import log_form
from plugin.services.meeting_kit import MeetingKit, choose_part, meeting_kit
from plugin.services.preparation import preparation
from plugin.store.queries.content import find_brand
from plugin.store.queries.deals import find_deal
from plugin.web.edge import session, viewer
from plugin.web.log import CONVERSATION

pages = Blueprint("meetings", __name__)

LONGEST_ITEM = 80
FOR_A_YEAR = 31_536_000  # seconds
SECTIONS = {"slide": "slides", "story": "stories", "question": "script"}


@dataclass
class Topic:
    """What some questions of the script feed: a canvas question, or a piece of evidence."""

    canvas: int | None
    evidence: str | None
    questions: list[KitQuestion] = field(default_factory=list)


@pages.get("/deals/<public_id>/prepare/<template>")
def prepare(public_id: str, template: str) -> ResponseReturnValue:
    kit = kit_or_404(public_id, template)
    return render_template("prepare.html", page=preparation(session(), kit), found=kit, kit=kit.kit, **_named(kit))


@pages.get("/deals/<public_id>/meeting/<template>")
def page(public_id: str, template: str) -> ResponseReturnValue:
    found = kit_or_404(public_id, template)
    return render_template("meeting.html", found=found, kit=found.kit, **_named(found))


@pages.get("/deals/<public_id>/present/<template>")
def present(public_id: str, template: str) -> ResponseReturnValue:
    """The slides for the buyer's eyes; with ``?notes`` the speaker's own, to print or to read without JavaScript."""
    found = kit_or_404(public_id, template)
    slides = included(found.kit.slides)
    brand = find_brand(session())
    return render_template(
        "notes.html" if "notes" in request.args else "present.html",
        found=found,
        kit=found.kit,
        slides=slides,
        brand=brand,
        **_named(found),
    )


@pages.get("/deals/<public_id>/converse/<template>")
def converse(public_id: str, template: str) -> ResponseReturnValue:
    found = kit_or_404(public_id, template)
    form = log_form(session(), workspace(), viewer(), public_id, None, template)
    if form is None:
        abort(404)
    fields = log_fields(form, MultiDict(form.draft) if form.draft else None, uuid4().hex)
    topics = list(_topics(included(found.kit.questions)))
    asked = {(one.canvas, one.evidence) for one in topics}
    return render_template(
        "converse.html",
        found=found,
        kit=found.kit,
        form=fields,
        log=form,
        topics=topics,
        others=[one for one in _every_topic(fields) if (one.canvas, one.evidence) not in asked],
        answers=dict(fields.answers),
        evidence=dict(fields.evidence),
        part=CONVERSATION,
        **_named(found),
    )


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


@pages.get("/templates/<key>/<version>/pictures/<name>")
def picture(key: str, version: str, name: str) -> Response:
    """A picture of a template, as it was in this version: it never changes."""
    template = workspace().shelf.version(session(), key, version)
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
    """In the buyer's language where the address says so: not everybody sells in their own."""
    asked = request.args.get("language")
    found = meeting_kit(
        session(),
        workspace(),
        viewer(),
        public_id,
        template,
        picture_address,
        language=asked if asked in LANGUAGES else None,
    )
    if found is None:
        abort(404)
    return found


def _named(found: MeetingKit) -> dict[str, object]:
    """The deal, and the meeting that a log of this kit would be about."""
    planned = found.planned
    return {
        "deal": found.reading.deal,
        "ref": planned.public_id if planned else "new",
        "asked": {"language": found.kit.language} if found.kit.language != viewer().language else {},
    }


def _topics(questions: tuple[KitQuestion, ...]) -> Iterator[Topic]:
    """The script by what it feeds, in its own order: one place for each answer, however many ways to ask."""
    topics: dict[tuple[int | None, str | None], Topic] = {}
    for one in questions:
        key = (one.feeds_canvas, one.feeds_evidence)
        topics.setdefault(key, Topic(*key)).questions.append(one)
    yield from topics.values()


def _every_topic(fields: LogMeetingForm) -> Iterator[Topic]:
    yield from (Topic(None, key) for key, _ in fields.evidence)
    yield from (Topic(number, None) for number, _ in fields.answers)
