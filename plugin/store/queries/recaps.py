"""Recaps that were sent to buyers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from plugin.store.tables import LinkVisit, Recap, RecapLine, UserAccount


@dataclass(frozen=True, slots=True)
class RecapLineRow:
    """One line; ``reply`` is confirmed, corrected, contradicted, or None while the buyer is silent."""

    position: int
    kind: str
    question: int | None
    evidence: str | None
    text: str
    said_by: str
    reply: str | None
    reply_text: str


@dataclass(frozen=True, slots=True)
class RecapRow:
    """``sender`` is None where the account that made it is gone."""

    id: int
    public_id: str
    meeting_id: int
    language: str
    greeting: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    first_opened_at: datetime | None
    last_opened_at: datetime | None
    opened: int
    answered_at: datetime | None
    answered_by: str
    remark: str
    sender: str | None
    lines: tuple[RecapLineRow, ...] = ()

    def is_open(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at


def recap_of(session: Session, meeting_id: int) -> RecapRow | None:
    """The recap that was sent last for a meeting."""
    return _first(session, _recaps().where(Recap.meeting_id == meeting_id).order_by(Recap.id.desc()).limit(1))


def find_recap(session: Session, public_id: str) -> RecapRow | None:
    return _first(session, _recaps().where(Recap.public_id == public_id))


def recaps_by_meeting(session: Session, meeting_ids: list[int]) -> dict[int, RecapRow]:
    """The recap that was sent last for each of these meetings, without its lines."""
    rows = session.execute(_recaps().where(Recap.meeting_id.in_(meeting_ids)).order_by(Recap.id))
    return {row[2]: RecapRow(*row) for row in rows}


def visits_since(session: Session, address_hash: str, since: datetime) -> tuple[int, int]:
    """How often this address asked for a public link since then: in all, and for one that there is not."""
    rows = session.execute(
        select(LinkVisit.found, func.count())
        .where(LinkVisit.address_hash == address_hash, LinkVisit.at > since)
        .group_by(LinkVisit.found)
    ).all()
    counts = dict(rows)
    return sum(counts.values()), counts.get(False, 0)


def _recaps() -> Select[*tuple[Any, ...]]:
    return select(
        Recap.id,
        Recap.public_id,
        Recap.meeting_id,
        Recap.language,
        Recap.greeting,
        Recap.created_at,
        Recap.expires_at,
        Recap.revoked_at,
        Recap.first_opened_at,
        Recap.last_opened_at,
        Recap.opened,
        Recap.answered_at,
        Recap.answered_by,
        Recap.remark,
        UserAccount.name,
    ).outerjoin(UserAccount, UserAccount.id == Recap.user_id)


def _first(session: Session, query: Select[*tuple[Any, ...]]) -> RecapRow | None:
    row = session.execute(query).first()
    if row is None:
        return None
    lines = session.execute(
        select(
            RecapLine.position,
            RecapLine.kind,
            RecapLine.canvas_question,
            RecapLine.evidence,
            RecapLine.text,
            RecapLine.said_by,
            RecapLine.reply,
            RecapLine.reply_text,
        )
        .where(RecapLine.recap_id == row[0])
        .order_by(RecapLine.position)
    )
    return replace(RecapRow(*row), lines=tuple(RecapLineRow(*line) for line in lines))
