"""From facts to what is derived: read a deal's moves, replay them, store the result in place of the old one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from plugin.domain.journey import Journey
from plugin.domain.moves import LOST, WON, ActorKind, StageMove
from plugin.domain.visits import History, Passage, Visit, replay
from plugin.store.bulk import insert_rows
from plugin.store.tables import CrmStage, Deal, DealStanding, Derivation, StageMoveFact, StagePassage, StageVisit

# SQLite takes 32,766 parameters a statement; a page of ids stays far below.
BATCH = 1_000


def moves_of(session: Session, journey: Journey, deal_ids: Sequence[int]) -> Iterator[tuple[int, list[StageMove]]]:
    """Each deal's valid moves, translated to the journey's stages, in the order in which the source lists them."""
    fact = StageMoveFact
    rows = session.execute(
        select(
            fact.deal_id,
            fact.key,
            fact.at,
            fact.target,
            fact.actor_kind,
            fact.actor,
            CrmStage.outcome,
            CrmStage.buyer_stage,
        )
        .outerjoin(CrmStage, CrmStage.id == fact.crm_stage_id)
        .where(fact.deal_id.in_(deal_ids), fact.withdrawn_at.is_(None))
        .order_by(fact.deal_id, fact.ordinal)
    )
    for deal_id, group in groupby(rows, key=lambda row: row[0]):
        yield (
            deal_id,
            [
                StageMove(key, at, target or buyer_target(journey, outcome, stage), ActorKind(kind), actor)
                for _, key, at, target, kind, actor, outcome, stage in group
            ],
        )


def buyer_target(journey: Journey, outcome: str | None, buyer_stage: str | None) -> str | None:
    """What a CRM stage means to the buyer: a stage of the journey, won, lost, or None where it is unmapped."""
    if outcome in (WON, LOST):
        return outcome
    return buyer_stage if buyer_stage in journey else None


def derive(session: Session, journey: Journey, deal_ids: Iterable[int]) -> None:
    """Replay the deals' facts and put visits, passages and standing in place of what was derived before."""
    for batch in batches(sorted(set(deal_ids)), BATCH):
        for table in (StageVisit, StagePassage, DealStanding):
            session.execute(delete(table).where(table.deal_id.in_(batch)))
        _store(session, [(deal_id, replay(moves, journey)) for deal_id, moves in moves_of(session, journey, batch)])


def derived_with(session: Session) -> str | None:
    """The fingerprint of the journey that everything derived was made with; None before anything was."""
    return session.scalar(select(Derivation.journey))


def note_derivation(session: Session, journey: Journey, now: datetime) -> None:
    """Say that everything derived has been made with this journey."""
    session.merge(Derivation(id=1, journey=journey.fingerprint, derived_at=now))


def deals_through(session: Session, stage_ids: Sequence[int]) -> Sequence[int]:
    """The deals that have a move into any of these CRM stages."""
    return session.scalars(
        select(StageMoveFact.deal_id).where(StageMoveFact.crm_stage_id.in_(stage_ids)).distinct()
    ).all()


def deal_ids_after(session: Session, after: int, limit: int = BATCH) -> Sequence[int]:
    """The next deals by id, for a walk over all of them."""
    return session.scalars(select(Deal.id).where(Deal.id > after).order_by(Deal.id).limit(limit)).all()


def deals_moving_about(session: Session, instant: datetime, before: datetime, after: datetime) -> Sequence[int]:
    """Deals with a valid move in (before, instant] and another in (instant, after]: a burst of theirs may be cut."""
    earlier = select(StageMoveFact.deal_id).where(
        StageMoveFact.at > before, StageMoveFact.at <= instant, StageMoveFact.withdrawn_at.is_(None)
    )
    return session.scalars(
        select(StageMoveFact.deal_id)
        .where(
            StageMoveFact.at > instant,
            StageMoveFact.at <= after,
            StageMoveFact.withdrawn_at.is_(None),
            StageMoveFact.deal_id.in_(earlier),
        )
        .distinct()
    ).all()


def batches(items: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _store(session: Session, histories: Sequence[tuple[int, History]]) -> None:
    insert_rows(session, StageVisit, [_visit(deal, visit) for deal, history in histories for visit in history.visits])
    insert_rows(session, StagePassage, [_passage(deal, one) for deal, history in histories for one in history.passages])
    insert_rows(session, DealStanding, [_standing(deal, history) for deal, history in histories])


def _visit(deal_id: int, visit: Visit) -> dict[str, Any]:
    return {"deal_id": deal_id} | asdict(visit)


def _passage(deal_id: int, passage: Passage) -> dict[str, Any]:
    return {"deal_id": deal_id} | asdict(passage)


def _standing(deal_id: int, history: History) -> dict[str, Any]:
    return {"deal_id": deal_id, "unmapped": history.unmapped} | asdict(history.standing)
