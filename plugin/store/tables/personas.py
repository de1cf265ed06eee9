"""Personas as people here write them, whom a person gave a deal to, and what is believed of each persona."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from plugin.store.tables.base import Base
from plugin.store.types import Id, Json


class StoredPersona(Base):
    """A persona as its file has it, in ``content``; ``position`` is its place among them, from 0.

    ``revision`` counts the changes: nobody overwrites anybody.
    """

    __tablename__ = "persona"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(60), unique=True)
    position: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    revision: Mapped[int] = mapped_column(default=0)
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    changed_at: Mapped[datetime]


class PersonaSet(Base):
    """All personas together: one row. ``revision`` counts the changes of any of them.

    ``file`` is a digest of the file that they came from, empty once somebody changed them here. While
    ``assigning_since`` is set, the deals behind ``assigned_up_to`` are still read with the rules of before.
    """

    __tablename__ = "persona_set"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    revision: Mapped[int] = mapped_column(default=0)
    file: Mapped[str | None] = mapped_column(String(64))
    assigning_since: Mapped[datetime | None]
    assigned_up_to: Mapped[int] = mapped_column(BigInteger, default=0)


class PersonaChoice(Base):
    """The persona that a person gave a deal: neither a rule nor a sync takes it back."""

    __tablename__ = "persona_choice"

    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id", ondelete="CASCADE"), primary_key=True)
    persona: Mapped[str] = mapped_column(String(60))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    chosen_at: Mapped[datetime]


class CanvasBelief(Base):
    """What is believed of a persona, as the answer to a canvas question (1 to 10). The newest row holds, the others
    are its history; an empty text is a belief taken back."""

    __tablename__ = "canvas_belief"
    __table_args__ = (Index(None, "persona", "question"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    persona: Mapped[str] = mapped_column(String(60))
    question: Mapped[int]
    text: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    written_at: Mapped[datetime]
