"""What a log says of a deal, as far as something follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import takewhile

from sqlalchemy.orm import Session

from plugin.domain.alert import rewritten
from plugin.domain.canvas import AnswerStatus
from plugin.domain.follow_up import WhatHappened
from plugin.domain.meeting import Effect, MeetingState
from plugin.services.log_entry import LogEntry, Progress
from plugin.store.queries.meetings import HELD, MeetingLine, WordsLine, attendees_of, meetings_of, words_of
from plugin.store.tables import Meeting


def what_happened(session: Session, meeting: Meeting, entry: LogEntry) -> WhatHappened:
    """What the log says, as far as something follows from it."""
    words = words_of(session, [meeting.deal_id]).get(meeting.deal_id, ())
    return WhatHappened(
        held=entry.outcome is MeetingState.HELD,
        moved=entry.progress is not Progress.STAYED,
        given={said.evidence for said in words if said.evidence},
        contradicted=[said.question for said in entry.answers if said.status is AnswerStatus.CONTRADICTED],
        rewritten=_rewritten(entry, [said for said in words if said.meeting_id != meeting.id]),
        new_decider=_new_decider(session, meeting, entry),
        put_off=put_off(meetings_of(session, meeting.deal_id)),
        relation_broke=entry.effect == Effect.BROKE.value,
        agreed=bool(entry.evidence or entry.answers or entry.next_at),
    )


def _rewritten(entry: LogEntry, before: Sequence[WordsLine]) -> list[int]:
    """The canvas questions answered otherwise than last; who confirms says the same in other words."""
    newest = {said.question: said.text for said in reversed(before) if said.question}
    return [
        said.question
        for said in entry.answers
        if said.status is AnswerStatus.HEARD and rewritten(newest.get(said.question, ""), said.words)
    ]


def _new_decider(session: Session, meeting: Meeting, entry: LogEntry) -> bool:
    """Somebody decides who was not said to before, although somebody was."""
    before = {
        one.name for one in attendees_of(session, meeting.deal_id) if one.decides and one.meeting_id != meeting.id
    }
    now = {one.name for one in entry.attendees if one.decides}
    return bool(before and now - before)


def put_off(meetings: Iterable[MeetingLine]) -> int:
    """How many meetings were put off or missed since the buyer was seen last; ``meetings`` are newest first."""
    since_seen = takewhile(lambda one: one.state != HELD, meetings)
    return sum(one.state in {MeetingState.MOVED, MeetingState.NO_SHOW} for one in since_seen)
