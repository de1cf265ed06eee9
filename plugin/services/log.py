"""Logging a meeting: what the buyer said, how they felt, where they stand now, and when we meet next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.domain.canvas import AnswerStatus
from plugin.domain.meeting import SAME_MEETING, MeetingState
from plugin.domain.moves import LOST, WON, ActorKind
from plugin.services.drafts import NEW_MEETING, discard_draft
from plugin.services.follow_ups import AFTER_THE_CRM, propose
from plugin.services.log_entry import AS_ASKED_FOR, Attendee, LogEntry, Progress
from plugin.services.meeting_kit import first_story
from plugin.services.outbox import write_to_crm
from plugin.services.readings import read_deals
from plugin.services.shelf import Origin, keep_version
from plugin.services.trials import template_for
from plugin.services.viewer import Viewer
from plugin.services.what_happened import what_happened
from plugin.services.workspace import Workspace
from plugin.store.derived import derive
from plugin.store.queries.deals import DealLine, find_deal, lines_of, standing_of
from plugin.store.queries.meetings import NoteLine, meetings_where
from plugin.store.tables import BuyerWords, Meeting, MeetingAttendee, MeetingLog, StageMoveFact

DEFAULT_MINUTES = 45


@dataclass(frozen=True, slots=True)
class Logged:
    """``again``: this very form had been stored before, and nothing was done twice."""

    meeting: str
    again: bool
    before: str | None
    after: str | None
    state_after: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody logged this meeting since the form was opened; nothing was stored, and this is what they wrote."""

    theirs: tuple[NoteLine, ...]
    revision: int


def log_meeting(
    session: Session, workspace: Workspace, viewer: Viewer, deal_public_id: str, entry: LogEntry
) -> Logged | Conflict | None:
    """Store the log, its words, the buyer's move and the next meeting, in the caller's transaction.

    None where there is no such deal for this viewer, or no such meeting of the deal.
    """
    deal = find_deal(session, deal_public_id, viewer.only_owner)
    if deal is None:
        return None
    workspace = workspace.of(deal.journey)
    if stored := _stored_before(session, deal, entry.key):
        return stored
    meeting = _meeting(session, deal, entry)
    if meeting is None:
        return None
    if meeting.revision != entry.revision:
        return Conflict(_notes(session, meeting), meeting.revision)
    return _store(session, workspace, viewer, deal, meeting, entry)


def _stored_before(session: Session, deal: DealLine, key: str) -> Logged | None:
    row = session.scalar(
        select(Meeting.public_id)
        .join(MeetingLog, MeetingLog.meeting_id == Meeting.id)
        .where(MeetingLog.key == key, Meeting.deal_id == deal.id)
    )
    return Logged(row, True, deal.stage, deal.stage, deal.state) if row else None


def _meeting(session: Session, deal: DealLine, entry: LogEntry) -> Meeting | None:
    if entry.meeting_ref != NEW_MEETING:
        return session.scalar(select(Meeting).filter_by(deal_id=deal.id, public_id=entry.meeting_ref))
    return _planned_near(session, deal.id, entry) or _new_meeting(deal.id, MeetingState.HELD, entry.starts_at)


def _planned_near(session: Session, deal_id: int, entry: LogEntry) -> Meeting | None:
    """The planned meeting that this must have been: nobody meets the same buyer twice within so few hours."""
    planned = session.scalars(
        select(Meeting).where(
            Meeting.deal_id == deal_id,
            Meeting.state == MeetingState.PLANNED.value,
            Meeting.removed_at.is_(None),
            Meeting.revision == 0,
            Meeting.starts_at.between(entry.starts_at - SAME_MEETING, entry.starts_at + SAME_MEETING),
        )
    )
    return min(planned, key=lambda one: abs(one.starts_at - entry.starts_at), default=None)


def _new_meeting(deal_id: int, state: MeetingState, starts_at: datetime) -> Meeting:
    return Meeting(
        public_id=uuid4().hex,
        deal_id=deal_id,
        state=state.value,
        starts_at=starts_at,
        minutes=DEFAULT_MINUTES,
        title="",
        revision=0,
        seen_pass=0,
    )


def _notes(session: Session, meeting: Meeting) -> tuple[NoteLine, ...]:
    return meetings_where(session, Meeting.id == meeting.id)[0].notes


