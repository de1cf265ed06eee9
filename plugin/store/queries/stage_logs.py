"""What the logs of one stage's meetings say: the newest of them are read, never more than a fixed number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from plugin.domain.canvas import AnswerStatus
from plugin.store.queries.deals import owned_by
from plugin.store.queries.meetings import HELD
from plugin.store.tables import BuyerWords, CrmOwner, Deal, Meeting, MeetingLog


@dataclass(frozen=True, slots=True)
class HeldLine:
    """A held meeting of a stage, as its log has it."""

    id: int
    deal_id: int
    template: str | None
    felt: str | None
    effect: str | None
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class SaidLine:
    """The buyer's words in a meeting: ``evidence`` given, a ``question`` answered, or (both None) what changed.

    ``text`` is empty where it was erased, or where nobody wrote it down.
    """

    meeting_id: int
    deal_id: int
    evidence: str | None
    question: int | None
    text: str
    by: str
    at: datetime


def held_in(
    session: Session,
    stage: str,
    persona: str | None,
    since: datetime | None,
    until: datetime,
    deals: Sequence[ColumnElement[bool]],
    most: int,
) -> tuple[HeldLine, ...]:
    """The meetings held in a stage in [since, until], with deals of this persona (None: any); the newest first.

    ``deals`` are further conditions on the deals.
    """
    columns = Meeting.id, Meeting.deal_id, Meeting.template, Meeting.felt, Meeting.effect, Meeting.starts_at
    query = select(*columns).where(
        Meeting.stage == stage, Meeting.state == HELD, Meeting.removed_at.is_(None), Meeting.starts_at <= until
    )
    if since is not None:
        query = query.where(Meeting.starts_at >= since)
    of_persona = [] if persona is None else [Deal.persona_key == persona]
    query = query.join(Deal, Deal.id == Meeting.deal_id).where(*of_persona, *deals)
    newest = query.order_by(Meeting.starts_at.desc(), Meeting.id.desc()).limit(most)
    return tuple(HeldLine(*row) for row in session.execute(newest))


def said_in(session: Session, meeting_ids: Sequence[int]) -> tuple[SaidLine, ...]:
    """What buyers said in these meetings and have not taken back, the newest first."""
    query = select(
        BuyerWords.meeting_id,
        BuyerWords.deal_id,
        BuyerWords.evidence,
        BuyerWords.canvas_question,
        BuyerWords.text,
        BuyerWords.said_by,
        BuyerWords.said_at,
    ).where(BuyerWords.meeting_id.in_(meeting_ids), BuyerWords.status != AnswerStatus.CONTRADICTED.value)
    return _said(session, query.order_by(BuyerWords.said_at.desc(), BuyerWords.id.desc()))


def changed_in(session: Session, meeting_ids: Sequence[int]) -> tuple[SaidLine, ...]:
    """What had changed, where buyers went back in these meetings; the newest first."""
    query = (
        select(MeetingLog.meeting_id, Meeting.deal_id, MeetingLog.what_changed, Meeting.starts_at)
        .join(Meeting, Meeting.id == MeetingLog.meeting_id)
        .where(MeetingLog.meeting_id.in_(meeting_ids), MeetingLog.what_changed != "")
        .order_by(MeetingLog.logged_at.desc(), MeetingLog.id.desc())
    )
    return tuple(
        SaidLine(meeting_id, deal_id, None, None, text, "", at)
        for meeting_id, deal_id, text, at in session.execute(query)
    )


def seen_by(session: Session, deal_ids: Sequence[int], user_id: int | None) -> frozenset[int]:
    """Those of the deals that these eyes may see."""
    if user_id is None:
        return frozenset(deal_ids)
    mine = select(Deal.id).join(CrmOwner, CrmOwner.id == Deal.owner_id)
    return frozenset(session.scalars(mine.where(Deal.id.in_(deal_ids), owned_by(user_id))))


def _said(session: Session, query: Select[*tuple[Any, ...]]) -> tuple[SaidLine, ...]:
    return tuple(SaidLine(*row) for row in session.execute(query))
