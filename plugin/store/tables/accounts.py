"""Who may sign in, and who is signed in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from plugin.store.tables.base import Base
from plugin.store.types import Id


class UserAccount(Base):
    """A person. ``email`` is kept in lower case; ``password_hash`` None means that no password opens this account."""

    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(5), default="en")
    theme: Mapped[str] = mapped_column(String(10), default="auto")
    time_zone: Mapped[str] = mapped_column(String(60), default="Europe/Paris")
    password_hash: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class UserSession(Base):
    """One signed-in browser. Only a hash of the cookie's secret is stored; a revoked row never opens again."""

    __tablename__ = "user_session"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    device: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class SignInAttempt(Base):
    """A try to sign in, counted to slow down guessing. Holds hashes only."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index(None, "email_hash", "at"), Index(None, "address_hash", "at"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    email_hash: Mapped[str] = mapped_column(String(64))
    address_hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    succeeded: Mapped[bool]
