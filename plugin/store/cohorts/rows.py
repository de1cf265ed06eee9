"""Deals' packed passages out of the database, as arrays, with what a question can narrow them by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import BigInteger, Select, select, type_coerce
from sqlalchemy.orm import Session

from plugin.domain.journeys import Journeys
from plugin.store.cohorts.columns import DIMENSIONS, STATES, Column
from plugin.store.cohorts.layout import Block, Layout
from plugin.store.cohorts.packed import NEVER, RECORD, UNDATED
from plugin.store.tables import CrmPipeline, Deal, DealStanding

# SQLite takes 32,766 parameters a statement.
IDS_A_STATEMENT = 5_000
DEALS_A_READ = 5_000
NOT_GIVEN = -1

# Personas (their keys) and sources are texts: each gets a number the first time that it is met.
Numbers = dict[str, dict[str, int]]


def no_numbers() -> Numbers:
    return {"persona": {}, "source": {}}


@dataclass(frozen=True, slots=True)
class DealRows:
    """Some deals as columns: a row for each of their ``passages``, and one a deal of where it stands."""

    passages: dict[str, Column]
    standings: dict[str, Column]

    def without(self, deals: Column) -> DealRows:
        return DealRows(*(_chosen(rows, ~np.isin(rows["deal"], deals)) for rows in (self.passages, self.standings)))


def rows_of_deals(session: Session, journeys: Journeys, deal_ids: Sequence[int], numbers: Numbers) -> DealRows:
    """These deals, each in the places of its journey."""
    found, blocks = [], _blocks(session, journeys)
    for start in range(0, len(deal_ids), IDS_A_STATEMENT):
        some = deal_ids[start : start + IDS_A_STATEMENT]
        found.append(as_rows(session.execute(_standings().where(DealStanding.deal_id.in_(some))), blocks, numbers))
    return joined(found)


def rows_after(session: Session, journeys: Journeys, deal_id: int, numbers: Numbers) -> tuple[DealRows, int | None]:
    """The next deals by id, and the last of those; None behind the last deal."""
    query = _standings().where(DealStanding.deal_id > deal_id).order_by(DealStanding.deal_id).limit(DEALS_A_READ)
    read = session.execute(query).all()
    return as_rows(read, _blocks(session, journeys), numbers), read[-1][0] if read else None


def _blocks(session: Session, journeys: Journeys) -> dict[int, Block]:
    """Each pipeline's places: those of the journey that it follows."""
    blocks = Layout.of(journeys).blocks
    followed = session.execute(select(CrmPipeline.id, CrmPipeline.journey))
    return {pipeline_id: blocks[journeys.named(key).key] for pipeline_id, key in followed}


def as_rows(standings: Iterable[Any], blocks: Mapping[int, Block], numbers: Numbers) -> DealRows:
    """Deals as ``_standings`` selects them; ``blocks`` are the places of their pipelines."""
    read = list(standings)
    deals: dict[str, Column] = {
        "deal": np.array([row[0] for row in read], np.int64),
        "gone_at": np.array([NEVER if row[2] is None else row[2] for row in read], np.int64),
    }
    for column, name in enumerate(DIMENSIONS, 3):
        known = numbers.get(name)
        values = [row[column] if known is None else _number(known, row[column]) for row in read]
        deals[name] = np.array([NOT_GIVEN if value is None else value for value in values], np.int32)
    records = np.frombuffer(b"".join([row[1] for row in read]), RECORD)
    passages = [len(row[1]) // RECORD.itemsize for row in read]
    begins = np.array([blocks[row[6]].begins for row in read], np.uint16)
    return DealRows(
        {name: records[name] for name in RECORD.names or ()}
        | {"stage": records["stage"] + np.repeat(begins, passages)}
        | {name: np.repeat(column, passages) for name, column in deals.items()},
        deals
        | {
            "stage": np.array([blocks[row[6]].place(row[7]) for row in read], np.uint16),
            "state": np.array([STATES.index(row[8]) for row in read], np.uint8),
            "since": np.array([UNDATED if row[9] is None else row[9] for row in read], np.int64),
            "came_back": np.array([row[10] for row in read], np.uint8),
        },
    )


def joined(parts: Sequence[DealRows]) -> DealRows:
    """Deals behind deals."""
    parts = parts or [NO_DEALS]
    return DealRows(_joined([part.passages for part in parts]), _joined([part.standings for part in parts]))


def _joined(parts: Sequence[dict[str, Column]]) -> dict[str, Column]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _chosen(rows: dict[str, Column], keep: Column) -> dict[str, Column]:
    return {name: column[keep] for name, column in rows.items()}


def _standings() -> Select[*tuple[Any, ...]]:
    return select(
        DealStanding.deal_id,
        DealStanding.passages,
        type_coerce(Deal.gone_at, BigInteger),
        Deal.owner_id,
        Deal.persona_key,
        Deal.source,
        Deal.pipeline_id,
        DealStanding.stage,
        DealStanding.state,
        type_coerce(DealStanding.since, BigInteger),
        DealStanding.came_back,
    ).join(Deal, Deal.id == DealStanding.deal_id)


def _number(known: dict[str, int], text: str | None) -> int | None:
    return None if text is None else known.setdefault(text, len(known))


NO_DEALS = as_rows([], {}, no_numbers())
