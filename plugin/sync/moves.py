"""Stage moves of the CRM into facts: new ones are added, ones that the CRM takes back are marked, none is deleted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_adapters import port
from plugin.store.bulk import insert_rows
from plugin.store.tables import CrmStage, OwnMove, StageMoveFact
from plugin.sync.stages import StageIds

CRM = "crm"


def store_moves(
    session: Session, stages: StageIds, deals: Sequence[tuple[int, port.Deal]], now: datetime
) -> dict[int, list[dict[str, Any]]]:
    """Make the facts of these deals (database id, record) what the CRM lists now, in its order.

    A move that we wrote to the CRM ourselves is left out: what it tells of is a fact already. Returns the new facts of
    the deals whose other facts are as they were.
    """
    known = _known(session, [deal_id for deal_id, _ in deals])
    ours = _own(session, [deal_id for deal_id, _ in deals])
    labels = _labels(session, stages)
    rewritten: set[int] = set()
    added: dict[int, list[dict[str, Any]]] = {deal_id: [] for deal_id, _ in deals}
    for deal_id, deal in deals:
        pipeline_id = stages.pipeline(session, deal.pipeline_id)
        for ordinal, move in enumerate(deal.moves):
            if (deal_id, move.id) in ours:
                continue
            fact = known.pop((deal_id, move.id), None)
            if fact is None:
                stage_id = stages.stage(session, pipeline_id, move.stage_id, now)
                added[deal_id].append(_row(deal_id, ordinal, move, stage_id, labels.get(stage_id, move.stage_id), now))
            elif (fact.ordinal, fact.withdrawn_at) != (ordinal, None):
                fact.ordinal, fact.withdrawn_at = ordinal, None
                rewritten.add(deal_id)
    for fact in known.values():
        if fact.withdrawn_at is None:
            fact.withdrawn_at = now
            rewritten.add(fact.deal_id)
    insert_rows(session, StageMoveFact, [row for rows in added.values() for row in rows])
    return {deal_id: rows for deal_id, rows in added.items() if deal_id not in rewritten}


def _known(session: Session, deal_ids: Sequence[int]) -> dict[tuple[int, str], StageMoveFact]:
    facts = session.scalars(
        select(StageMoveFact).where(StageMoveFact.deal_id.in_(deal_ids), StageMoveFact.origin == CRM)
    )
    return {(fact.deal_id, fact.key): fact for fact in facts}


def _own(session: Session, deal_ids: Sequence[int]) -> set[tuple[int, str]]:
    rows = session.execute(select(OwnMove.deal_id, OwnMove.key).where(OwnMove.deal_id.in_(deal_ids)))
    return {(deal_id, key) for deal_id, key in rows}


def _labels(session: Session, stages: StageIds) -> dict[int, str]:
    rows = session.execute(
        select(CrmStage.id, CrmStage.label).where(CrmStage.pipeline_id.in_(stages.pipelines.values()))
    )
    return dict(rows.all())


def _row(
    deal_id: int, ordinal: int, move: port.StageChange, stage_id: int, label: str, now: datetime
) -> dict[str, Any]:
    return {
        "deal_id": deal_id,
        "key": move.id,
        "origin": CRM,
        "crm_stage_id": stage_id,
        "target": None,
        "label": label,
        "at": move.at,
        "ordinal": ordinal,
        "actor_kind": move.actor_kind.value,
        "actor": move.actor,
        "recorded_at": now,
        "withdrawn_at": None,
    }
