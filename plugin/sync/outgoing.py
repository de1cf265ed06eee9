"""What is written to the CRM, composed when it is sent: a meeting as it is now, a buyer's move as a CRM stage."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_adapters import port
from plugin.domain.canvas import QUESTIONS
from plugin.domain.journey import Journey, Text
from plugin.domain.journeys import Journeys
from plugin.domain.moves import OUTCOMES
from plugin.store.tables import (
    BuyerWords,
    CrmOwner,
    CrmPipeline,
    CrmStage,
    Deal,
    DealContact,
    Meeting,
    MeetingAttendee,
    MeetingLog,
    UserAccount,
)

STATES = {
    "planned": port.MeetingState.PLANNED,
    "held": port.MeetingState.HELD,
    "no_show": port.MeetingState.NO_SHOW,
    "moved": port.MeetingState.CANCELLED,
    "cancelled": port.MeetingState.CANCELLED,
}


def held_meeting(
    session: Session, journeys: Journeys, meeting_id: int, deal_crm_id: str, title: Text | None
) -> port.HeldMeeting:
    """The meeting with what was logged of it. ``title`` is for one that has none of its own.

    What stands beside the words that were typed is in the language of who logged it.
    """
    meeting = session.get_one(Meeting, meeting_id)
    deal = session.get_one(Deal, meeting.deal_id)
    language = _language(session, meeting)
    journey = journeys.named(session.get_one(CrmPipeline, deal.pipeline_id).journey)
    return port.HeldMeeting(
        key=meeting.public_id,
        deal_id=deal_crm_id,
        starts_at=meeting.starts_at,
        minutes=meeting.minutes,
        title=meeting.title or (title.in_language(language) if title else ""),
        body=_body(session, journey, meeting, language),
        owner_id=_owner(session, meeting, deal),
        state=STATES[meeting.state],
        contact_ids=_contacts(session, meeting),
        crm_id=meeting.crm_id,
    )


def _body(session: Session, journey: Journey, meeting: Meeting, language: str) -> str:
    """What colleagues wrote, then what the buyer said or gave, each with its question or what it proves."""
    evidence = {item.key: item.text for stage in journey.stages for item in stage.evidence}
    logs = session.scalars(select(MeetingLog).filter_by(meeting_id=meeting.id).order_by(MeetingLog.id)).all()
    said = session.scalars(select(BuyerWords).filter_by(meeting_id=meeting.id).order_by(BuyerWords.id)).all()
    parts = [text for log in logs for text in (log.note, log.what_changed) if text]
    for words in said:
        asked = QUESTIONS[words.canvas_question - 1].text if words.canvas_question else None
        text = asked or evidence.get(words.evidence or "")
        about = _sentence(text.in_language(language)) if text else words.evidence or ""
        who = f" ({words.said_by})" if words.said_by else ""
        parts.append(f"{about}\n“{words.text}”{who}" if words.text else about)
    return "\n\n".join(parts)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _language(session: Session, meeting: Meeting) -> str:
    logged = select(UserAccount.language).join(MeetingLog, MeetingLog.user_id == UserAccount.id)
    last = logged.where(MeetingLog.meeting_id == meeting.id).order_by(MeetingLog.id.desc()).limit(1)
    return session.scalar(last) or "en"


def _owner(session: Session, meeting: Meeting, deal: Deal) -> str | None:
    """Who logged it, where the CRM knows them; else the deal's owner."""
    logged_by = session.scalar(
        select(CrmOwner.crm_id)
        .join(UserAccount, UserAccount.id == CrmOwner.user_id)
        .join(MeetingLog, MeetingLog.user_id == UserAccount.id)
        .where(MeetingLog.meeting_id == meeting.id, CrmOwner.connection_id == deal.connection_id)
        .order_by(MeetingLog.id.desc())
        .limit(1)
    )
    return logged_by or session.scalar(select(CrmOwner.crm_id).where(CrmOwner.id == deal.owner_id))


def _contacts(session: Session, meeting: Meeting) -> tuple[str, ...]:
    """Those of the deal's people who were in the room; all of them where nobody was named."""
    people = session.execute(
        select(DealContact.crm_id, DealContact.name).filter_by(deal_id=meeting.deal_id).order_by(DealContact.position)
    ).all()
    named = set(session.scalars(select(MeetingAttendee.name).filter_by(meeting_id=meeting.id)))
    there = [crm_id for crm_id, name in people if name in named]
    return tuple(there or [crm_id for crm_id, _ in people])


def crm_stage_of(session: Session, deal_id: int, target: str) -> str | None:
    """The CRM's stage of the deal's pipeline that means this buyer stage (or won, or lost): the first of several."""
    meaning = CrmStage.outcome == target if target in OUTCOMES else CrmStage.buyer_stage == target
    return session.scalar(
        select(CrmStage.crm_id)
        .join(Deal, Deal.pipeline_id == CrmStage.pipeline_id)
        .where(Deal.id == deal_id, CrmStage.removed_at.is_(None), meaning)
        .order_by(CrmStage.position, CrmStage.id)
        .limit(1)
    )
