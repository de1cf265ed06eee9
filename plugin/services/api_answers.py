"""A request that was sent again gets the answer that it got before, and does nothing twice."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.store.tables import ApiAnswer


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it is known again: by the key that its sender gave it, of which we keep digests only."""

    user_id: int
    key: str
    request: str

    @classmethod
    def of(cls, user_id: int, key: str, address: str, body: bytes) -> Sent:
        """``key`` is the sender's own: two people may choose the same."""
        return cls(user_id, _digest(f"{user_id}:{key}".encode()), _digest(address.encode() + b"\0" + body))


class OtherRequest(Exception):
    """This key was given to another request before."""


def answered_before(session: Session, sent: Sent) -> dict[str, Any] | None:
    """What the same request was answered; None for one that comes for the first time. Raises OtherRequest."""
    row = session.scalar(select(ApiAnswer).filter_by(user_id=sent.user_id, key=sent.key))
    if row is None:
        return None
    if row.request != sent.request:
        raise OtherRequest
    return row.answer


def keep_answer(session: Session, sent: Sent, answer: Mapping[str, Any], now: datetime) -> None:
    """In the transaction of what was done, and for ever: as long as what was stored."""
    session.add(
        ApiAnswer(user_id=sent.user_id, key=sent.key, request=sent.request, answer=dict(answer), answered_at=now)
    )
    session.flush()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
