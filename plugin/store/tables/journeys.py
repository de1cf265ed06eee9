"""Journeys as people here write them: versions, which are in use, drafts, and what CRM stages meant to each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from plugin.store.tables.base import Base
from plugin.store.types import Id, Json


class JourneyVersion(Base):
    """One version of a journey, kept for ever: its file's text, and the first twelve digits of its SHA-256.

    ``origin``: ``shipped`` for one that came with us or from a folder, ``browser``, or ``import`` for a file.
    """

    __tablename__ = "journey_version"
    __table_args__ = (UniqueConstraint("key", "version"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(60))
    version: Mapped[str] = mapped_column(String(12))
    text: Mapped[str]
    origin: Mapped[str] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(default="")
    kept_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    kept_at: Mapped[datetime]


class JourneyInUse(Base):
    """Which version of a journey is in use; one row is ``main``. Without any row, the journey of the settings is."""

    __tablename__ = "journey_in_use"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("journey_version.id"))
    main: Mapped[bool]
    since: Mapped[datetime]


class JourneyDraft(Base):
    """What is being written, one for each journey: the form's fields. ``revision`` counts the saves."""

    __tablename__ = "journey_draft"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(60), unique=True)
    base_version: Mapped[str | None] = mapped_column(String(12))
    fields: Mapped[dict[str, Any]] = mapped_column(Json)
    revision: Mapped[int] = mapped_column(default=0)
    edited_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    edited_at: Mapped[datetime]


class StageMeaning(Base):
    """What a CRM stage meant in a journey that its pipeline follows no more: it is there again when it comes back."""

    __tablename__ = "stage_meaning"

    stage_id: Mapped[int] = mapped_column(ForeignKey("crm_stage.id", ondelete="CASCADE"), primary_key=True)
    journey: Mapped[str] = mapped_column(String(60), primary_key=True)
    buyer_stage: Mapped[str | None] = mapped_column(String(60))
