"""An invented company of any size: deals that move, skip, return, reopen and stay open, over three years.

About 6.5 stage visits a deal, eight stages, 50 owners, 5 personas, 8 sources. The same size gives the same company.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.domain.journey import Journey
from plugin.store.bulk import insert_rows
from plugin.store.database import Database
from plugin.store.tables import Connection, CrmOwner, CrmPipeline, CrmStage, Deal, StageMoveFact

FIRST_DAY = datetime(2023, 11, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
OWNERS, PERSONAS, SOURCES = 50, 5, 8
DEALS_A_PAGE = 5_000
# Mean days in a stage; the usage loop is slower.
MEAN_DAYS = (9, 14, 16, 12, 25, 60, 70, 40)
WON, LOST = "won", "lost"
BOUGHT = 3


def histories(deals: int) -> Iterator[list[tuple[int | str, datetime]]]:
    """Each deal's moves: a stage's place in the journey, won or lost, and when."""
    chance = Random(deals)
    span = (NOW - FIRST_DAY).total_seconds()
    for _ in range(deals):
        yield list(_moves(chance, FIRST_DAY + timedelta(seconds=chance.random() * span)))


def _moves(chance: Random, at: datetime) -> Iterator[tuple[int | str, datetime]]:
    stage = 0 if chance.random() < 0.8 else 1
    while at < NOW:
        yield stage, at
        at += timedelta(seconds=60 + chance.expovariate(1 / (MEAN_DAYS[stage] * 86_400)))
        fate = chance.random()
        if fate < 0.127:
            if at < NOW:
                yield LOST, at
            if chance.random() > 0.15:
                return
            at += timedelta(days=chance.randint(5, 60))
        elif fate < 0.23 and stage not in (0, 4):
            stage -= 1
        elif stage == BOUGHT:
            if at < NOW:
                yield WON, at
            if chance.random() < 0.15:
                return
            at += timedelta(days=chance.randint(1, 10))
            stage = 4
        elif stage == 7:
            stage = 5 if chance.random() < 0.7 else 0
        else:
            stage += 2 if fate > 0.93 and stage not in (2, 6) else 1


def load(database: Database, journey: Journey, deals: int) -> None:
    """Store the company's facts; nothing is derived yet."""
    with database.writing.begin() as session:
        pipeline, stages, owners = _scene(session, journey)
    chance = Random(deals + 1)
    number = 0
    told = histories(deals)
    while page := list(islice(told, DEALS_A_PAGE)):
        with database.writing.begin() as session:
            insert_rows(session, Deal, [_deal(chance, number + n, pipeline, owners) for n in range(len(page))])
            ids = session.scalars(
                select(Deal.id).where(Deal.crm_id.in_([str(number + n) for n in range(len(page))])).order_by(Deal.id)
            ).all()
            insert_rows(session, StageMoveFact, list(facts(zip(ids, page, strict=True), stages)))
        number += len(page)


def facts(
    histories: Any, stages: dict[int | str, int], first: int = 0, recorded_at: datetime = NOW
) -> Iterator[dict[str, Any]]:
    """Rows of stage moves for (deal, moves) pairs."""
    for deal_id, moves in histories:
        for ordinal, (to, at) in enumerate(moves, first):
            yield {
                "deal_id": deal_id,
                "key": str(ordinal),
                "origin": "crm",
                "crm_stage_id": stages[to],
                "target": None,
                "label": str(to),
                "at": at,
                "ordinal": ordinal,
                "actor_kind": "person",
                "actor": None,
                "recorded_at": recorded_at,
                "withdrawn_at": None,
            }


def stage_ids(session: Session) -> dict[int | str, int]:
    """The CRM stages' ids by what they mean."""
    rows = session.execute(select(CrmStage.crm_id, CrmStage.id))
    return {int(name) if name.isdecimal() else name: id_ for name, id_ in rows}


def _scene(session: Session, journey: Journey) -> tuple[int, dict[int | str, int], list[int]]:
    connection = Connection(name="bench", kind="memory", settings={}, created_at=NOW)
    session.add(connection)
    session.flush()
    pipeline = CrmPipeline(connection_id=connection.id, crm_id="p", label="New business")
    session.add(pipeline)
    session.flush()
    for n, stage in enumerate(journey.stages):
        session.add(_stage(pipeline.id, str(n), n, "open", stage.key))
    for outcome in (WON, LOST):
        session.add(_stage(pipeline.id, outcome, 20, outcome, None))
    owners = [CrmOwner(connection_id=connection.id, crm_id=str(n), name=f"Owner {n}") for n in range(OWNERS)]
    session.add_all(owners)
    session.flush()
    return pipeline.id, stage_ids(session), [owner.id for owner in owners]


def _stage(pipeline_id: int, crm_id: str, position: int, outcome: str, buyer_stage: str | None) -> CrmStage:
    return CrmStage(
        pipeline_id=pipeline_id,
        crm_id=crm_id,
        label=crm_id,
        position=position,
        outcome=outcome,
        buyer_stage=buyer_stage,
        first_seen_at=NOW,
    )


def _deal(chance: Random, number: int, pipeline_id: int, owners: list[int]) -> dict[str, Any]:
    owner = chance.choice(owners)
    source, persona = f"source {chance.randrange(SOURCES)}", f"persona {chance.randrange(PERSONAS)}"
    return {
        "public_id": f"{number:032x}",
        "connection_id": 1,
        "crm_id": str(number),
        "pipeline_id": pipeline_id,
        "owner_id": owner,
        "name": f"Deal {number}",
        "company": None,
        "amount": None,
        "currency": None,
        "source": source,
        "persona": persona,
        "persona_key": persona,
        "created_at": None,
        "gone_at": None,
        "seen_pass": 1,
        "content_hash": "",
    }
