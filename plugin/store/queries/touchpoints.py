"""The touchpoints in use, and what hangs on them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plugin.store.tables import MapNote, Touchpoint


@dataclass(frozen=True, slots=True)
class TouchpointLine:
    """``notes`` are the lines of the map that name it."""

    id: int
    public_id: str
    name: str
    online: bool
    traceable: bool
    notes: int


def touchpoints_in_use(session: Session) -> tuple[TouchpointLine, ...]:
    """By name."""
    notes = (
        select(MapNote.touchpoint_id, func.count().label("notes"))
        .where(MapNote.withdrawn_at.is_(None))
        .group_by(MapNote.touchpoint_id)
        .subquery()
    )
    rows = session.execute(
        select(
            Touchpoint.id,
            Touchpoint.public_id,
            Touchpoint.name,
            Touchpoint.online,
            Touchpoint.traceable,
            func.coalesce(notes.c.notes, 0),
        )
        .outerjoin(notes, notes.c.touchpoint_id == Touchpoint.id)
        .where(Touchpoint.removed_at.is_(None))
        .order_by(func.lower(Touchpoint.name), Touchpoint.id)
    )
    return tuple(TouchpointLine(*row) for row in rows)
