"""Keeping the mutual plan of a deal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plugin.domain.plan import Side
from plugin.store.tables import PlanStep

MOST_STEPS = 40


@dataclass(frozen=True, slots=True)
class NewStep:
    text: str
    side: Side
    who: str
    due_on: date


def add_step(session: Session, deal_id: int, step: NewStep, now: datetime) -> bool:
    """False where the plan is full: nobody follows so long a plan."""
    steps = select(func.count()).where(PlanStep.deal_id == deal_id, PlanStep.removed_at.is_(None))
    if (session.scalar(steps) or 0) >= MOST_STEPS:
        return False
    session.add(
        PlanStep(
            public_id=uuid4().hex,
            deal_id=deal_id,
            text=step.text,
            side=step.side.value,
            who=step.who,
            due_on=step.due_on,
            created_at=now,
        )
    )
    session.flush()
    return True


def change_step(session: Session, deal_id: int, public_id: str, due_on: date) -> bool:
    """Another day for a step; False where the deal has no such step."""
    step = _find(session, deal_id, public_id)
    if step:
        step.due_on = due_on
    return step is not None


def set_done(session: Session, deal_id: int, public_id: str, done: bool, now: datetime) -> bool:
    """Mark a step as done, or as not done after all; False where the deal has no such step."""
    step = _find(session, deal_id, public_id)
    if step:
        step.done_at = now if done else None
    return step is not None


def remove_step(session: Session, deal_id: int, public_id: str, now: datetime) -> bool:
    """Take a step off the plan; False where the deal has no such step."""
    step = _find(session, deal_id, public_id)
    if step:
        step.removed_at = now
    return step is not None


def _find(session: Session, deal_id: int, public_id: str) -> PlanStep | None:
    return session.scalar(
        select(PlanStep).where(
            PlanStep.deal_id == deal_id, PlanStep.public_id == public_id, PlanStep.removed_at.is_(None)
        )
    )
