"""Mutual plans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.domain.plan import Side
from plugin.store.tables import PlanStep


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step of a deal's plan. ``who`` may be empty; ``done_at`` is None while it is not done."""

    public_id: str
    text: str
    side: Side
    who: str
    due_on: date
    done_at: datetime | None

    def late_on(self, today: date) -> bool:
        return self.done_at is None and self.due_on < today


def steps_of(session: Session, deal_id: int) -> tuple[StepLine, ...]:
    """The plan of a deal, in the order of its days."""
    rows = session.execute(
        select(PlanStep.public_id, PlanStep.text, PlanStep.side, PlanStep.who, PlanStep.due_on, PlanStep.done_at)
        .where(PlanStep.deal_id == deal_id, PlanStep.removed_at.is_(None))
        .order_by(PlanStep.due_on, PlanStep.id)
    )
    return tuple(StepLine(row[0], row[1], Side(row[2]), *row[3:]) for row in rows)


def open_steps_due(session: Session, deal_ids: Sequence[int] | None = None) -> dict[int, list[date]]:
    """The days of the steps that are not done, by deal (of all deals for None)."""
    query = select(PlanStep.deal_id, PlanStep.due_on).where(PlanStep.removed_at.is_(None), PlanStep.done_at.is_(None))
    rows = session.execute(query if deal_ids is None else query.where(PlanStep.deal_id.in_(deal_ids)))
    found: defaultdict[int, list[date]] = defaultdict(list)
    for deal_id, due_on in rows:
        found[deal_id].append(due_on)
    return found
