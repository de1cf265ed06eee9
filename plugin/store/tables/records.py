"""Who did what, when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from plugin.store.tables.base import Base
from plugin.store.types import Id


class AuditEntry(Base):
    """Something that was decided, published, exported or erased. ``about`` names its object by a key or a public id.

    It names nobody of the buyer's side, so that erasing a person leaves it whole. ``user_id`` is empty for what we did
    by ourselves (a retention rule), or where the account is gone.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    act: Mapped[str] = mapped_column(String(40))
    about: Mapped[str] = mapped_column(String(120), default="")
