"""Giving deals their persona: what a person chose, else what the rules say. Few deals at once, many in batches.

Stopped anywhere, it goes on behind the last batch that was stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from plugin.domain.segment import Segment, segment_of
from plugin.store.cohorts.snapshot import note_changes
from plugin.store.database import Database
from plugin.store.derived import BATCH, batches, deal_ids_after
from plugin.store.queries.personas import ReadDeal, personas_in_use, read_deals
from plugin.store.recomputing import AT_ONCE
from plugin.store.tables import Deal, PersonaSet


def persona_of(segments: Sequence[Segment], deal: ReadDeal) -> str | None:
    """A choice of a persona that is gone waits until it is back."""
    if deal.chosen and any(segment.key == deal.chosen for segment in segments):
        return deal.chosen
    return segment_of(segments, deal.facts)


def hold_rules(session: Session) -> None:
    """Whoever changes the rules waits for this transaction, and then reads its deals anew.

    Before any deal is written: who changes the rules holds them first and writes deals after that.
    """
    session.execute(select(PersonaSet.revision).with_for_update(read=True))


def assign(session: Session, deal_ids: Sequence[int]) -> list[int]:
    """Give these deals their persona; returns those that have another one than before.

    The caller tells reports of them.
    """
    hold_rules(session)
    segments = [persona.segment for persona in personas_in_use(session)]
    changed: list[int] = []
    for batch in batches(deal_ids, BATCH):
        wanted = [(deal, persona_of(segments, deal)) for deal in read_deals(session, batch)]
        others = {deal.id: key for deal, key in wanted if key != deal.key}
        if others:
            changing = update(Deal).where(Deal.id == bindparam("deal_id")).values(persona_key=bindparam("key"))
            session.connection().execute(changing, [{"deal_id": id_, "key": key} for id_, key in others.items()])
        changed += others
    return changed


def reassign(session: Session, now: datetime) -> None:
    """The rules are others now: read every deal anew, in this transaction where they are few, else leave them to
    ``finish_assigning``."""
    known = session.get_one(PersonaSet, 1)
    if (session.scalar(select(func.count()).select_from(Deal)) or 0) > AT_ONCE:
        known.assigning_since, known.assigned_up_to = now, 0
        return
    known.assigning_since = None
    note_changes(session, assign(session, session.scalars(select(Deal.id)).all()))


def finish_assigning(database: Database) -> None:
    """Read the deals anew that ``reassign`` left; nothing where it left none."""
    with database.reading() as session:
        known = session.get(PersonaSet, 1)
    waits = known is not None and known.assigning_since is not None
    while waits:
        with database.writing.begin() as session:
            waits = _next_batch(session)


def _next_batch(session: Session) -> bool:
    """False where none is left."""
    known = session.get_one(PersonaSet, 1, with_for_update=True)
    ids = deal_ids_after(session, known.assigned_up_to)
    note_changes(session, assign(session, ids))
    if ids:
        known.assigned_up_to = ids[-1]
    else:
        known.assigning_since = None
    return bool(ids)
