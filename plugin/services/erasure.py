"""A person whom the CRM has erased: who they are and what they said goes, what was counted stays."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from plugin.store.tables import (
    BuyerWords,
    Deal,
    DealContact,
    ErasedContact,
    FollowUp,
    FormerContact,
    LogDraft,
    Meeting,
    MeetingAttendee,
    MeetingLog,
    PlanStep,
    Recap,
    RecapLine,
)
from plugin.store.touches import forget_contact

# What stands for the name in a colleague's sentence.
NOBODY = "—"


def erase_contact(session: Session, connection_id: int, contact_id: str, now: datetime) -> None:
    """Everything that names the person, under every name that they had; in the caller's transaction."""
    for deal_id, names in _names(session, connection_id, contact_id).items():
        _erase_from(session, deal_id, names)
    for table in (DealContact, FormerContact):
        of_connection = select(Deal.id).where(Deal.connection_id == connection_id)
        session.execute(delete(table).where(table.crm_id == contact_id, table.deal_id.in_(of_connection)))
    forget_contact(session, connection_id, contact_id)
    known = select(ErasedContact.id).filter_by(connection_id=connection_id, crm_id=contact_id)
    if session.scalar(known) is None:
        session.add(ErasedContact(connection_id=connection_id, crm_id=contact_id, erased_at=now))
    session.flush()


def _names(session: Session, connection_id: int, contact_id: str) -> dict[int, set[str]]:
    """Their names by deal."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    for table in (DealContact, FormerContact):
        rows = session.execute(
            select(table.deal_id, table.name)
            .join(Deal, Deal.id == table.deal_id)
            .where(Deal.connection_id == connection_id, table.crm_id == contact_id)
        )
        for deal_id, name in rows:
            if name:
                found[deal_id].add(name)
    return found


def _erase_from(session: Session, deal_id: int, names: set[str]) -> None:
    meetings = select(Meeting.id).where(Meeting.deal_id == deal_id)
    session.execute(
        delete(MeetingAttendee).where(MeetingAttendee.name.in_(names), MeetingAttendee.meeting_id.in_(meetings))
    )
    said = [one for one in session.scalars(select(BuyerWords).filter_by(deal_id=deal_id)) if one.said_by in names]
    texts = {one.text for one in said if one.text}
    for words in said:
        words.said_by = words.text = ""
    for follow_up in session.scalars(select(FollowUp).filter_by(deal_id=deal_id)):
        if follow_up.words in texts:
            follow_up.words = ""
    for step in session.scalars(select(PlanStep).filter_by(deal_id=deal_id)):
        step.who = "" if step.who in names else step.who
        step.text = _without(step.text, names)
    for recap in session.scalars(select(Recap).where(Recap.meeting_id.in_(meetings))):
        _erase_from_recap(session, recap, names, texts)
    for log in session.scalars(select(MeetingLog).where(MeetingLog.meeting_id.in_(meetings))):
        log.note, log.what_changed = _without(log.note, names), _without(log.what_changed, names)
    for draft in session.scalars(select(LogDraft).filter_by(deal_id=deal_id)):
        draft.fields = _without(draft.fields, names | texts)


def _erase_from_recap(session: Session, recap: Recap, names: set[str], texts: set[str]) -> None:
    theirs = recap.answered_by in names
    if theirs:
        recap.answered_by = recap.remark = ""
    recap.greeting = _without(recap.greeting, names)
    for line in session.scalars(select(RecapLine).filter_by(recap_id=recap.id)):
        if line.said_by in names or line.text in texts:
            line.said_by = line.text = ""
        line.reply_text = "" if theirs else line.reply_text


def _without(value: Any, names: set[str]) -> Any:
    """The text, or all texts within lists and objects, without these names."""
    if isinstance(value, str):
        for name in sorted(names, key=len, reverse=True):
            value = value.replace(name, NOBODY)
        return value
    if isinstance(value, dict):
        return {key: _without(one, names) for key, one in value.items()}
    return [_without(one, names) for one in value] if isinstance(value, list) else value
