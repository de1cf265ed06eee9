"""From facts to what is derived: read a deal's moves, replay them, store the result in place of the old one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from types import MappingProxyType
from typing import Any

from sqlalchemy import and_, delete, select
from sqlalchemy.orm import Session

from plugin.domain.conversion import Period
from plugin.domain.journey import Journey
from plugin.domain.journeys import Journeys
from plugin.domain.moves import LOST, WON, ActorKind, StageMove
from plugin.domain.visits import History, Passage, Reading, Standing, replay
from plugin.store.bulk import insert_rows, put_rows
from plugin.store.cohorts.packed import Packing
from plugin.store.cohorts.snapshot import note_changes
from plugin.store.tables import CrmPipeline, CrmStage, Deal, DealStanding, StageMeaning, StageMoveFact, StageReturn
from plugin.store.touch_goals import renew_goal_moves
from plugin.store.types import from_microseconds

# SQLite takes 32,766 parameters a statement; a page of ids stays far below.
BATCH = 1_000

NOTHING_SUPPOSED: Mapping[int, str | None] = MappingProxyType({})
NOTHING_ADDED: Mapping[int, Sequence[dict[str, Any]]] = MappingProxyType({})
KINDS = {kind.value: kind for kind in ActorKind}


def moves_of(
    session: Session, journey: Journey, deal_ids: Sequence[int], supposed: Mapping[int, str | None] = NOTHING_SUPPOSED
) -> Iterator[tuple[int, list[StageMove]]]:
    """Each deal's valid moves, translated to the journey's stages, in the order in which the source lists them.

    ``supposed`` is what some CRM stages shall mean in place of what they do.
    """
    targets, called = _targets(session, journey), journey.now_called
    for stage_id in supposed:
        targets[stage_id] = supposed[stage_id]
    fact = StageMoveFact.__table__.c
    rows = session.execute(
        select(fact.deal_id, fact.key, fact.at, fact.target, fact.actor_kind, fact.actor, fact.crm_stage_id)
        .where(fact.deal_id.in_(deal_ids), fact.withdrawn_at.is_(None))
        .order_by(fact.deal_id, fact.ordinal)
    )
    for deal_id, group in groupby(rows, key=itemgetter(0)):
        yield (
            deal_id,
            [
                StageMove(key, at, called.get(target, target) if target else targets.get(crm_stage), KINDS[kind], actor)
                for _, key, at, target, kind, actor, crm_stage in group
            ],
        )


def _targets(session: Session, journey: Journey) -> dict[int | None, str | None]:
    """What each CRM stage means to the buyer, or meant when its pipeline followed this journey."""
    kept = and_(StageMeaning.stage_id == CrmStage.id, StageMeaning.journey == journey.key)
    rows = session.execute(
        select(
            CrmStage.id, CrmStage.outcome, CrmStage.buyer_stage, StageMeaning.journey, StageMeaning.buyer_stage
        ).outerjoin(StageMeaning, kept)
    )
    return {id_: buyer_target(journey, outcome, meant if once else means) for id_, outcome, means, once, meant in rows}


def passages_of(session: Session, journey: Journey, deal_ids: Sequence[int]) -> dict[int, tuple[Passage, ...]]:
    """What became of each deal in the stages that it reached."""
    packing = Packing(journey.places)
    found: dict[int, tuple[Passage, ...]] = {}
    for batch in batches(deal_ids, BATCH):
        rows = session.execute(
            select(DealStanding.deal_id, DealStanding.passages).where(DealStanding.deal_id.in_(batch))
        )
        found |= {deal_id: packing.unpack(packed) for deal_id, packed in rows}
    return found


def history_of(session: Session, journey: Journey, deal_id: int) -> History:
    """One deal's moves, read anew."""
    return histories_of(session, journey, [deal_id])[deal_id]


def histories_of(session: Session, journey: Journey, deal_ids: Sequence[int]) -> dict[int, History]:
    """Some deals' moves, read anew."""
    moves = dict(moves_of(session, journey, deal_ids))
    return {deal_id: replay(moves.get(deal_id, ()), journey) for deal_id in deal_ids}


def buyer_target(journey: Journey, outcome: str | None, buyer_stage: str | None) -> str | None:
    """What a CRM stage means to the buyer: a stage of the journey, won, lost, or None where it is unmapped."""
    if outcome in (WON, LOST):
        return outcome
    return journey.now_called.get(buyer_stage or "")


def derive(
    session: Session,
    journey: Journey,
    deal_ids: Iterable[int],
    added: Mapping[int, Sequence[dict[str, Any]]] = NOTHING_ADDED,
) -> None:
    """Put what the deals' facts mean in place of what was derived before, and note that they changed.

    ``added`` are the new rows of ``stage_move`` of deals whose other facts are as they were: such a deal is read on
    from where it stood, if its moves are later than all others. Every other deal is replayed from its first move.
    """
    packing = Packing(journey.places)
    for batch in batches(sorted(set(deal_ids)), BATCH):
        renewed = renew_goal_moves(session, journey, batch, moves_of)
        readings = dict(_extended(session, journey, [id_ for id_ in batch if id_ in added.keys() - renewed], added))
        replayed = [id_ for id_ in batch if id_ not in readings]
        moves = dict(moves_of(session, journey, replayed)) if replayed else {}
        readings |= {id_: Reading.of(replay(moves.get(id_, ()), journey)) for id_ in replayed}
        put_rows(session, DealStanding, [_row(deal_id, one, packing) for deal_id, one in readings.items()])
        _put_returns(session, journey, readings, replayed)
        note_changes(session, list(batch))


