"""What people keep of their reports: views, trials of two versions of a meeting, and who may see whom."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from plugin.store.tables.base import Base
from plugin.store.types import Id


class SavedView(Base):
    """A report's address under a name. ``query`` is what stands behind the question mark; ``page`` names the report.

    ``shared``: everybody who sees reports sees it. ``weekly``: its owner gets it by mail each week; ``mailed_week`` is
    the last ISO week that was sent, as ``2026-W48``.
    """

    __tablename__ = "saved_view"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    page: Mapped[str] = mapped_column(String(40))
    query: Mapped[str]
    shared: Mapped[bool] = mapped_column(default=False)
    weekly: Mapped[bool] = mapped_column(default=False)
    mailed_week: Mapped[str | None] = mapped_column(String(8))
    created_at: Mapped[datetime]


class Trial(Base):
    """Two versions of a meeting template, given to deals by chance. Of each version's deals ``per_arm`` are taken in.

    ``horizon`` is in days from the meeting; ``baseline`` and ``difference`` are the shares that the size was worked out
    from. ``stopped_at`` is set where a person ended it before it was full.
    """

    __tablename__ = "trial"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    template: Mapped[str] = mapped_column(String(60), index=True)
    version_a: Mapped[str] = mapped_column(String(12))
    version_b: Mapped[str] = mapped_column(String(12))
    horizon: Mapped[int]
    baseline: Mapped[float]
    difference: Mapped[float]
    per_arm: Mapped[int]
    seed: Mapped[str] = mapped_column(String(32))
    started_at: Mapped[datetime]
    started_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    stopped_at: Mapped[datetime | None]


class WeeklyReader(Base):
    """Somebody who gets the page of the weekly meeting by mail. ``mailed_week`` is the last one, as ``2026-W48``."""

    __tablename__ = "weekly_reader"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), unique=True)
    mailed_week: Mapped[str | None] = mapped_column(String(8))


class ReportRule(Base):
    """Who may see whom: one row. ``salespeople_see`` is ``nobody``, ``middle`` or ``everybody``."""

    __tablename__ = "report_rule"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    salespeople_see: Mapped[str] = mapped_column(String(10))
    changed_at: Mapped[datetime]
