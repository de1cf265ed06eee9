"""Personal access tokens: a program's way in, for one person, to as little as they allow, for as long as they say."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import update
from sqlalchemy.orm import Session

from plugin.services.accounts import viewer_of
from plugin.services.audit import record
from plugin.services.viewer import Viewer
from plugin.store.queries.accounts import TokenLine, account_of_api_token, live_api_tokens
from plugin.store.tables import ApiToken

# Known again wherever one is leaked: in a file, a log, a repository.
PREFIX = "parcours_"
LONGEST_LIFE = timedelta(days=365)
NAME = 80
# More of them than anybody can keep in mind.
MOST = 30
# Not every request is worth a write.
USED_EVERY = timedelta(minutes=1)


class Scope(StrEnum):
    """What a token opens, of what its person may."""

    DEALS_READ = "deals:read"
    MEETINGS_READ = "meetings:read"
    MEETINGS_WRITE = "meetings:write"
    REPORTS_READ = "reports:read"


class TokenRefused(Exception):
    """There are too many already."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who sent a token, and what it opens."""

    viewer: Viewer
    token: TokenLine
    scopes: frozenset[Scope]


def make_token(
    session: Session, user_id: int, name: str, scopes: Iterable[Scope], lasts: timedelta, now: datetime
) -> str:
    """A new token, for a year at most. It is returned once; the store keeps its digest. Raises TokenRefused."""
    if len(live_api_tokens(session, user_id, now)) >= MOST:
        raise TokenRefused
    token = PREFIX + secrets.token_urlsafe(32)
    wanted = frozenset(scopes)
    session.add(
        ApiToken(
            digest=_digest(token),
            user_id=user_id,
            name=name[:NAME],
            scopes=" ".join(scope for scope in Scope if scope in wanted),
            created_at=now,
            expires_at=now + min(lasts, LONGEST_LIFE),
        )
    )
    session.flush()
    record(session, user_id, "token made", name[:NAME], now)
    return token


def find_bearer(session: Session, token: str, now: datetime) -> Bearer | None:
    """Who holds this token. None for one of nobody's, that ran out or was revoked, or whose person was removed."""
    found = account_of_api_token(session, _digest(token)) if token.startswith(PREFIX) else None
    if found is None:
        return None
    account, line = found
    if account.disabled_at or line.revoked_at or line.expires_at <= now:
        return None
    return Bearer(viewer_of(account), line, frozenset(map(Scope, line.scopes)))


def note_used(session: Session, token: TokenLine, now: datetime) -> None:
    session.execute(update(ApiToken).where(ApiToken.id == token.id).values(last_used_at=now))


def is_worth_noting(token: TokenLine, now: datetime) -> bool:
    return token.last_used_at is None or now - token.last_used_at >= USED_EVERY


def tokens_of(session: Session, user_id: int, now: datetime) -> list[TokenLine]:
    """A person's tokens that open something still, the newest first."""
    return live_api_tokens(session, user_id, now)


def revoke_token(session: Session, user_id: int, token_id: int, now: datetime) -> bool:
    """End one of this person's tokens; False where they have no such token."""
    ended = session.scalars(
        update(ApiToken)
        .where(ApiToken.id == token_id, ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(ApiToken.name)
    )
    name = ended.first()
    if name is not None:
        record(session, user_id, "token revoked", name, now)
    return name is not None


def _digest(token: str) -> str:
    """A secret of 256 random bits needs no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