def _store(
    session: Session, workspace: Workspace, viewer: Viewer, deal: DealLine, meeting: Meeting, entry: LogEntry
) -> Logged:
    now = workspace.clock()
    _fill(session, workspace, meeting, deal, entry)
    session.add(meeting)
    session.flush()
    session.add(
        MeetingLog(
            key=entry.key,
            meeting_id=meeting.id,
            user_id=viewer.user_id,
            note=entry.note,
            what_changed=entry.what_changed,
            logged_at=now,
        )
    )
    _store_words(session, meeting, entry)
    _store_attendees(session, meeting, entry.attendees)
    _store_move(session, viewer, deal, entry, now)
    session.flush()
    derive(session, workspace.journey, [deal.id])
    if entry.next_at:
        _plan_next(session, workspace, deal, entry, entry.next_at)
    discard_draft(session, viewer.user_id, deal.id, entry.meeting_ref)
    standing, _ = standing_of(session, deal.id)
    propose(session, workspace, meeting, standing, what_happened(session, meeting, entry))
    write_to_crm(session, workspace, meeting, entry.key, _target(entry))
    return Logged(meeting.public_id, False, deal.stage, standing.stage, standing.state)


def _fill(session: Session, workspace: Workspace, meeting: Meeting, deal: DealLine, entry: LogEntry) -> None:
    template = template_for(session, workspace, deal.id, deal.public_id, entry.template or "")
    meeting.state, meeting.starts_at = entry.outcome.value, entry.starts_at
    meeting.revision += 1
    meeting.felt, meeting.effect = entry.felt or meeting.felt, entry.effect or meeting.effect
    meeting.stage = template.stage if template else deal.stage
    if template:
        meeting.template, meeting.template_version = template.key, template.version
        meeting.story = first_story(session, workspace, deal, template)
        keep_version(session, template, Origin.FOLDER, workspace.clock())


def _store_words(session: Session, meeting: Meeting, entry: LogEntry) -> None:
    shared: dict[str, Any] = {"deal_id": meeting.deal_id, "meeting_id": meeting.id, "said_at": entry.starts_at}
    for given in entry.evidence:
        session.add(
            BuyerWords(
                evidence=given.key,
                text=given.words,
                said_by=given.said_by,
                status=AnswerStatus.HEARD.value,
                **shared,
            )
        )
    for answer in entry.answers:
        session.add(
            BuyerWords(
                canvas_question=answer.question,
                text=answer.words,
                said_by=answer.said_by,
                status=answer.status.value,
                **shared,
            )
        )


def _store_attendees(session: Session, meeting: Meeting, attendees: Sequence[Attendee]) -> None:
    """Who logs second adds to the room, and takes nobody out of it."""
    known = {row.name: row for row in session.scalars(select(MeetingAttendee).filter_by(meeting_id=meeting.id))}
    for attendee in attendees:
        row = known.get(attendee.name) or MeetingAttendee(meeting_id=meeting.id, name=attendee.name, decides=False)
        row.decides = row.decides or attendee.decides
        session.add(row)
        known[attendee.name] = row


def _store_move(session: Session, viewer: Viewer, deal: DealLine, entry: LogEntry, now: datetime) -> None:
    """The buyer moved in the meeting; where the CRM already knows of later moves, right after those."""
    target = _target(entry)
    if target is None:
        return
    standing, _ = standing_of(session, deal.id)
    at = min(entry.starts_at, now)
    session.add(
        StageMoveFact(
            deal_id=deal.id,
            key=f"log:{entry.key}",
            origin="log",
            target=target,
            label=target,
            at=max(at, standing.last_move_at) if standing.last_move_at else at,
            ordinal=AFTER_THE_CRM,
            actor_kind=ActorKind.PERSON.value,
            actor=viewer.email,
            recorded_at=now,
        )
    )


def _target(entry: LogEntry) -> str | None:
    match entry.progress:
        case Progress.WON:
            return WON
        case Progress.LOST:
            return LOST
        case Progress.FORWARD | Progress.BACK:
            return entry.target
        case _:
            return None


def _next_kit(session: Session, workspace: Workspace, deal: DealLine, wanted: str | None) -> str | None:
    if wanted != AS_ASKED_FOR:
        return wanted
    (reading,) = read_deals(session, workspace, list(lines_of(session, [deal.id]).values()))
    return reading.choice.template if reading.choice else None


def _plan_next(session: Session, workspace: Workspace, deal: DealLine, entry: LogEntry, at: datetime) -> None:
    template = workspace.library.meetings.get(_next_kit(session, workspace, deal, entry.next_template) or "")
    planned = _new_meeting(deal.id, MeetingState.PLANNED, at)
    planned.template = template.key if template else None
    planned.minutes = template.minutes if template else DEFAULT_MINUTES
    planned.stage = template.stage if template else deal.stage
    session.add(planned)
