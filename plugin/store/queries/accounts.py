"""Accounts and signed-in browsers, as rules and pages read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from plugin.store.tables import ApiToken, SignInAttempt, UserAccount, UserSession


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account; ``password_hash`` None opens with no password."""

    id: int
    email: str
    name: str
    role: str
    language: str
    theme: str
    time_zone: str
    password_hash: str | None
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One signed-in browser."""

    id: int
    device: str
    created_at: datetime
    last_seen_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class TokenLine:
    """A program's token, without its secret. ``scopes`` are in the order in which they were given."""

    id: int
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


def account_by_email(session: Session, email: str) -> AccountLine | None:
    """``email`` in lower case."""
    return _one_account(session, _accounts().where(UserAccount.email == email))


def account_by_id(session: Session, user_id: int) -> AccountLine | None:
    return _one_account(session, _accounts().where(UserAccount.id == user_id))


def first_account(session: Session, role: str) -> AccountLine | None:
    """The oldest account of a role that may sign in."""
    query = _accounts().where(UserAccount.role == role, UserAccount.disabled_at.is_(None))
    return _one_account(session, query.order_by(UserAccount.id).limit(1))


def people(session: Session) -> list[tuple[int, str]]:
    """Everybody who may sign in: id and name, by name."""
    query = select(UserAccount.id, UserAccount.name).where(UserAccount.disabled_at.is_(None))
    return [(row.id, row.name) for row in session.execute(query.order_by(func.lower(UserAccount.name)))]


class Admin(NamedTuple):
    name: str
    email: str


def admins(session: Session) -> tuple[Admin, ...]:
    """Who may do what nobody else may, by name."""
    query = select(UserAccount.name, UserAccount.email).where(
        UserAccount.role == "admin", UserAccount.disabled_at.is_(None)
    )
    return tuple(Admin(*row) for row in session.execute(query.order_by(func.lower(UserAccount.name))))


def account_of_token(session: Session, token_hash: str) -> tuple[AccountLine, SessionLine] | None:
    """Whose browser holds the secret with this hash, whatever has become of the session since."""
    query = select(*_ACCOUNT, *_SESSION).join(UserSession, UserSession.user_id == UserAccount.id)
    row = session.execute(query.where(UserSession.token_hash == token_hash)).one_or_none()
    if row is None:
        return None
    values: tuple[Any, ...] = tuple(row)
    return AccountLine(*values[: len(_ACCOUNT)]), SessionLine(*values[len(_ACCOUNT) :])


def live_sessions(session: Session, user_id: int, created_after: datetime, seen_after: datetime) -> list[SessionLine]:
    """Sessions that are neither revoked nor too old, the last seen first."""
    query = select(*_SESSION).where(
        UserSession.user_id == user_id,
        UserSession.revoked_at.is_(None),
        UserSession.created_at > created_after,
        UserSession.last_seen_at > seen_after,
    )
    rows = session.execute(query.order_by(UserSession.last_seen_at.desc(), UserSession.id.desc()))
    return [SessionLine(*row) for row in rows]


def account_of_api_token(session: Session, digest: str) -> tuple[AccountLine, TokenLine] | None:
    """Whose token has this digest, whatever has become of it since."""
    query = select(*_ACCOUNT, *_TOKEN).join(ApiToken, ApiToken.user_id == UserAccount.id)
    row = session.execute(query.where(ApiToken.digest == digest)).one_or_none()
    if row is None:
        return None
    values: tuple[Any, ...] = tuple(row)
    return AccountLine(*values[: len(_ACCOUNT)]), _token_line(*values[len(_ACCOUNT) :])


def live_api_tokens(session: Session, user_id: int, now: datetime) -> list[TokenLine]:
    """The tokens that still open something, the newest first."""
    mine = select(*_TOKEN).where(ApiToken.user_id == user_id)
    query = mine.where(ApiToken.revoked_at.is_(None), ApiToken.expires_at > now)
    return [_token_line(*row) for row in session.execute(query.order_by(ApiToken.id.desc()))]


def failures_of_email(session: Session, email_hash: str, since: datetime) -> tuple[int, datetime | None]:
    """How many tries with this e-mail failed after ``since``, and when the first of them was.

    A success wipes the slate: only what failed after it counts.
    """
    mine = SignInAttempt.email_hash == email_hash
    succeeded = session.scalar(select(func.max(SignInAttempt.at)).where(mine, SignInAttempt.succeeded))
    return _failures(session, mine, max(since, succeeded) if succeeded else since)


def failures_of_address(session: Session, address_hash: str, since: datetime) -> tuple[int, datetime | None]:
    """The same for a network address, where one person's success says nothing of the others."""
    return _failures(session, SignInAttempt.address_hash == address_hash, since)


def _failures(session: Session, whose: Any, since: datetime) -> tuple[int, datetime | None]:
    query = select(func.count(), func.min(SignInAttempt.at)).where(
        whose, SignInAttempt.at > since, SignInAttempt.succeeded.is_(False)
    )
    count, first = session.execute(query).one()
    return count, first


_ACCOUNT = (
    UserAccount.id,
    UserAccount.email,
    UserAccount.name,
    UserAccount.role,
    UserAccount.language,
    UserAccount.theme,
    UserAccount.time_zone,
    UserAccount.password_hash,
    UserAccount.disabled_at,
)
_SESSION = (
    UserSession.id,
    UserSession.device,
    UserSession.created_at,
    UserSession.last_seen_at,
    UserSession.revoked_at,
)

_TOKEN = (
    ApiToken.id,
    ApiToken.name,
    ApiToken.scopes,
    ApiToken.created_at,
    ApiToken.expires_at,
    ApiToken.last_used_at,
    ApiToken.revoked_at,
)


def _token_line(token_id: int, name: str, scopes: str, *instants: Any) -> TokenLine:
    return TokenLine(token_id, name, tuple(scopes.split()), *instants)


def _accounts() -> Select[*tuple[Any, ...]]:
    return select(*_ACCOUNT)


def _one_account(session: Session, query: Select[*tuple[Any, ...]]) -> AccountLine | None:
    row = session.execute(query).first()
    return AccountLine(*row) if row else None