def derive_each(
    session: Session,
    journeys: Journeys,
    deal_ids: Iterable[int],
    added: Mapping[int, Sequence[dict[str, Any]]] = NOTHING_ADDED,
) -> None:
    """``derive``, each deal with the journey of its pipeline."""
    for journey, ids in by_journey(session, journeys, deal_ids):
        derive(session, journey, ids, added)


def by_journey(
    session: Session, journeys: Journeys, deal_ids: Iterable[int]
) -> Iterator[tuple[Journey, Sequence[int]]]:
    """The deals apart by the journey of their pipeline; a journey that none of them follows is left out."""
    ids = sorted(set(deal_ids))
    found: dict[str, list[int]] = {journey.key: [] for journey in journeys}
    if not journeys.others:
        found[journeys.main.key] = ids
    else:
        for batch in batches(ids, BATCH):
            rows = select(Deal.id, CrmPipeline.journey).join(CrmPipeline, CrmPipeline.id == Deal.pipeline_id)
            for deal_id, key in session.execute(rows.where(Deal.id.in_(batch))):
                found[journeys.named(key).key].append(deal_id)
    return ((journeys.by_key[key], own) for key, own in found.items() if own)


def _extended(
    session: Session, journey: Journey, deal_ids: Sequence[int], added: Mapping[int, Sequence[dict[str, Any]]]
) -> Iterator[tuple[int, Reading]]:
    if not deal_ids:
        return
    targets, packing = _targets(session, journey), Packing(journey.places)
    stored = DealStanding.__table__.c
    columns = [stored[name] for name in ("deal_id", "unmapped", "known_up_to", "passages", *Standing._fields)]
    rows = session.execute(select(*columns).where(stored.deal_id.in_(deal_ids)))
    for deal_id, unmapped, known_up_to, packed, *standing in rows:
        # Reading on looks at no older instant, so most of them need not be made.
        before = Reading(Standing(*standing), packing.unpack(packed, int), unmapped, known_up_to)
        if before.standing.stage is not None and before.standing.stage not in journey:
            continue  # Read with a journey that was given up: from its first move, then.
        reading = before.extended(_moves(added[deal_id], targets), journey)
        if reading:
            yield deal_id, reading


def _put_returns(session: Session, journey: Journey, readings: Mapping[int, Reading], replayed: Sequence[int]) -> None:
    """Add the returns that were read; those of deals that were read from their first move take the old ones' place."""
    if replayed:
        session.execute(delete(StageReturn).where(StageReturn.deal_id.in_(replayed)))
    insert_rows(
        session,
        StageReturn,
        [
            {
                "deal_id": deal_id,
                "journey": journey.key,
                "stage": one.stage,
                "target": one.target,
                "round": one.round,
                "entered_at": _instant(one.entered_at),
                "at": one.at,
            }
            for deal_id, reading in readings.items()
            for one in reading.returns
        ],
    )


def _instant(known: Any) -> datetime | None:
    """An older passage of a deal that was read on has numbers for instants."""
    return from_microseconds(known) if known.__class__ is int else known


def deals_through(session: Session, stage_ids: Sequence[int], most: int | None = None) -> Sequence[int]:
    """The deals (``most`` of them) that have a move into any of these CRM stages."""
    return session.scalars(
        select(StageMoveFact.deal_id).where(StageMoveFact.crm_stage_id.in_(stage_ids)).distinct().limit(most)
    ).all()


def deals_of_pipelines(session: Session, pipeline_ids: Sequence[int], most: int | None = None) -> Sequence[int]:
    """The deals (``most`` of them) of these pipelines."""
    return session.scalars(select(Deal.id).where(Deal.pipeline_id.in_(pipeline_ids)).limit(most)).all()


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


def deals_moving_in(session: Session, period: Period) -> Sequence[int]:
    """Deals with a valid move in the period, which is closed on both sides."""
    conditions = [StageMoveFact.at >= period.start, StageMoveFact.at < period.end]
    return session.scalars(
        select(StageMoveFact.deal_id).where(*conditions, StageMoveFact.withdrawn_at.is_(None)).distinct()
    ).all()


def batches(items: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _moves(rows: Sequence[dict[str, Any]], targets: dict[int | None, str | None]) -> list[StageMove]:
    return [
        StageMove(
            row["key"],
            row["at"],
            row["target"] or targets.get(row["crm_stage_id"]),
            KINDS[row["actor_kind"]],
            row["actor"],
        )
        for row in rows
    ]


def _row(deal_id: int, reading: Reading, packing: Packing) -> dict[str, Any]:
    standing = reading.standing
    return {
        "deal_id": deal_id,
        "state": standing.state,
        "stage": standing.stage,
        "since": standing.since,
        "came_back": standing.came_back,
        "round": standing.round,
        "spell": standing.spell,
        "last_move_at": standing.last_move_at,
        "unmapped": reading.unmapped,
        "known_up_to": reading.known_up_to,
        "passages": packing.pack(reading.passages),
    }
