"""Meetings, what buyers said in them, and what is being typed about them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from plugin.store.tables.base import Base
from plugin.store.types import Id, Json


class Meeting(Base):
    """A planned or held meeting.

    ``crm_id`` names the one of the CRM's calendar. ``template_version`` is the content version of the kit that was
    used, ``story`` the first one in it. ``revision`` counts the logs of this meeting, so that a second writer is told
    instead of overwriting.
    """

    __tablename__ = "meeting"
    __table_args__ = (
        UniqueConstraint("deal_id", "crm_id"),
        Index(None, "state", "starts_at"),
        Index(None, "stage", "state", "starts_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id", ondelete="CASCADE"), index=True)
    crm_id: Mapped[str | None] = mapped_column(String(255))
    template: Mapped[str | None] = mapped_column(String(60))
    template_version: Mapped[str | None] = mapped_column(String(12))
    story: Mapped[str | None] = mapped_column(String(80))
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
    """Something that the buyer said: exit evidence of a stage, or the answer to a canvas question (1 to 10).

    ``source`` says where: in a ``meeting``, or in answer to a ``recap`` of it.
    """

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
    source: Mapped[str] = mapped_column(String(10), default="meeting", server_default="meeting")


class MeetingAttendee(Base):
    """Somebody of the buyer's side who was in the room. ``decides``: they were said to have the last word."""

    __tablename__ = "meeting_attendee"
    __table_args__ = (UniqueConstraint("meeting_id", "name"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(200))
    decides: Mapped[bool] = mapped_column(default=False)


class KitChoice(Base):
    """A slide, story or question that a person put into the kit of a deal, or took out of it.

    ``item`` names it within its template, as ``plugin.library.kit`` does.
    """

    __tablename__ = "kit_choice"
    __table_args__ = (UniqueConstraint("deal_id", "template", "item"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id", ondelete="CASCADE"))
    template: Mapped[str] = mapped_column(String(60))
    item: Mapped[str] = mapped_column(String(80))
    included: Mapped[bool]
    chosen_at: Mapped[datetime]


class FollowUp(Base):
    """What a log or a buyer's correction proposes, and what a person decided.

    ``state``: ``open``, ``taken``, ``refused``, or ``past`` where another meeting came before anybody decided.

    ``signal`` says what it rests on, ``words`` are the buyer's where it is something they said, ``answer`` is the
    word of the one who decided.
    """

    __tablename__ = "follow_up"
    __table_args__ = (Index(None, "deal_id", "state"), Index(None, "state", "kind"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id", ondelete="CASCADE"))
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    stage: Mapped[str | None] = mapped_column(String(60))
    target: Mapped[str | None] = mapped_column(String(60))
    signal: Mapped[str] = mapped_column(String(30))
    words: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(String(10), default="open")
    answer: Mapped[str] = mapped_column(default="")
    proposed_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))


class PlanStep(Base):
    """A dated step on the way to the decision, agreed by both sides. ``side`` is ``us`` or ``them``."""

    __tablename__ = "plan_step"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id", ondelete="CASCADE"), index=True)
    text: Mapped[str]
    side: Mapped[str] = mapped_column(String(4))
    who: Mapped[str] = mapped_column(default="")
    due_on: Mapped[date]
    done_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


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
