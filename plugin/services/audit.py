"""The record of who did what when: written in the transaction of what was done."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from plugin.store.tables import AuditEntry


def record(session: Session, user_id: int | None, act: str, about: str, now: datetime) -> None:
    """``act`` is a noun and a verb (``journey published``); ``about`` a key or a public id, never a person's name."""
    session.add(AuditEntry(at=now, user_id=user_id, act=act, about=about))
