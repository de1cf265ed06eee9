"""Accounts: who may sign in, with what password, from which browsers.

A sign-in is two steps, each in a transaction of its own, so that the slow password check holds no lock:
``begin_sign_in`` counts the try as failed before anybody knows how it ends (a hundred tries at once are a hundred),
``finish_sign_in`` takes that back for the right password.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from plugin.services.audit import record
from plugin.services.passwords import (
    LONGEST,
    SHORTEST,
    PasswordFault,
    hash_password,
    needs_rehash,
    opens,
    password_fault,
)
from plugin.services.viewer import Role, Viewer
from plugin.store.owners import link_owners
from plugin.store.queries.accounts import (
    AccountLine,
    SessionLine,
    account_by_email,
    account_of_token,
    failures_of_address,
    failures_of_email,
    first_account,
    live_sessions,
)
from plugin.store.tables import SignInAttempt, UserAccount, UserSession

IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=14)
# Not every page view is worth a write.
SEEN_EVERY = timedelta(minutes=5)

WINDOW = timedelta(minutes=15)
FAILURES_PER_EMAIL = 5
# Colleagues often share one address.
FAILURES_PER_ADDRESS = 30
ATTEMPTS_KEPT = timedelta(days=1)


class AccountFault(StrEnum):
    NO_EMAIL = "no e-mail"
    TAKEN = "taken"
    PASSWORD = "password"  # noqa: S105 (what is wrong, not one)
    LAST_ADMIN = "last admin"


class AccountRefused(Exception):
    """This account can't be made or changed; the message says what is wrong and how to mend it."""

    def __init__(self, fault: AccountFault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class SignedIn:
    viewer: Viewer
    session_id: int
    theme: str
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Expired:
    """A session that ended by itself, not by anybody's will: what its person was typing is still theirs."""

    viewer: Viewer


@dataclass(frozen=True, slots=True)
class Wait:
    """Too many tries; the next one is looked at from ``until`` on."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try that has been counted; ``account`` is None where nobody may sign in by that e-mail."""

    id: int
    account: AccountLine | None


def add_user(
    session: Session,
    email: str,
    name: str,
    role: Role,
    now: datetime,
    password: str | None = None,
    language: str = "en",
    by: int | None = None,
) -> int:
    """Make an account and give it the deals of the CRM owner of the same e-mail or name; returns its id.

    Without a password it opens by no password. ``by`` is the account of who adds it. Raises AccountRefused.
    """
    address = _checked_email(email)
    if account_by_email(session, address):
        raise AccountRefused(AccountFault.TAKEN, f"{address} has an account already: choose another e-mail")
    if password is not None:
        _check_password(password, address)
    user = UserAccount(
        email=address,
        name=" ".join(name.split()) or address.partition("@")[0],
        role=role.value,
        language=language,
        password_hash=None if password is None else hash_password(password),
        created_at=now,
    )
    session.add(user)
    session.flush()
    link_owners(session, user.id)
    record(session, by, "user added", f"{address}: {role}"[:120], now)
    return user.id


def begin_sign_in(session: Session, secret: str, email: str, address: str, now: datetime) -> Attempt | Wait:
    """Count a try, to be committed at once; or say how long to wait.

    Only keyed hashes of the e-mail and the network address are kept.
    """
    email = email.strip().lower()
    hashes = _keyed_hash(secret, "email", email), _keyed_hash(secret, "address", address)
    if wait := _wait(session, *hashes, now):
        return wait
    session.execute(delete(SignInAttempt).where(SignInAttempt.at < now - ATTEMPTS_KEPT))
    attempt = SignInAttempt(email_hash=hashes[0], address_hash=hashes[1], at=now, succeeded=False)
    session.add(attempt)
    session.flush()
    account = account_by_email(session, email)
    return Attempt(attempt.id, account if account and account.disabled_at is None else None)


def opened_account(attempt: Attempt, password: str) -> AccountLine | None:
    """The account that the password opens; an e-mail that nobody has takes as long as a wrong password."""
    right = opens(attempt.account.password_hash if attempt.account else None, password)
    return attempt.account if right else None


def finish_sign_in(
    session: Session, attempt: Attempt, account: AccountLine, password: str, device: str, now: datetime
) -> str:
    """The password was right: take the try off the count, and open a session; returns its secret."""
    session.execute(update(SignInAttempt).where(SignInAttempt.id == attempt.id).values(succeeded=True))
    if account.password_hash and needs_rehash(account.password_hash):
        _set_password(session, account.id, password)
    return open_session(session, account.id, device, now)


def sign_in_by_role(session: Session, role: Role, device: str, now: datetime) -> str | None:
    """The demo's one click: open a session of the first account of a role; None where there is none."""
    account = first_account(session, role.value)
    return open_session(session, account.id, device, now) if account else None


def speak_to_role(session: Session, role: Role, language: str) -> None:
    """In the demo, an invented person speaks the language of whoever came in as them."""
    account = first_account(session, role.value)
    if account:
        session.execute(update(UserAccount).where(UserAccount.id == account.id).values(language=language))


def open_session(session: Session, user_id: int, device: str, now: datetime) -> str:
    """A new signed-in browser. The secret is returned once; the store keeps its hash."""
    token = secrets.token_urlsafe(32)
    session.add(
        UserSession(token_hash=_hash(token), user_id=user_id, device=device[:80], created_at=now, last_seen_at=now)
    )
    session.flush()
    return token


def find_session(session: Session, token: str, now: datetime) -> SignedIn | Expired | None:
    """Who holds this secret. None for a secret that nobody holds, a revoked session and a disabled account."""
    found = account_of_token(session, _hash(token))
    if found is None:
        return None
    account, row = found
    if row.revoked_at or account.disabled_at:
        return None
    viewer = viewer_of(account)
    if now - row.created_at >= ABSOLUTE or now - row.last_seen_at >= IDLE:
        return Expired(viewer)
    return SignedIn(viewer, row.id, account.theme, row.last_seen_at)


def note_seen(session: Session, session_id: int, now: datetime) -> None:
    session.execute(update(UserSession).where(UserSession.id == session_id).values(last_seen_at=now))


def sessions_of(session: Session, user_id: int, now: datetime) -> list[SessionLine]:
    """The browsers in which this person is signed in, the last seen first."""
    return live_sessions(session, user_id, now - ABSOLUTE, now - IDLE)


def revoke_session(session: Session, user_id: int, session_id: int, now: datetime) -> bool:
    """End one of this person's sessions; False where they have no such session."""
    ended = session.scalars(
        update(UserSession)
        .where(UserSession.id == session_id, UserSession.user_id == user_id, UserSession.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(UserSession.id)
    )
    return ended.first() is not None


def revoke_sessions(session: Session, user_id: int, now: datetime, but: int | None = None) -> None:
    """Sign this person out everywhere (but in one browser)."""
    query = update(UserSession).where(UserSession.user_id == user_id, UserSession.revoked_at.is_(None))
    session.execute((query if but is None else query.where(UserSession.id != but)).values(revoked_at=now))


def change_password(session: Session, user_id: int, password: str, keep_session: int, now: datetime) -> None:
    """Set a password that was checked, and end the sessions that were opened with the old one."""
    _set_password(session, user_id, password)
    revoke_sessions(session, user_id, now, but=keep_session)


def reset_password(session: Session, user_id: int, password: str, now: datetime, by: int | None = None) -> None:
    """Set a password for somebody who lost theirs, and end all their sessions. Raises AccountRefused."""
    email = email_of(session, user_id)
    _check_password(password, email)
    _set_password(session, user_id, password)
    revoke_sessions(session, user_id, now)
    record(session, by, "password made anew", email[:120], now)


def own_password(session: Session, user_id: int, password: str) -> bool:
    """Whether this is the person's present password. An account without one has nothing to confirm."""
    stored = _stored_password(session, user_id)
    return stored is None or opens(stored, password)


def has_password(session: Session, user_id: int) -> bool:
    return _stored_password(session, user_id) is not None


def change_preferences(session: Session, user_id: int, language: str, theme: str, time_zone: str) -> None:
    session.execute(
        update(UserAccount).where(UserAccount.id == user_id).values(language=language, theme=theme, time_zone=time_zone)
    )


def change_role(session: Session, user_id: int, role: Role, now: datetime, by: int | None = None) -> None:
    """Give another role, and end every session that was opened with the old one. Raises AccountRefused."""
    if role is not Role.ADMIN:
        _leave_an_admin(session, user_id)
    session.execute(update(UserAccount).where(UserAccount.id == user_id).values(role=role.value))
    revoke_sessions(session, user_id, now)
    record(session, by, "role changed", f"{email_of(session, user_id)}: {role}"[:120], now)


def disable_user(session: Session, user_id: int, now: datetime, by: int | None = None) -> None:
    """Let nobody in by this account any more, and end its sessions. Raises AccountRefused."""
    _leave_an_admin(session, user_id)
    session.execute(update(UserAccount).where(UserAccount.id == user_id).values(disabled_at=now))
    revoke_sessions(session, user_id, now)
    record(session, by, "user disabled", email_of(session, user_id)[:120], now)


def enable_user(session: Session, user_id: int, now: datetime, by: int | None = None) -> None:
    """Let the person in again, by the password that they had."""
    session.execute(update(UserAccount).where(UserAccount.id == user_id).values(disabled_at=None))
    record(session, by, "user enabled", email_of(session, user_id)[:120], now)


def email_of(session: Session, user_id: int) -> str:
    return session.scalars(select(UserAccount.email).where(UserAccount.id == user_id)).one()


def _leave_an_admin(session: Session, user_id: int) -> None:
    """Without one nobody could give the role again. The rows are held: of two who go at once, the second stays."""
    query = select(UserAccount.id).where(UserAccount.role == Role.ADMIN.value, UserAccount.disabled_at.is_(None))
    if list(session.scalars(query.order_by(UserAccount.id).with_for_update())) == [user_id]:
        raise AccountRefused(
            AccountFault.LAST_ADMIN, f"{email_of(session, user_id)} is the last admin: make somebody else one first"
        )


_MENDING = {
    PasswordFault.SHORT: f"the password is too short: use at least {SHORTEST} characters",
    PasswordFault.LONG: f"the password is too long: use at most {LONGEST} characters",
    PasswordFault.COMMON: "a guesser would try this password first: use a few words that only you would join",
}


def _checked_email(email: str) -> str:
    try:
        # Nobody is written to: a demo's or a test's domain is as good as any.
        found = validate_email(email.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise AccountRefused(AccountFault.NO_EMAIL, f"{email!r} is no e-mail address: {error}") from error
    return found.normalized.lower()


def _check_password(password: str, email: str) -> None:
    if fault := password_fault(password, email):
        raise AccountRefused(AccountFault.PASSWORD, _MENDING[fault])


def viewer_of(account: AccountLine) -> Viewer:
    return Viewer(account.id, account.name, account.email, Role(account.role), account.language, account.time_zone)


def _wait(session: Session, email_hash: str, address_hash: str, now: datetime) -> Wait | None:
    counted = (
        (failures_of_email(session, email_hash, now - WINDOW), FAILURES_PER_EMAIL),
        (failures_of_address(session, address_hash, now - WINDOW), FAILURES_PER_ADDRESS),
    )
    ends = [first + WINDOW for (count, first), allowed in counted if count >= allowed and first]
    return Wait(max(ends)) if ends else None


def _set_password(session: Session, user_id: int, password: str) -> None:
    session.execute(update(UserAccount).where(UserAccount.id == user_id).values(password_hash=hash_password(password)))


def _stored_password(session: Session, user_id: int) -> str | None:
    return session.scalar(select(UserAccount.password_hash).where(UserAccount.id == user_id))


def _hash(token: str) -> str:
    """A secret of 256 random bits needs no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def _keyed_hash(secret: str, kind: str, text: str) -> str:
    return hmac.new(secret.encode(), f"{kind}:{text}".encode(), hashlib.sha256).hexdigest()
