"""Stage moves (facts, append-only) and what is derived from them (rebuilt per deal, and whole by one command)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from plugin.store.tables.base import Base
from plugin.store.types import Id


class StageMoveFact(Base):
    """What the CRM or a logged meeting said of where the deal went.

    ``ordinal`` is its place in the source's list: it orders moves of equal time. ``at`` None is an unknown start.
    A move of the CRM names ``crm_stage_id`` and keeps the ``label`` of that day; a logged one names ``target``, a
    buyer stage or an outcome. A fact that its source takes back is marked ``withdrawn_at``, never deleted.
    """

    __tablename__ = "stage_move"
    __table_args__ = (UniqueConstraint("deal_id", "key"), Index(None, "at"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(255))
    origin: Mapped[str] = mapped_column(String(10))
    crm_stage_id: Mapped[int | None] = mapped_column(ForeignKey("crm_stage.id"), index=True)
    target: Mapped[str | None] = mapped_column(String(60))
    label: Mapped[str] = mapped_column(String(255))
    at: Mapped[datetime | None]
    ordinal: Mapped[int]
    actor_kind: Mapped[str] = mapped_column(String(10))
    actor: Mapped[str | None] = mapped_column(String(255))
    recorded_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class StageVisit(Base):
    """Derived: one stay of the buyer in a stage, as ``plugin.domain.visits.Visit`` says it."""

    __tablename__ = "stage_visit"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id", ondelete="CASCADE"), index=True)
    stage: Mapped[str] = mapped_column(String(60))
    round: Mapped[int]
    spell: Mapped[int]
    entered_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    left_to: Mapped[str | None] = mapped_column(String(60))
    is_entry: Mapped[bool]
    in_burst: Mapped[bool]
    came_back: Mapped[bool]


class StagePassage(Base):
    """Derived: what became of a deal that reached a stage, as ``plugin.domain.visits.Passage`` says it.

    Every instant is a first occurrence, so an earlier as-of instant is read by ignoring the later ones.
    """

    __tablename__ = "stage_passage"
    __table_args__ = (Index(None, "stage", "entered_at"), UniqueConstraint("deal_id", "round", "stage"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id", ondelete="CASCADE"))
    stage: Mapped[str] = mapped_column(String(60))
    round: Mapped[int]
    reached_at: Mapped[datetime | None]
    held_undated: Mapped[bool]
    entered_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(10))
    outcome_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    went_back_at: Mapped[datetime | None]
    reopened_at: Mapped[datetime | None]


class DealStanding(Base):
    """Derived: where the buyer stands now, as ``plugin.domain.visits.Standing`` says it."""

    __tablename__ = "deal_standing"
    __table_args__ = (Index(None, "state", "stage"),)

    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    stage: Mapped[str | None] = mapped_column(String(60))
    since: Mapped[datetime | None]
    came_back: Mapped[bool]
    round: Mapped[int]
    spell: Mapped[int]
    last_move_at: Mapped[datetime | None]
    unmapped: Mapped[int]


class Derivation(Base):
    """With which journey everything derived was made: one row. Another journey reads the same facts otherwise."""

    __tablename__ = "derivation"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    journey: Mapped[str] = mapped_column(String(64))
    derived_at: Mapped[datetime]
