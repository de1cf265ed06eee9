"""What is sent to the buyer after a meeting, and what they say to it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from plugin.store.tables.base import Base
from plugin.store.types import Id


class Recap(Base):
    """What we understood in one meeting, on a page that its link opens without signing in.

    ``public_id`` is 128 random bits; the link carries a signature beside it, so that who reads the table can't open
    the page.
    """

    __tablename__ = "recap"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    language: Mapped[str] = mapped_column(String(5))
    greeting: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    first_opened_at: Mapped[datetime | None]
    last_opened_at: Mapped[datetime | None]
    opened: Mapped[int] = mapped_column(default=0)
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str] = mapped_column(default="")
    remark: Mapped[str] = mapped_column(default="")


class RecapLine(Base):
    """One line of a recap. ``kind``: an answer (``canvas_question``), ``evidence``, a plan ``step``, the ``next`` date.

    ``reply`` is what the buyer made of it: ``confirmed``, ``corrected`` or ``contradicted``; None while silent.
    """

    __tablename__ = "recap_line"
    __table_args__ = (UniqueConstraint("recap_id", "position"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    recap_id: Mapped[int] = mapped_column(ForeignKey("recap.id", ondelete="CASCADE"))
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(10))
    canvas_question: Mapped[int | None]
    evidence: Mapped[str | None] = mapped_column(String(60))
    text: Mapped[str]
    said_by: Mapped[str] = mapped_column(default="")
    reply: Mapped[str | None] = mapped_column(String(12))
    reply_text: Mapped[str] = mapped_column(default="")


class LinkVisit(Base):
    """A request for a public link, counted to slow down guessing. Holds a keyed hash of the address only."""

    __tablename__ = "link_visit"
    __table_args__ = (Index(None, "address_hash", "at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    address_hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    found: Mapped[bool]
