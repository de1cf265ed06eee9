"""What the CRM says: connections, pipelines and their stages, owners, deals and the people behind them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, Numeric, String, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from plugin.store.tables.base import Base
from plugin.store.types import Id, Json


class Connection(Base):
    """One source of deals. ``settings`` are plain values for its adapter; secrets never stand here.

    While ``paused_at`` is set nothing goes in or out. Whoever pulls holds it until ``pulled_until``, whoever renews its
    token until ``renewed_until``; ``calls_left`` is what the CRM said last of the calls of the day.
    """

    __tablename__ = "connection"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    settings: Mapped[dict[str, str]] = mapped_column(Json)
    created_at: Mapped[datetime]
    paused_at: Mapped[datetime | None]
    pulled_until: Mapped[datetime | None]
    renewed_until: Mapped[datetime | None]
    calls_left: Mapped[int | None]


class SyncPosition(Base):
    """How far a stream of a connection has been read: written in the transaction of the page before it.

    ``pass_number`` counts passes. A pass over everything (``whole``) finds out what is gone: what it did not see.
    ``whole_at`` is when the last of those ended.
    """

    __tablename__ = "sync_position"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    stream: Mapped[str] = mapped_column(String(20), primary_key=True)
    cursor: Mapped[str | None]
    pass_number: Mapped[int] = mapped_column(default=0)
    pass_open: Mapped[bool] = mapped_column(default=False)
    whole: Mapped[bool] = mapped_column(default=True, server_default=true())
    whole_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class SyncRun(Base):
    """One run of the sync, kept for the admin. ``faults`` holds the first few as text; ``fault_count`` all of them."""

    __tablename__ = "sync_run"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), index=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(10))
    deals: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    gone: Mapped[int] = mapped_column(default=0)
    fault_count: Mapped[int] = mapped_column(default=0)
    faults: Mapped[list[Any]] = mapped_column(Json)
    message: Mapped[str] = mapped_column(default="")


class CrmOwner(Base):
    """A salesperson as the CRM knows them; ``user_id`` is the account that sees their deals."""

    __tablename__ = "crm_owner"
    __table_args__ = (UniqueConstraint("connection_id", "crm_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    crm_id: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(255))
    email: Mapped[str | None] = mapped_column(String(254))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"), index=True)


class CrmPipeline(Base):
    """``journey`` is the key of the journey that its buyers go through; None is the main one."""

    __tablename__ = "crm_pipeline"
    __table_args__ = (UniqueConstraint("connection_id", "crm_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    crm_id: Mapped[str] = mapped_column(String(255))
    label: Mapped[str] = mapped_column(String(255))
    journey: Mapped[str | None] = mapped_column(String(60))


class CrmStage(Base):
    """A stage of a CRM pipeline and the buyer stage that it stands for; None is *unmapped*. Never deleted."""

    __tablename__ = "crm_stage"
    __table_args__ = (UniqueConstraint("pipeline_id", "crm_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    pipeline_id: Mapped[int] = mapped_column(ForeignKey("crm_pipeline.id", ondelete="CASCADE"))
    crm_id: Mapped[str] = mapped_column(String(255))
    label: Mapped[str] = mapped_column(String(255))
    position: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(5))
    buyer_stage: Mapped[str | None] = mapped_column(String(60))
    first_seen_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class Deal(Base):
    """A deal of the CRM. ``gone_at`` marks one that its source no longer has; ``public_id`` is what addresses show.

    ``persona`` is the CRM's word; ``persona_key`` names the persona that the deal is read for.
    """

    __tablename__ = "deal"
    __table_args__ = (UniqueConstraint("connection_id", "crm_id"), Index(None, "connection_id", "seen_pass"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    crm_id: Mapped[str] = mapped_column(String(255))
    pipeline_id: Mapped[int] = mapped_column(ForeignKey("crm_pipeline.id"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("crm_owner.id", ondelete="SET NULL"), index=True)
    name: Mapped[str]
    company: Mapped[str | None]
    amount: Mapped[Decimal | None] = mapped_column(Numeric(18, 2))
    currency: Mapped[str | None] = mapped_column(String(3))
    source: Mapped[str | None] = mapped_column(String(255))
    persona: Mapped[str | None] = mapped_column(String(255))
    persona_key: Mapped[str | None] = mapped_column(String(60), index=True)
    created_at: Mapped[datetime | None]
    gone_at: Mapped[datetime | None]
    seen_pass: Mapped[int] = mapped_column(default=0)
    content_hash: Mapped[str] = mapped_column(String(64), default="")


class FormerContact(Base):
    """A person who was on the buyer's side of a deal, or had another name there: who is erased later is found by it."""

    __tablename__ = "former_contact"
    __table_args__ = (UniqueConstraint("deal_id", "crm_id", "name"), Index(None, "crm_id"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id", ondelete="CASCADE"))
    crm_id: Mapped[str] = mapped_column(String(255))
    name: Mapped[str]


class ErasedContact(Base):
    """A person of whom nothing may be kept: no sync brings them back. Only the CRM's number is left, which names
    nobody any more."""

    __tablename__ = "erased_contact"
    __table_args__ = (UniqueConstraint("connection_id", "crm_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    crm_id: Mapped[str] = mapped_column(String(255))
    erased_at: Mapped[datetime]


class DealContact(Base):
    """A person on the buyer's side of a deal, in the CRM's order."""

    __tablename__ = "deal_contact"
    __table_args__ = (UniqueConstraint("deal_id", "position"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id", ondelete="CASCADE"))
    crm_id: Mapped[str] = mapped_column(String(255))
    position: Mapped[int]
    name: Mapped[str]
    email: Mapped[str | None] = mapped_column(String(254))
