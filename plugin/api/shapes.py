"""What answers are made of: frozen results as they are, field by field, under public ids."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from plugin.domain.canvas import AnswerStatus
from plugin.domain.direction import Direction, Pace
from plugin.domain.follow_up import FollowUpKind, Signal
from plugin.domain.plan import Side

PublicId = Annotated[str, Field(validation_alias="public_id")]


class Shape(BaseModel):
    """Made from a frozen result of a service; what it doesn't name is not shown."""

    model_config = ConfigDict(from_attributes=True, frozen=True)

    @classmethod
    def of(cls, result: Any) -> Self:
        return cls.model_validate(result)


class TextShape(Shape):
    """One text in both languages."""

    en: str
    fr: str


class DealShape(Shape):
    """A deal on one line. ``state``: open, won, lost or none (no known stage yet); ``since`` when that began.

    ``persona`` is the CRM's word; ``persona_key`` the persona that the deal is read for.
    """

    id: PublicId
    name: str
    company: str | None
    contact: str | None
    owner: str | None
    pipeline: str
    amount: Decimal | None
    currency: str | None
    persona: str | None
    persona_key: str | None
    source: str | None
    stage: str | None
    state: str
    since: datetime | None
    gone_at: datetime | None


class StandingShape(Shape):
    """Where the buyer is now."""

    stage: str | None
    state: str
    since: datetime | None
    came_back: bool
    round: int
    spell: int
    last_move_at: datetime | None


class DirectionShape(Shape):
    """Direction and pace of an open deal, with the stays of its ``peers`` that they rest on."""

    direction: Direction
    pace: Pace
    days: int | None
    median: int | None
    third_quartile: int | None
    share_left: float | None
    peers: int
    days_late: int
    alert: bool


class ContactShape(Shape):
    name: str
    email: str | None


class WordsShape(Shape):
    """Something that the buyer said, in a ``meeting`` or in answer to a ``recap``."""

    text: str
    said_by: str
    said_at: datetime
    status: AnswerStatus
    source: str


class EvidenceShape(Shape):
    """A piece of a stage's exit evidence, with what the buyer said to it, the newest first."""

    stage: str
    key: str
    given: bool
    words: tuple[WordsShape, ...]


class AnswerShape(Shape):
    """A canvas question (1 to 10), with what the buyer said to it, the newest first."""

    number: int
    status: AnswerStatus
    words: tuple[WordsShape, ...]


class StepShape(Shape):
    """A dated step of the mutual plan."""

    id: PublicId
    text: str
    side: Side
    who: str
    due_on: date
    done_at: datetime | None


class FollowUpShape(Shape):
    """A proposal that waits for a person's word."""

    id: PublicId
    kind: FollowUpKind
    signal: Signal
    stage: str | None
    target: str | None
    words: str
    at: datetime


class NoteShape(Shape):
    """What one person wrote of a meeting; ``by`` is null for an account that is gone."""

    by: str | None
    text: str
    what_changed: str
    at: datetime


class MeetingShape(Shape):
    """``revision`` counts its logs: send it with the next one."""

    id: PublicId
    template: str | None
    template_version: str | None
    stage: str | None
    title: str
    state: str
    starts_at: datetime
    minutes: int
    felt: str | None
    effect: str | None
    revision: int
    notes: tuple[NoteShape, ...]


class VisitShape(Shape):
    """One stay in a stage. ``is_entry`` is false where it has no duration; ``left_to`` a stage, won or lost."""

    stage: str
    round: int
    spell: int
    entered_at: datetime | None
    left_at: datetime | None
    left_to: str | None
    is_entry: bool
    in_burst: bool
    came_back: bool
