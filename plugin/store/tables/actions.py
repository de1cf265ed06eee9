"""What the teams do for a stage's objective, and of which deals they were reminded."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from plugin.store.tables.base import Base
from plugin.store.types import Id


class Action(Base):
    """Something that a team does for buyers in a stage.

    It is due ``due_on`` a day, or for each deal from ``days_from`` to ``days_to`` whole days after it entered the
    stage, or at no time that was said. ``template`` names the meeting of an action that is one. ``owner_name`` stays
    where the owner's account goes, or never was. ``placed`` is a person's own judgement (stop, improve, keep, extend)
    of what leaves no trace, with their reason. ``revision`` counts changes, so that a second writer is told.
    """

    __tablename__ = "action"
    __table_args__ = (Index(None, "journey", "stage"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    journey: Mapped[str] = mapped_column(String(60))
    stage: Mapped[str] = mapped_column(String(60))
    persona: Mapped[str | None] = mapped_column(String(60))
    team: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(12))
    template: Mapped[str | None] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(160))
    touchpoint_id: Mapped[int | None] = mapped_column(ForeignKey("touchpoint.id", ondelete="SET NULL"), index=True)
    due_on: Mapped[date | None]
    days_from: Mapped[int | None]
    days_to: Mapped[int | None]
    how: Mapped[str] = mapped_column(default="")
    cost: Mapped[Decimal | None] = mapped_column(Numeric(18, 2))
    currency: Mapped[str | None] = mapped_column(String(3))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"), index=True)
    owner_name: Mapped[str] = mapped_column(String(120), default="")
    status: Mapped[str] = mapped_column(String(10))
    placed: Mapped[str | None] = mapped_column(String(10))
    placed_why: Mapped[str] = mapped_column(default="")
    revision: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class ActionReminder(Base):
    """What a person answered to a reminder: the action was ``done`` for the deal, or ``skipped``.

    ``entered_at`` is the deal's entry into the stage that the reminder was counted from: it is asked anew after
    another one.
    """

    __tablename__ = "action_reminder"
    __table_args__ = (UniqueConstraint("action_id", "deal_id", "entered_at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    action_id: Mapped[int] = mapped_column(ForeignKey("action.id", ondelete="CASCADE"))
    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id", ondelete="CASCADE"), index=True)
    entered_at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(String(8))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    answered_at: Mapped[datetime]
