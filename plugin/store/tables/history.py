"""Stage moves (facts, append-only) and what is derived from them (rebuilt per deal, and whole by one command)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from plugin.store.tables.base import Base
from plugin.store.types import Id


class StageMoveFact(Base):
    """What the CRM or a logged meeting said of where the deal went.

    ``ordinal`` is its place in the source's list: it orders moves of equal time. ``at`` None is an unknown start.
    A move of the CRM names ``crm_stage_id`` and keeps the ``label`` of that day; a logged one names ``target``, a
    buyer stage or an outcome, and so does one that a goal makes of a touch (``origin`` touch). A fact that its source
    takes back is marked ``withdrawn_at``, never deleted.
    """

    __tablename__ = "stage_move"
    __table_args__ = (
        UniqueConstraint("deal_id", "key"),
        Index(None, "at"),
        # Few moves are made of touches, and they are looked for by what made them.
        Index(None, "origin", sqlite_where=text("origin = 'touch'"), postgresql_where=text("origin = 'touch'")),
    )

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


class DealStanding(Base):
    """Derived: where the buyer stands now, as ``plugin.domain.visits.Standing`` says it, and how they came there.

    ``passages`` are what became of the deal in each stage that it reached (``plugin.store.cohorts.packed``).
    """

    __tablename__ = "deal_standing"

    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    stage: Mapped[str | None] = mapped_column(String(60))
    since: Mapped[datetime | None]
    came_back: Mapped[bool]
    round: Mapped[int]
    spell: Mapped[int]
    last_move_at: Mapped[datetime | None]
    unmapped: Mapped[int]
    known_up_to: Mapped[datetime | None]
    passages: Mapped[bytes] = mapped_column(default=b"")


class StageReturn(Base):
    """Derived: a move of a buyer out of ``stage`` into an earlier one, as ``plugin.domain.visits.Return`` says it.

    ``entered_at`` is the deal's first entry into ``stage`` in that round: it puts the return into a cohort.
    """

    __tablename__ = "stage_return"
    __table_args__ = (Index(None, "stage", "entered_at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id", ondelete="CASCADE"), index=True)
    journey: Mapped[str] = mapped_column(String(60))
    stage: Mapped[str] = mapped_column(String(60))
    target: Mapped[str] = mapped_column(String(60))
    round: Mapped[int]
    entered_at: Mapped[datetime | None]
    at: Mapped[datetime]


class DealChange(Base):
    """Derived: which deals reports must read anew, in the order of the changes; ``deal_ids`` are 64-bit numbers.

    What a snapshot of the cohorts has taken in is deleted. A number is never given twice, even after that.
    """

    __tablename__ = "deal_change"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    deal_ids: Mapped[bytes]


class CohortSnapshot(Base):
    """Derived: a file of columns that holds every change up to ``up_to``; ``name`` is that of the file.

    A file that is not listed here belongs to another time of this database (a backup was restored) and is not read.
    """

    __tablename__ = "cohort_snapshot"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    up_to: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[datetime]


class Derivation(Base):
    """With which journey everything derived was made: one row. Another journey reads the same facts otherwise.

    While much is being derived anew, ``recomputing_since`` says since when, and ``recomputed_up_to`` which deal was the
    last; reports stay with the snapshot from before it.
    """

    __tablename__ = "derivation"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    journey: Mapped[str] = mapped_column(String(64))
    derived_at: Mapped[datetime]
    recomputing_since: Mapped[datetime | None]
    recomputed_up_to: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
