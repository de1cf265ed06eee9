"""Meetings, what buyers said in them, and what is being typed about them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from plugin.store.tables.base import Base
from plugin.store.types import Id, Json


class Meeting(Base):
    """A planned or held meeting.

    ``crm_id`` names the one of the CRM's calendar. ``template_version`` is the content version of the kit that was
    used. ``revision`` counts the logs of this meeting, so that a second writer is told instead of overwriting.
    """

    __tablename__ = "meeting"
    __table_args__ = (UniqueConstraint("deal_id", "crm_id"), Index(None, "state", "starts_at"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id", ondelete="CASCADE"), index=True)
    crm_id: Mapped[str | None] = mapped_column(String(255))
    template: Mapped[str | None] = mapped_column(String(60))
    template_version: Mapped[str | None] = mapped_column(String(12))
    stage: Mapped[str | None] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(10))
    starts_at: Mapped[datetime]
    minutes: Mapped[int]
    title: Mapped[str] = mapped_column(default="")
    felt: Mapped[str | None] = mapped_column(String(10))
    effect: Mapped[str | None] = mapped_column(String(12))
    revision: Mapped[int] = mapped_column(default=0)
    seen_pass: Mapped[int] = mapped_column(default=0)
    removed_at: Mapped[datetime | None]


class MeetingLog(Base):
    """What one person wrote of a meeting. ``key`` is the form's own: sent twice, it is stored once, for ever."""

    __tablename__ = "meeting_log"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    note: Mapped[str] = mapped_column(default="")
    what_changed: Mapped[str] = mapped_column(default="")
    logged_at: Mapped[datetime]


class BuyerWords(Base):
    """Something that the buyer said: exit evidence of a stage, or the answer to a canvas question (1 to 10)."""

    __tablename__ = "buyer_words"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id", ondelete="CASCADE"), index=True)
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id", ondelete="CASCADE"), index=True)
    evidence: Mapped[str | None] = mapped_column(String(60))
    canvas_question: Mapped[int | None]
    status: Mapped[str] = mapped_column(String(12))
    text: Mapped[str]
    said_by: Mapped[str] = mapped_column(default="")
    said_at: Mapped[datetime]


class LogDraft(Base):
    """What a person has typed into a log form and not saved yet. ``meeting_ref``: a meeting's public id, or ``new``."""

    __tablename__ = "log_draft"
    __table_args__ = (UniqueConstraint("deal_id", "meeting_ref", "user_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id", ondelete="CASCADE"))
    meeting_ref: Mapped[str] = mapped_column(String(32))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    fields: Mapped[dict[str, Any]] = mapped_column(Json)
    updated_at: Mapped[datetime]
