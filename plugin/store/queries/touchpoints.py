"""The touchpoints in use, and what hangs on them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, ScalarSelect, func, select
from sqlalchemy.orm import Session

from plugin.store.tables import Action, MapNote, Touch, Touchpoint


@dataclass(frozen=True, slots=True)
class TouchpointLine:
    """``notes`` are the lines of the map that name it, ``actions`` the teams', ``touches`` all that were told of."""

    id: int
    public_id: str
    name: str
    online: bool
    traceable: bool
    notes: int
    actions: int
    touches: int


def touchpoints_in_use(session: Session) -> tuple[TouchpointLine, ...]:
    """By name."""
    rows = session.execute(
        select(
            Touchpoint.id,
            Touchpoint.public_id,
            Touchpoint.name,
            Touchpoint.online,
            Touchpoint.traceable,
            _hanging(MapNote, MapNote.withdrawn_at.is_(None)),
            _hanging(Action),
            _hanging(Touch, Touch.withdrawn_at.is_(None)),
        )
        .where(Touchpoint.removed_at.is_(None))
        .order_by(func.lower(Touchpoint.name), Touchpoint.id)
    )
    return tuple(TouchpointLine(*row) for row in rows)


def _hanging(table: type[MapNote | Action | Touch], *conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    at_it: ColumnElement[bool] = table.touchpoint_id == Touchpoint.id
    return select(func.count()).select_from(table).where(at_it, *conditions).correlate(Touchpoint).scalar_subquery()
