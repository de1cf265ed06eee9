"""Logging a meeting: the same entry as the page's, the same rules; sent twice, it is stored once."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from flask import abort, request
from pydantic import AfterValidator, ConfigDict, Field
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from plugin.api.edge import look_at, viewer, workspace
from plugin.api.operations import NAME, Body, operation
from plugin.api.parameters import Instant, Whole
from plugin.api.problems import TOLD, Problem, Refusal, problem, refuse_input
from plugin.api.shapes import NoteShape, Shape
from plugin.domain.canvas import AnswerStatus
from plugin.domain.meeting import Effect, Feeling, MeetingState
from plugin.domain.typed_text import tidy
from plugin.services.api_answers import OtherRequest, Sent, answered_before, keep_answer
from plugin.services.api_tokens import Scope
from plugin.services.drafts import NEW_MEETING
from plugin.services.log import Conflict, Logged, log_meeting
from plugin.services.log_entry import AS_ASKED_FOR, Attendee, LogEntry, Progress, SaidAnswer, SaidEvidence
from plugin.services.log_form import log_form
from plugin.services.log_rules import faults_of
from plugin.services.viewer import SELLING


def _on_one_line(name: str) -> str:
    return " ".join(tidy(name).split())


Words = Annotated[str, Field(max_length=2_000), AfterValidator(tidy)]
Note = Annotated[str, Field(max_length=10_000), AfterValidator(tidy)]
Name = Annotated[str, Field(max_length=200), AfterValidator(_on_one_line)]
Key = Annotated[str, Field(min_length=1, max_length=60)]


class GivenEvidence(Body):
    """Exit evidence that the buyer gave; the words may be left out: a signature says nothing."""

    key: Key
    words: Words = ""
    said_by: Name = ""


class GivenAnswer(Body):
    """An answer to a canvas question in the buyer's words."""

    question: Whole = Field(ge=1, le=10)
    words: Words
    said_by: Name = ""
    status: Literal[AnswerStatus.HEARD, AnswerStatus.CONFIRMED, AnswerStatus.CONTRADICTED] = AnswerStatus.HEARD


class GivenAttendee(Body):
    """Somebody of the buyer's side who was in the room; ``decides``: they have the last word."""

    name: Name
    decides: bool = False


EXAMPLE: dict[str, Any] = {
    "outcome": "held",
    "starts_at": "2026-03-02T08:00:00Z",
    "template": "discovery",
    "evidence": [{"key": "problem_stated", "words": "We lose a day every Monday.", "said_by": "Bo Buyer"}],
    "answers": [{"question": 3, "words": "Two people retype it all.", "said_by": "Bo Buyer"}],
    "attendees": [{"name": "Bo Buyer", "decides": True}],
    "felt": "confident",
    "effect": "strengthened",
    "progress": "forward",
    "target": "select",
}


class LogBody(Body):
    """What became of a meeting. Only outcome and hour are needed."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    meeting: str = Field(NEW_MEETING, pattern=f"^{NAME.pattern}$", description="Its id; «new» where nobody planned it.")
    revision: Whole = Field(0, ge=0, le=999_999, description="That of the meeting as you read it.")
    outcome: Literal[MeetingState.HELD, MeetingState.NO_SHOW, MeetingState.MOVED]
    starts_at: Instant
    template: Key | None = None
    evidence: tuple[GivenEvidence, ...] = Field((), max_length=100)
    answers: tuple[GivenAnswer, ...] = Field((), max_length=10)
    attendees: tuple[GivenAttendee, ...] = Field((), max_length=40)
    felt: Feeling | None = None
    effect: Effect | None = None
    note: Note = ""
    progress: Progress = Progress.STAYED
    target: Key | None = Field(None, description="The buyer stage, where the buyer moved on or went back.")
    what_changed: Note = Field("", description="Of a buyer who went back, now or before, in their words.")
    next_template: Key | None = Field(AS_ASKED_FOR, description="«as_asked_for»: what the deal asks for then.")
    next_at: Instant | None = None

    def entry(self, key: str) -> LogEntry:
        return LogEntry(
            key=key,
            meeting_ref=self.meeting,
            revision=self.revision,
            outcome=self.outcome,
            starts_at=self.starts_at,
            template=self.template,
            evidence=tuple(SaidEvidence(one.key, one.words, one.said_by) for one in self.evidence),
            answers=tuple(SaidAnswer(one.question, one.words, one.said_by, one.status) for one in self.answers),
            attendees=tuple(Attendee(one.name, one.decides) for one in self.attendees),
            felt=self.felt,
            effect=self.effect,
            note=self.note,
            progress=self.progress,
            target=self.target,
            what_changed=self.what_changed,
            next_template=self.next_template,
            next_at=self.next_at,
        )


class LoggedShape(Shape):
    """The meeting, and where the buyer stood before and stands after it."""

    meeting: str
    before: str | None
    after: str | None
    state_after: str


class ConflictProblem(Problem):
    """What colleagues wrote since: read it, then send yours with their ``revision``."""

    revision: int
    theirs: tuple[NoteShape, ...]


@operation(
    "POST",
    "/deals/{id}/logs",
    LoggedShape,
    scope=Scope.MEETINGS_WRITE,
    body=LogBody,
    problems=(422,),
    refusals=((409, ConflictProblem),),
)
def add_log(id: str, body: LogBody, key: str) -> LoggedShape:
    """Log a meeting. The same request with the same key is stored once, and gets its first answer again."""
    if viewer().role not in SELLING:
        raise Refusal(problem(403, "Your role does not log meetings.", "role"))
    sent = Sent.of(viewer().user_id, key, request.path, body.model_dump_json().encode())
    try:
        return _once(id, body, sent)
    except IntegrityError:
        # The same request came twice at once, and the other one was first; or this one fails as it did.
        return _once(id, body, sent)


OPERATIONS = (add_log,)


def _once(public_id: str, body: LogBody, sent: Sent) -> LoggedShape:
    with workspace().database.writing.begin() as session:
        try:
            before = answered_before(session, sent)
        except OtherRequest:
            raise Refusal(problem(422, "This key was given to another request.", "key-used-before")) from None
        if before is not None:
            return LoggedShape.model_validate(before)
        logged = LoggedShape.of(_log(session, public_id, body.entry(sent.key)))
        keep_answer(session, sent, logged.model_dump(mode="json"), workspace().clock())
        return logged


def _log(session: Session, public_id: str, entry: LogEntry) -> Logged:
    form = log_form(session, workspace(), viewer(), public_id, entry.meeting_ref, entry.template) or abort(404)
    look_at(form.reading.deal.journey)
    if faults := faults_of(entry, form, workspace()):
        raise refuse_input(422, [(fault.place, fault.text) for fault in faults])
    result = log_meeting(session, workspace(), viewer(), public_id, entry) or abort(404)
    if isinstance(result, Conflict):
        raise Refusal(_conflict(result))
    return result


def _conflict(conflict: Conflict) -> ConflictProblem:
    told = problem(409, TOLD[409], "revision").model_dump()
    return ConflictProblem.model_validate(
        {**told, "revision": conflict.revision, "theirs": [NoteShape.of(note) for note in conflict.theirs]}
    )
