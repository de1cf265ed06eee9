"""What is being typed is kept on the server, so that a crash, an expired sign-in or another device loses nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from plugin.store.tables import Deal, LogDraft

NEW_MEETING = "new"


def save_draft(
    session: Session,
    user_id: int,
    deal_public_id: str,
    meeting_ref: str,
    fields: Mapping[str, Any],
    now: datetime,
    owned: tuple[str, ...] = ("",),
) -> bool:
    """Keep the form's fields in place of what this person had typed before; False where there is no such deal.

    A form that shows a part of the log only owns the fields whose names begin so; the others stay as they were.
    """
    deal_id = session.scalar(select(Deal.id).where(Deal.public_id == deal_public_id))
    if deal_id is None:
        return False
    draft = session.scalar(select(LogDraft).filter_by(deal_id=deal_id, meeting_ref=meeting_ref, user_id=user_id))
    if draft is None:
        draft = LogDraft(deal_id=deal_id, meeting_ref=meeting_ref, user_id=user_id)
        session.add(draft)
    others = {name: value for name, value in (draft.fields or {}).items() if not name.startswith(owned)}
    draft.fields, draft.updated_at = {**others, **fields}, now
    session.flush()
    return True


def discard_draft(session: Session, user_id: int, deal_id: int, meeting_ref: str) -> None:
    """Forget what this person had typed: it has been saved, or they said so."""
    session.execute(
        delete(LogDraft).where(
            LogDraft.deal_id == deal_id, LogDraft.meeting_ref == meeting_ref, LogDraft.user_id == user_id
        )
    )
