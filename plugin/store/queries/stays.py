"""How long deals stay in each buyer stage, as counts by whole days."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import case, func, literal, select
from sqlalchemy.orm import Session

from plugin.store.queries.cohorts import StageDays, whole_days
from plugin.store.tables import Deal, StageVisit
from plugin.store.types import UtcInstant


def all_stays(session: Session, as_of: datetime) -> list[StageDays]:
    """Every dated visit by stage, whether it was left by ``as_of`` (``left`` or ``staying``) and its whole days."""
    left = StageVisit.left_at <= as_of
    watched = case((Deal.gone_at < as_of, Deal.gone_at), else_=literal(as_of, UtcInstant))
    end = case((left, StageVisit.left_at), else_=watched)
    visits = (
        select(
            StageVisit.stage,
            case((left, "left"), else_="staying").label("outcome"),
            whole_days(StageVisit.entered_at, end).label("days"),
        )
        .join(Deal, Deal.id == StageVisit.deal_id)
        .where(StageVisit.is_entry, StageVisit.entered_at <= as_of)
        .subquery()
    )
    columns = visits.c.stage, visits.c.outcome, visits.c.days
    rows = session.execute(select(*columns, func.count()).group_by(*columns))
    return [StageDays(stage, outcome, int(days), deals) for stage, outcome, days, deals in rows]
