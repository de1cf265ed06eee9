"""The meetings of a deal, and the kit of one that is to come: what to show, tell and ask."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from flask import abort
from pydantic import Field

from plugin.api.edge import session, viewer, workspace
from plugin.api.operations import Query, operation
from plugin.api.shapes import MeetingShape, Shape
from plugin.domain.canvas import AnswerStatus
from plugin.library.kit import Why
from plugin.services.api_tokens import Scope
from plugin.services.meeting_kit import meeting_kit
from plugin.store.queries.deals import find_deal
from plugin.store.queries.meetings import meetings_of


class KitQuery(Query):
    language: Literal["en", "fr"] | None = Field(None, description="Your own where it is left out.")


class Meetings(Shape):
    """The newest first."""

    meetings: tuple[MeetingShape, ...]


class Part(Shape):
    """``why`` says why it was put in or left out; ``included`` is what holds, ``by_hand`` where a person chose so."""

    item: str
    why: Why
    included: bool
    by_hand: bool


class SlideShape(Part):
    """HTML is safe to show."""

    title: str
    html: str
    notes_html: str
    markdown: str
    notes_markdown: str


class StoryShape(Part):
    """HTML is safe to show."""

    key: str
    title: str
    personas: tuple[str, ...]
    html: str


class KnownShape(Shape):
    """What the buyer said last to a canvas question."""

    text: str
    said_by: str
    said_at: datetime
    status: AnswerStatus


class QuestionShape(Part):
    """``answer`` is what the buyer said to the canvas question that it feeds."""

    id: str
    ask: str
    listen_for: str
    feeds_canvas: int | None
    feeds_evidence: str | None
    personas: tuple[str, ...]
    answer: KnownShape | None


class ObjectionShape(Shape):
    id: str
    says: str
    answer: str


class NextMeetingShape(Shape):
    propose: str
    agenda: str


class KitShape(Shape):
    """Slides stand in the order of the presentation; stories and questions with what is missing first."""

    key: str
    version: str
    stage: str
    language: str
    minutes: int
    title: str
    goal: str
    prepare: tuple[str, ...]
    slides: tuple[SlideShape, ...]
    stories: tuple[StoryShape, ...]
    questions: tuple[QuestionShape, ...]
    objections: tuple[ObjectionShape, ...]
    next_meeting: NextMeetingShape


class MeetingKitShape(Shape):
    """What to show, tell and ask in one meeting, composed for one deal.

    ``missing_evidence`` and ``open_questions`` are those that this meeting works on; ``known`` is what the buyer said
    to the canvas questions, by their numbers.
    """

    kit: KitShape
    missing_evidence: tuple[str, ...]
    open_questions: tuple[int, ...]
    known: dict[int, KnownShape]
    planned: MeetingShape | None


@operation("GET", "/deals/{id}/meetings", Meetings, scope=Scope.MEETINGS_READ)
def list_meetings(id: str) -> Meetings:
    """What was held and what is planned, with what people noted."""
    deal = find_deal(session(), id, viewer().only_owner) or abort(404)
    return Meetings.model_validate({"meetings": meetings_of(session(), deal.id)})


@operation("GET", "/deals/{id}/kits/{template}", MeetingKitShape, scope=Scope.MEETINGS_READ, query=KitQuery)
def read_kit(id: str, template: str, query: KitQuery) -> MeetingKitShape:
    """The kit of a meeting, composed for this deal as its page shows it (pictures are left out)."""
    found = meeting_kit(session(), workspace(), viewer(), id, template, language=query.language)
    return MeetingKitShape.of(found or abort(404))


OPERATIONS = (list_meetings, read_kit)
