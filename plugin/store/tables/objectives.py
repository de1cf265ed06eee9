"""What marketing, sales and after-sales want together: the company's goal, and one objective a stage."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from plugin.store.tables.base import Base
from plugin.store.types import Id, Json


class CompanyGoal(Base):
    """What the company wants to reach: one row. ``measure`` is ``customers``, ``revenue`` or, without a number, empty.

    ``amount`` is counted from ``first_on`` to ``last_on``, both included; ``currency`` belongs to a revenue.
    ``revision`` counts its changes.
    """

    __tablename__ = "company_goal"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    text: Mapped[str] = mapped_column(String(300))
    measure: Mapped[str] = mapped_column(String(10), default="")
    amount: Mapped[Decimal | None] = mapped_column(Numeric(18, 2))
    currency: Mapped[str | None] = mapped_column(String(3))
    first_on: Mapped[date | None]
    last_on: Mapped[date | None]
    revision: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]


class Objective(Base):
    """``share`` percent of the deals that enter ``stage`` from ``first_on`` to ``last_on`` pass it ``within_days``.

    ``teams`` are the keys of those who share it. Two periods of one stage never overlap. ``revision`` counts changes.
    """

    __tablename__ = "objective"
    __table_args__ = (UniqueConstraint("journey", "stage", "first_on"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    journey: Mapped[str] = mapped_column(String(60))
    stage: Mapped[str] = mapped_column(String(60))
    share: Mapped[int]
    within_days: Mapped[int]
    first_on: Mapped[date]
    last_on: Mapped[date]
    teams: Mapped[list[str]] = mapped_column(Json)
    revision: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class ObjectiveChange(Base):
    """Who changed an objective when, from what to what, and why. ``before`` is empty for its beginning."""

    __tablename__ = "objective_change"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    objective_id: Mapped[int] = mapped_column(ForeignKey("objective.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    before: Mapped[dict[str, Any]] = mapped_column(Json)
    after: Mapped[dict[str, Any]] = mapped_column(Json)
    why: Mapped[str] = mapped_column(default="")
