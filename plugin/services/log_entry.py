"""One filled-in log form, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from plugin.domain.canvas import AnswerStatus
from plugin.domain.meeting import MeetingState

# The kit of the next meeting that the deal asks for, once this log is stored.
AS_ASKED_FOR = "as_asked_for"


class Progress(StrEnum):
    """Where the meeting left the buyer."""

    STAYED = "stayed"
    FORWARD = "forward"
    BACK = "back"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class SaidEvidence:
    """Exit evidence that the buyer gave, in their words (which may be left out: a signature says nothing)."""

    key: str
    words: str
    said_by: str


@dataclass(frozen=True, slots=True)
class SaidAnswer:
    """An answer to a canvas question (1 to 10) in the buyer's words."""

    question: int
    words: str
    said_by: str
    status: AnswerStatus = AnswerStatus.HEARD


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody of the buyer's side who was in the room; ``decides``: they have the last word."""

    name: str
    decides: bool = False


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One filled-in form. ``key`` is the form's own; ``revision`` the state of the meeting that it was opened on."""

    key: str
    meeting_ref: str
    revision: int
    outcome: MeetingState
    starts_at: datetime
    template: str | None
    evidence: tuple[SaidEvidence, ...] = ()
    answers: tuple[SaidAnswer, ...] = ()
    attendees: tuple[Attendee, ...] = ()
    felt: str | None = None
    effect: str | None = None
    note: str = ""
    progress: Progress = Progress.STAYED
    target: str | None = None
    what_changed: str = ""
    next_template: str | None = None
    next_at: datetime | None = None
