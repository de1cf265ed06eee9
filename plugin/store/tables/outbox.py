"""What goes to the CRM: messages, our own writes by which they are known again, and the secrets of connections."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from plugin.store.tables.base import Base
from plugin.store.types import Id, Json


class OutboxMessage(Base):
    """Something to be written to the CRM, stored in the transaction of what it tells of.

    ``kind`` is ``meeting`` (``meeting_id`` says which; it goes as it is when it is sent) or ``move`` (``target`` is a
    buyer stage, ``won`` or ``lost``). ``key`` makes one event one message. ``state`` is a ``MessageState``; whoever
    sends it holds it until ``lease_until``. ``fields`` are the CRM's names of what it wants filled in. ``ended_at`` is
    when it was delivered or, refused or given up, left to a person; until then later messages of the deal wait.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (Index(None, "connection_id", "ended_at", "id"), Index(None, "deal_id", "ended_at", "id"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id", ondelete="CASCADE"))
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    key: Mapped[str] = mapped_column(String(120), unique=True)
    target: Mapped[str | None] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(default="")
    fields: Mapped[list[Any]] = mapped_column(Json)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class OwnMove(Base):
    """A move in the CRM's history that we wrote there ourselves: it is no move of the buyer."""

    __tablename__ = "own_move"
    __table_args__ = (UniqueConstraint("deal_id", "key"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(255))
    written_at: Mapped[datetime]


class ConnectionSecret(Base):
    """A secret of a connection (a token), sealed: the key that opens it is not in the database."""

    __tablename__ = "connection_secret"
    __table_args__ = (UniqueConstraint("connection_id", "name"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(40))
    sealed: Mapped[str]
    changed_at: Mapped[datetime]


class UsedLaunch(Base):
    """A launch token of a panel that was redeemed: none is good twice. Kept until it would have run out anyway."""

    __tablename__ = "used_launch"
    __table_args__ = (UniqueConstraint("connection_id", "digest"), Index(None, "expires_at"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    digest: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime]


class CrmEvent(Base):
    """What a CRM told us by itself (a webhook): a hint that a record is worth reading again, never a fact.

    ``key`` is a digest of what was told, so that what comes twice is stored once. ``what`` is the CRM's own word.
    """

    __tablename__ = "crm_event"
    __table_args__ = (UniqueConstraint("connection_id", "key"), Index(None, "connection_id", "handled_at"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(64))
    what: Mapped[str] = mapped_column(String(60))
    record: Mapped[str] = mapped_column(String(60))
    received_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
