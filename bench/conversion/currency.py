"""What it costs to stay current: pages of new stage moves, everything derived from them kept up to date."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from time import perf_counter

from sqlalchemy import func, select

from bench.conversion.company import NOW, facts, stage_ids
from plugin.domain.journey import Journey
from plugin.store.bulk import insert_rows
from plugin.store.database import Database
from plugin.store.derived import derive
from plugin.store.tables import Deal, StageMoveFact

# Behind the ordinals of the company's own histories.
FIRST_ORDINAL = 1_000


def moves_a_second(database: Database, journey: Journey, page: int, pages: int) -> float:
    """Store ``pages`` pages, each a transaction of ``page`` moves of as many deals chosen by chance."""
    with database.reading() as session:
        stages = stage_ids(session)
        deals = session.scalar(select(func.max(Deal.id))) or 0
        known = session.scalar(select(func.max(StageMoveFact.ordinal))) or 0
    chance = Random(page)
    ordinal = max(FIRST_ORDINAL, known + 1)
    read = []
    for number in range(pages):
        ids = chance.sample(range(1, deals + 1), page)
        at = NOW + timedelta(minutes=2 * (ordinal + number))
        moves = (((chance.randrange(8), at),) for _ in ids)
        read.append(list(facts(zip(ids, moves, strict=True), stages, ordinal + number, at)))
    started = perf_counter()
    for rows in read:
        with database.writing.begin() as session:
            insert_rows(session, StageMoveFact, rows)
            derive(session, journey, [row["deal_id"] for row in rows], {row["deal_id"]: [row] for row in rows})
    return page * pages / (perf_counter() - started)
