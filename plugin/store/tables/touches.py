"""Where marketing and a buyer met, the files that told of it, and which touches are a passage."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from plugin.store.tables.base import Base
from plugin.store.types import Id


class TouchImport(Base):
    """A file of touches that a person sent. ``undone_at`` marks one whose touches were taken back."""

    __tablename__ = "touch_import"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"), index=True)
    file_name: Mapped[str] = mapped_column(String(255))
    touches: Mapped[int]
    imported_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class Touch(Base):
    """A fact: marketing met the buyer of a deal. It names nobody; ``contact_crm_id`` goes when its person is erased.

    ``at`` None: nobody knows when. ``key`` is unique within the deal. ``place`` is what the source calls a touchpoint
    that we don't know. ``origin`` is crm, file or kept (the person was erased: no sync takes it back any more).
    """

    __tablename__ = "touch"
    __table_args__ = (UniqueConstraint("deal_id", "key"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime | None]
    channel: Mapped[str] = mapped_column(String(120))
    source: Mapped[str | None] = mapped_column(String(255))
    campaign: Mapped[str | None] = mapped_column(String(255))
    kind: Mapped[str | None] = mapped_column(String(60))
    touchpoint_id: Mapped[int | None] = mapped_column(ForeignKey("touchpoint.id", ondelete="SET NULL"), index=True)
    place: Mapped[str | None] = mapped_column(String(120))
    contact_crm_id: Mapped[str | None] = mapped_column(String(255), index=True)
    origin: Mapped[str] = mapped_column(String(10))
    import_id: Mapped[int | None] = mapped_column(ForeignKey("touch_import.id", ondelete="SET NULL"), index=True)
    recorded_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class TouchGoal(Base):
    """A rule of a journey: a touch whose ``field`` (kind, channel or campaign) says ``value`` is the passage into
    ``stage``. One that holds no more is marked ``removed_at``."""

    __tablename__ = "touch_goal"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    journey: Mapped[str] = mapped_column(String(60))
    field: Mapped[str] = mapped_column(String(10))
    value: Mapped[str] = mapped_column(String(255))
    stage: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
