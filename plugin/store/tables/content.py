"""Meeting templates as people here write them: every version that was used, the drafts, the pictures, the brand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from plugin.store.tables.base import Base
from plugin.store.types import Id, Json


class TemplateVersion(Base):
    """One version of a meeting template, kept for ever: its files by name, its pictures by name and digest.

    ``origin``: ``folder`` for one that was found in a folder when a meeting used it, ``browser`` for one that was
    published here.
    """

    __tablename__ = "template_version"
    __table_args__ = (UniqueConstraint("key", "version"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(60))
    version: Mapped[str] = mapped_column(String(12))
    origin: Mapped[str] = mapped_column(String(10))
    files: Mapped[dict[str, Any]] = mapped_column(Json)
    pictures: Mapped[dict[str, Any]] = mapped_column(Json)
    note: Mapped[str] = mapped_column(default="")
    kept_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    kept_at: Mapped[datetime]


class TemplateInUse(Base):
    """Which published version stands in place of the folder's. Without a row the folder's is in use."""

    __tablename__ = "template_in_use"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("template_version.id"))
    since: Mapped[datetime]


class TemplateDraft(Base):
    """What is being written, one for each template. ``revision`` counts the saves: nobody overwrites anybody."""

    __tablename__ = "template_draft"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(60), unique=True)
    base_version: Mapped[str | None] = mapped_column(String(12))
    files: Mapped[dict[str, Any]] = mapped_column(Json)
    pictures: Mapped[dict[str, Any]] = mapped_column(Json)
    revision: Mapped[int] = mapped_column(default=0)
    edited_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    edited_at: Mapped[datetime]


class StoredPicture(Base):
    """A picture that was checked and written anew; ``digest`` is the SHA-256 of its bytes, in hexadecimal."""

    __tablename__ = "stored_picture"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    media_type: Mapped[str] = mapped_column(String(20))
    data: Mapped[bytes] = mapped_column(LargeBinary)
    stored_at: Mapped[datetime]


class Brand(Base):
    """How the company looks: one row. Colours are ``#rrggbb``; ``logo`` is the digest of a stored picture."""

    __tablename__ = "brand"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    accent: Mapped[str] = mapped_column(String(7))
    theme: Mapped[str] = mapped_column(String(10))
    logo: Mapped[str | None] = mapped_column(String(64))
    changed_at: Mapped[datetime]
