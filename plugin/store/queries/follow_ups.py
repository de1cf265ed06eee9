"""Proposals that wait for a person's word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.domain.follow_up import WARNINGS, FollowUpKind, Signal
from plugin.store.tables import DealStanding, FollowUp

OPEN, TAKEN = "open", "taken"


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


def deals_with_warning(session: Session) -> Sequence[int]:
    """The open deals for which a proposal waits that somebody should look at today."""
    return session.scalars(
        select(FollowUp.deal_id)
        .join(DealStanding, DealStanding.deal_id == FollowUp.deal_id)
        .where(
            FollowUp.state == OPEN,
            FollowUp.kind.in_([kind.value for kind in WARNINGS]),
            DealStanding.state == "open",
            DealStanding.stage == FollowUp.stage,
        )
    ).all()


def taken_returns(session: Session, deal_ids: Sequence[int]) -> dict[int, tuple[tuple[Signal, datetime], ...]]:
    """By deal, what each going back that a person agreed to rested on, and when they agreed; the newest first."""
    rows = session.execute(
        select(FollowUp.deal_id, FollowUp.signal, FollowUp.decided_at)
        .where(FollowUp.deal_id.in_(deal_ids), FollowUp.state == TAKEN, FollowUp.kind == FollowUpKind.GO_BACK.value)
        .order_by(FollowUp.decided_at.desc())
    )
    found: defaultdict[int, list[tuple[Signal, datetime]]] = defaultdict(list)
    for deal_id, signal, decided_at in rows:
        if decided_at:
            found[deal_id].append((Signal(signal), decided_at))
    return {deal_id: tuple(taken) for deal_id, taken in found.items()}
