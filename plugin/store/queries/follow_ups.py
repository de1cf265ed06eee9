"""Proposals that wait for a person's word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.domain.follow_up import FollowUpKind, Signal
from plugin.store.tables import DealStanding, FollowUp

OPEN = "open"


@dataclass(frozen=True, slots=True)
class FollowUpLine:
    """An open proposal. ``words`` are the buyer's where it rests on something that they said."""

    public_id: str
    deal_id: int
    kind: FollowUpKind
    signal: Signal
    stage: str | None
    target: str | None
    words: str
    at: datetime


def open_follow_ups(session: Session, deal_ids: Sequence[int]) -> tuple[FollowUpLine, ...]:
    """The proposals that wait for a word, the newest first; one whose deal has left its stage is past."""
    rows = session.execute(
        select(
            FollowUp.public_id,
            FollowUp.deal_id,
            FollowUp.kind,
            FollowUp.signal,
            FollowUp.stage,
            FollowUp.target,
            FollowUp.words,
            FollowUp.proposed_at,
        )
        .join(DealStanding, DealStanding.deal_id == FollowUp.deal_id)
        .where(
            FollowUp.deal_id.in_(deal_ids),
            FollowUp.state == OPEN,
            DealStanding.state == "open",
            DealStanding.stage == FollowUp.stage,
        )
        .order_by(FollowUp.proposed_at.desc(), FollowUp.id.desc())
    )
    return tuple(FollowUpLine(row[0], row[1], FollowUpKind(row[2]), Signal(row[3]), *row[4:]) for row in rows)
