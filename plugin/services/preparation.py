"""Two minutes before a meeting: who comes, what they said last time, what changed since, what to bring back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from plugin.domain.canvas import AnswerStatus
from plugin.services.attendees import Person, people_of
from plugin.services.meeting_kit import MeetingKit
from plugin.store.queries.deals import MoveLine, moves_since
from plugin.store.queries.meetings import HELD, PLANNED, MeetingLine, WordsLine

THINGS_TO_BRING = 3


@dataclass(frozen=True, slots=True)
class ToBring:
    """One thing that this meeting must bring: a piece of evidence, or the answer to a canvas question."""

    evidence: str | None
    question: int | None
    taken_back: bool = False


@dataclass(frozen=True, slots=True)
class Preparation:
    """``last`` is the meeting held last, ``said`` the buyer's words of it.

    ``moves`` and ``other_meetings`` came since then (all of them where nobody met yet); ``replies`` are words that the
    buyer sent since then, in answer to a recap.
    """

    kit: MeetingKit
    people: tuple[Person, ...]
    last: MeetingLine | None
    said: tuple[WordsLine, ...]
    moves: tuple[MoveLine, ...]
    other_meetings: tuple[MeetingLine, ...]
    replies: tuple[WordsLine, ...]
    to_bring: tuple[ToBring, ...]


def preparation(session: Session, kit: MeetingKit) -> Preparation:
    reading = kit.reading
    last = next((one for one in reading.meetings if one.state == HELD), None)
    since = last.starts_at if last else None
    words = reading.words
    return Preparation(
        kit=kit,
        people=people_of(session, reading.deal.id, words),
        last=last,
        said=tuple(said for said in words if last and said.meeting_id == last.id and said.source == "meeting"),
        moves=moves_since(session, reading.deal.id, since),
        other_meetings=_others(reading.meetings, last, since),
        replies=tuple(said for said in words if said.source == "recap" and (since is None or said.said_at > since)),
        to_bring=_to_bring(kit),
    )


def _others(
    meetings: Sequence[MeetingLine], last: MeetingLine | None, since: datetime | None
) -> tuple[MeetingLine, ...]:
    """Meetings that were missed, put off or called off since, and colleagues' notes of the last one do not count."""
    return tuple(
        one
        for one in meetings
        if one.state not in {HELD, PLANNED} and one is not last and (since is None or one.starts_at > since)
    )


def _to_bring(kit: MeetingKit) -> tuple[ToBring, ...]:
    """What the buyer took back comes first, then evidence, then open questions."""
    taken_back = [
        ToBring(None, number, taken_back=True)
        for number, said in kit.known.items()
        if said.status is AnswerStatus.CONTRADICTED
    ]
    evidence = [ToBring(key, None) for key in kit.missing_evidence]
    questions = [ToBring(None, number) for number in kit.open_questions]
    return tuple([*taken_back, *evidence, *questions][:THINGS_TO_BRING])
