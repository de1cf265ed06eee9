"""What people write on the map of the journey: notes on a stage, and the improvements decided there."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from plugin.store.tables.base import Base
from plugin.store.types import Id


class MapNote(Base):
    """A line of one cell of the map: a stage of a journey, for one persona or (``persona`` empty) for everybody.

    ``kind`` is a ``plugin.domain.stage_map.NoteKind``; ``changed_at`` is set once somebody corrected it. What is
    withdrawn is marked, never deleted.
    """

    __tablename__ = "map_note"
    __table_args__ = (Index(None, "journey", "stage"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    journey: Mapped[str] = mapped_column(String(60))
    stage: Mapped[str] = mapped_column(String(60))
    persona: Mapped[str | None] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(20))
    text: Mapped[str]
    touchpoint_id: Mapped[int | None] = mapped_column(ForeignKey("touchpoint.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    written_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class Improvement(Base):
    """Something that was decided to be done better in a stage, and what came of it.

    ``due_on`` is the day by which ``evaluator_id`` says whether it helped; ``verdict`` is empty until then.
    """

    __tablename__ = "improvement"
    __table_args__ = (Index(None, "journey", "stage"), Index(None, "evaluator_id", "due_on"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    journey: Mapped[str] = mapped_column(String(60))
    stage: Mapped[str] = mapped_column(String(60))
    persona: Mapped[str | None] = mapped_column(String(60))
    text: Mapped[str]
    evaluator_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    due_on: Mapped[date]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime]
    verdict: Mapped[str | None] = mapped_column(String(20))
    learned: Mapped[str] = mapped_column(default="")
    evaluated_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
