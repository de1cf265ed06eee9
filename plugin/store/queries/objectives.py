"""The company's goal, the objectives of the stages, and who changed them when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.domain.conversion import Period
from plugin.store.tables import CompanyGoal, Objective, ObjectiveChange, UserAccount


@dataclass(frozen=True, slots=True)
class GoalLine:
    """``measure`` is ``customers``, ``revenue`` or, where the goal has no number, empty."""

    text: str
    measure: str
    amount: Decimal | None
    currency: str | None
    first_on: date | None
    last_on: date | None
    revision: int


@dataclass(frozen=True, slots=True)
class ObjectiveLine:
    """``share`` is in percent; both days belong to the period."""

    id: int
    public_id: str
    stage: str
    share: int
    within_days: int
    first_on: date
    last_on: date
    teams: tuple[str, ...]
    revision: int

    @property
    def period(self) -> Period:
        return Period(self.first_on, self.last_on)

    @property
    def target(self) -> float:
        return self.share / 100


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """``by`` is None where the account is gone, or nobody's hand did it. ``before`` is empty for the beginning."""

    at: datetime
    by: str | None
    before: dict[str, Any]
    after: dict[str, Any]
    why: str


def find_goal(session: Session) -> GoalLine | None:
    row = session.scalar(select(CompanyGoal))
    if row is None:
        return None
    return GoalLine(row.text, row.measure, row.amount, row.currency, row.first_on, row.last_on, row.revision)


def objectives_of(session: Session, journey: str) -> tuple[ObjectiveLine, ...]:
    """All of a journey's, whatever their periods, the earliest first."""
    rows = session.scalars(select(Objective).filter_by(journey=journey).order_by(Objective.first_on, Objective.id))
    return tuple(map(_line, rows))


def find_objective(session: Session, journey: str, public_id: str) -> ObjectiveLine | None:
    row = session.scalar(select(Objective).filter_by(journey=journey, public_id=public_id))
    return _line(row) if row else None


def changes_of(session: Session, objective_id: int) -> tuple[ChangeLine, ...]:
    """The newest first."""
    rows = session.execute(
        select(ObjectiveChange.at, UserAccount.name, ObjectiveChange.before, ObjectiveChange.after, ObjectiveChange.why)
        .outerjoin(UserAccount, UserAccount.id == ObjectiveChange.user_id)
        .where(ObjectiveChange.objective_id == objective_id)
        .order_by(ObjectiveChange.at.desc(), ObjectiveChange.id.desc())
    )
    return tuple(ChangeLine(*row) for row in rows)


def times_of_objectives(session: Session) -> Sequence[int]:
    """Within how many days objectives want their stages passed: reports can be asked for the same."""
    return session.scalars(select(Objective.within_days).distinct()).all()


def _line(row: Objective) -> ObjectiveLine:
    return ObjectiveLine(
        row.id,
        row.public_id,
        row.stage,
        row.share,
        row.within_days,
        row.first_on,
        row.last_on,
        tuple(row.teams),
        row.revision,
    )
