"""On which basis people's data are kept, for how long, and who must not come back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from plugin.store.tables.base import Base
from plugin.store.types import Id


class PersonBasis(Base):
    """On which legal basis a person's data are kept: the newest row counts, the older ones tell what held before.

    The person is the CRM's ``contact_id`` or, where no CRM knows them, the typed ``name``.
    """

    __tablename__ = "person_basis"
    __table_args__ = (Index(None, "connection_id", "contact_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    contact_id: Mapped[str] = mapped_column(String(255), default="")
    name: Mapped[str] = mapped_column(default="")
    basis: Mapped[str] = mapped_column(String(20))
    source: Mapped[str] = mapped_column(String(200), default="")
    note: Mapped[str] = mapped_column(default="")
    noted_at: Mapped[datetime]
    noted_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))


class ConnectionBasis(Base):
    """The legal basis of everybody who came in by a connection and has none of their own."""

    __tablename__ = "connection_basis"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    basis: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(default="")
    changed_at: Mapped[datetime]
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))


class ErasedName(Base):
    """A name that must not come back into a deal. ``digest`` is keyed, and the key is not in the database.

    ``words`` is how many words the name has, by which it is found in a text. ``in_title``: the deal's own name and
    company, which may be a person's, do without it too.
    """

    __tablename__ = "erased_name"
    __table_args__ = (UniqueConstraint("deal_id", "digest"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id", ondelete="CASCADE"))
    digest: Mapped[str] = mapped_column(String(64))
    words: Mapped[int]
    in_title: Mapped[bool] = mapped_column(default=False)


class RetentionRule(Base):
    """What goes after so many months. Without a row, or while it is not ``active``, nothing goes by itself."""

    __tablename__ = "retention_rule"

    what: Mapped[str] = mapped_column(String(30), primary_key=True)
    months: Mapped[int]
    active: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime]
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    ran_at: Mapped[datetime | None]
