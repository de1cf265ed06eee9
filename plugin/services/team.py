"""The team: everybody who has an account here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plugin.services.viewer import Role
from plugin.store.tables import UserAccount, UserSession


@dataclass(frozen=True, slots=True)
class Member:
    """``seen_at`` is None for who never signed in; ``disabled_at`` for who may."""

    id: int
    name: str
    email: str
    role: Role
    language: str
    seen_at: datetime | None
    disabled_at: datetime | None


def team(session: Session) -> tuple[Member, ...]:
    """Who may sign in, by name; then who may not any more."""
    seen = select(UserSession.user_id, func.max(UserSession.last_seen_at).label("at")).group_by(UserSession.user_id)
    last = seen.subquery()
    query = (
        select(*_MEMBER, last.c.at, UserAccount.disabled_at)
        .outerjoin(last, last.c.user_id == UserAccount.id)
        .order_by(UserAccount.disabled_at.is_not(None), func.lower(UserAccount.name), UserAccount.id)
    )
    return tuple(
        Member(id_, name, email, Role(role), language, at, disabled)
        for id_, name, email, role, language, at, disabled in session.execute(query)
    )


_MEMBER = (UserAccount.id, UserAccount.name, UserAccount.email, UserAccount.role, UserAccount.language)
