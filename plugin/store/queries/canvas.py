"""What is believed of a persona, and what its deals have answered to the canvas questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Subquery, case, func, literal, select
from sqlalchemy.orm import Session

from plugin.domain.canvas import AnswerStatus
from plugin.store.tables import BuyerWords, CanvasBelief, CrmOwner, Deal, UserAccount
from plugin.store.types import to_microseconds


@dataclass(frozen=True, slots=True)
class BeliefLine:
    """A belief as somebody wrote it; ``by`` is None for who left, an empty text one that was taken back."""

    id: int
    question: int
    text: str
    by: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class AnswerCount:
    """Deals whose newest answer to a question has this status; ``later``: it was given after the belief was written."""

    question: int
    status: AnswerStatus
    later: bool
    deals: int


@dataclass(frozen=True, slots=True)
class SaidLine:
    """A deal's newest answer to a question, in the buyer's words. ``user_id`` is the account of the deal's owner."""

    question: int
    text: str
    said_by: str
    said_at: datetime
    status: AnswerStatus
    deal: str
    public_id: str
    user_id: int | None


def beliefs_of(session: Session, persona: str) -> tuple[BeliefLine, ...]:
    """All that was ever believed of a persona, the newest first."""
    rows = session.execute(
        select(CanvasBelief.id, CanvasBelief.question, CanvasBelief.text, UserAccount.name, CanvasBelief.written_at)
        .outerjoin(UserAccount, UserAccount.id == CanvasBelief.user_id)
        .where(CanvasBelief.persona == persona)
        .order_by(CanvasBelief.id.desc())
    )
    return tuple(BeliefLine(*row) for row in rows)


def last_written(session: Session) -> str | None:
    """The persona of whom something was believed, or taken back, last."""
    return session.scalar(select(CanvasBelief.persona).order_by(CanvasBelief.id.desc()).limit(1))


def count_answers(session: Session, persona: str, written: Mapping[int, datetime]) -> tuple[AnswerCount, ...]:
    """``written`` says for each question since when its belief holds."""
    newest = _newest(persona)
    since = {question: to_microseconds(at) for question, at in written.items()}
    after = newest.c.said_at > case(since, value=newest.c.question, else_=None) if since else literal(False)
    later = func.coalesce(case((after, 1), else_=0), 0)
    rows = session.execute(
        select(newest.c.question, newest.c.status, later, func.count())
        .where(newest.c.place == 1)
        .group_by(newest.c.question, newest.c.status, later)
    )
    return tuple(
        AnswerCount(question, AnswerStatus(status), bool(late), deals) for question, status, late, deals in rows
    )


def newest_answers(session: Session, persona: str, most: int) -> tuple[SaidLine, ...]:
    """Up to ``most`` answers to each question, the newest first; erased words are none."""
    newest = _newest(persona)
    in_turn = func.row_number().over(
        partition_by=newest.c.question, order_by=(newest.c.said_at.desc(), newest.c.words_id.desc())
    )
    told = select(newest.c.words_id, in_turn.label("turn")).where(newest.c.place == 1, newest.c.text != "").subquery()
    rows = session.execute(
        select(
            BuyerWords.canvas_question,
            BuyerWords.text,
            BuyerWords.said_by,
            BuyerWords.said_at,
            BuyerWords.status,
            func.coalesce(Deal.company, Deal.name),
            Deal.public_id,
            CrmOwner.user_id,
        )
        .join(told, told.c.words_id == BuyerWords.id)
        .join(Deal, Deal.id == BuyerWords.deal_id)
        .outerjoin(CrmOwner, CrmOwner.id == Deal.owner_id)
        .where(told.c.turn <= most)
        .order_by(BuyerWords.said_at.desc(), BuyerWords.id.desc())
    )
    return tuple(
        SaidLine(question or 0, text, said_by, said_at, AnswerStatus(status), deal, public_id, user_id)
        for question, text, said_by, said_at, status, deal, public_id, user_id in rows
    )


def _newest(persona: str) -> Subquery:
    """Every answer of the persona's deals; ``place`` 1 is the deal's newest one to its question."""
    place = func.row_number().over(
        partition_by=(BuyerWords.deal_id, BuyerWords.canvas_question),
        order_by=(BuyerWords.said_at.desc(), BuyerWords.id.desc()),
    )
    return (
        select(
            BuyerWords.id.label("words_id"),
            BuyerWords.canvas_question.label("question"),
            BuyerWords.status,
            BuyerWords.said_at,
            BuyerWords.text,
            place.label("place"),
        )
        .join(Deal, Deal.id == BuyerWords.deal_id)
        .where(Deal.persona_key == persona, Deal.gone_at.is_(None), BuyerWords.canvas_question.is_not(None))
        .subquery()
    )
