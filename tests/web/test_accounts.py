"""Accounts, passwords, tries and sessions, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from plugin.services import accounts
from plugin.services.accounts import AccountRefused, Attempt, Expired, SignedIn, Wait
from plugin.services.passwords import PasswordFault, opens, password_fault
from plugin.services.viewer import Role
from plugin.store.database import Database
from plugin.store.tables import SignInAttempt, UserAccount, UserSession

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PASSWORD = "seven green bicycles"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database.at(database_url)
    yield opened
    opened.close()


def add(database: Database, email: str = "ana@seller.example", password: str | None = PASSWORD) -> int:
    with database.writing.begin() as session:
        return accounts.add_user(session, email, "Ana", Role.SALESPERSON, NOW, password=password)


def begin(database: Database, now: datetime = NOW, email: str = "ana@seller.example", address: str = "10.0.0.1"):
    with database.writing.begin() as session:
        return accounts.begin_sign_in(session, "secret", email, address, now)


def enter(database: Database, now: datetime = NOW) -> str:
    attempt = begin(database, now)
    assert isinstance(attempt, Attempt)
    account = accounts.opened_account(attempt, PASSWORD)
    assert account
    with database.writing.begin() as session:
        return accounts.finish_sign_in(session, attempt, account, PASSWORD, "Firefox, Linux", now)


def find(database: Database, token: str, now: datetime) -> SignedIn | Expired | None:
    with database.reading() as session:
        return accounts.find_session(session, token, now)


def test_an_email_is_kept_in_lower_case_and_has_one_account(database: Database) -> None:
    add(database, "Ana@Seller.example")
    with pytest.raises(AccountRefused, match=r"ana@seller\.example has an account already"):
        add(database, "ana@seller.EXAMPLE")


@pytest.mark.parametrize("email", ["", "ana", "ana@", "@seller.example", "ana@seller", "a b@seller.example"])
def test_what_is_no_email_is_refused(database: Database, email: str) -> None:
    with pytest.raises(AccountRefused, match="is no e-mail address"):
        add(database, email)


def test_a_weak_password_is_refused_with_what_to_do(database: Database) -> None:
    with pytest.raises(AccountRefused, match="use at least 10 characters"):
        add(database, password="short")


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("nine nine", PasswordFault.SHORT),
        ("p@ssw0rd2026", PasswordFault.COMMON),
        ("Motdepasse1!", PasswordFault.COMMON),
        ("1234567890123", PasswordFault.COMMON),
        ("aaaaaaaaaaaaab", PasswordFault.COMMON),
        ("ana@seller.example", PasswordFault.COMMON),
        ("x" * 300, PasswordFault.LONG),
        ("seven green bicycles", None),
        ("Tr0ub4dor&3x", None),
        ("mot de passe à nous", None),
    ],
)
def test_a_password_is_judged_by_length_and_by_what_is_guessed_first(
    password: str, fault: PasswordFault | None
) -> None:
    assert password_fault(password, "ana@seller.example") is fault


def test_the_right_password_opens_and_a_wrong_one_does_not(database: Database) -> None:
    add(database)
    attempt = begin(database)
    assert isinstance(attempt, Attempt)
    assert accounts.opened_account(attempt, PASSWORD)
    assert accounts.opened_account(attempt, PASSWORD + "!") is None


def test_no_password_opens_an_account_without_one(database: Database) -> None:
    add(database, password=None)
    attempt = begin(database)
    assert isinstance(attempt, Attempt)
    assert accounts.opened_account(attempt, "") is None


def test_an_unknown_email_is_checked_against_a_hash_like_a_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    verify = PasswordHasher.verify
    monkeypatch.setattr(
        PasswordHasher, "verify", lambda self, stored, typed: seen.append(stored) or verify(self, stored, typed)
    )
    assert not opens(None, PASSWORD)
    assert seen[0].startswith("$argon2id$")


def test_a_hash_of_weaker_days_is_renewed_at_sign_in(database: Database) -> None:
    user_id = add(database)
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with database.writing.begin() as session:
        session.execute(update(UserAccount).values(password_hash=weak))
    enter(database)
    with database.reading() as session:
        renewed = session.get_one(UserAccount, user_id).password_hash
    assert renewed != weak
    assert opens(renewed, PASSWORD)


def test_the_sixth_try_waits_until_the_first_is_a_quarter_of_an_hour_old(database: Database) -> None:
    add(database)
    for minute in range(5):
        assert isinstance(begin(database, NOW + timedelta(minutes=minute)), Attempt)
    assert begin(database, NOW + timedelta(minutes=5)) == Wait(NOW + timedelta(minutes=15))
    assert isinstance(begin(database, NOW + timedelta(minutes=15, seconds=1)), Attempt)


def test_tries_with_another_email_are_counted_apart_and_by_address_together(database: Database) -> None:
    for number in range(accounts.FAILURES_PER_ADDRESS):
        assert isinstance(begin(database, email=f"p{number}@x.example"), Attempt)
    assert isinstance(begin(database, email="last@x.example"), Wait)
    assert isinstance(begin(database, email="last@x.example", address="10.0.0.2"), Attempt)


def test_a_right_password_wipes_the_slate_of_its_email(database: Database) -> None:
    add(database)
    for minute in range(4):
        begin(database, NOW + timedelta(minutes=minute))
    enter(database, NOW + timedelta(minutes=4))
    assert isinstance(begin(database, NOW + timedelta(minutes=5)), Attempt)


def test_tries_hold_no_email_and_no_address_and_are_forgotten_after_a_day(database: Database) -> None:
    begin(database)
    with database.reading() as session:
        row = session.scalars(select(SignInAttempt)).one()
        assert len(row.email_hash) == len(row.address_hash) == 64
    begin(database, NOW + timedelta(days=1, seconds=1))
    with database.reading() as session:
        assert session.scalars(select(SignInAttempt.at)).all() == [NOW + timedelta(days=1, seconds=1)]


def test_the_store_does_not_hold_what_the_browser_holds(database: Database) -> None:
    add(database)
    token = enter(database)
    with database.reading() as session:
        assert token not in session.scalars(select(UserSession.token_hash)).all()
    assert isinstance(find(database, token, NOW), SignedIn)
    assert find(database, token + "x", NOW) is None


def test_a_session_ends_after_twelve_idle_hours(database: Database) -> None:
    add(database)
    token = enter(database)
    assert isinstance(find(database, token, NOW + timedelta(hours=11, minutes=59)), SignedIn)
    assert isinstance(find(database, token, NOW + timedelta(hours=12)), Expired)


def test_a_session_ends_after_fourteen_days_however_busy(database: Database) -> None:
    add(database)
    token = enter(database)
    for hour in range(0, 14 * 24, 10):
        now = NOW + timedelta(hours=hour)
        found = find(database, token, now)
        assert isinstance(found, SignedIn)
        with database.writing.begin() as session:
            accounts.note_seen(session, found.session_id, now)
    assert isinstance(find(database, token, NOW + timedelta(days=14)), Expired)


@pytest.mark.parametrize("end", ["role", "disable"])
def test_another_role_or_a_closed_account_ends_every_session(database: Database, end: str) -> None:
    user_id = add(database)
    token = enter(database)
    with database.writing.begin() as session:
        if end == "role":
            accounts.change_role(session, user_id, Role.ADMIN, NOW)
        else:
            accounts.disable_user(session, user_id, NOW)
    assert find(database, token, NOW) is None
    attempt = begin(database)
    assert isinstance(attempt, Attempt)
    assert (accounts.opened_account(attempt, PASSWORD) is None) is (end == "disable")


def test_nobody_ends_another_ones_session(database: Database) -> None:
    add(database)
    other = add(database, "max@seller.example")
    token = enter(database)
    found = find(database, token, NOW)
    assert isinstance(found, SignedIn)
    with database.writing.begin() as session:
        assert not accounts.revoke_session(session, other, found.session_id, NOW)
        accounts.revoke_sessions(session, other, NOW)
    assert isinstance(find(database, token, NOW), SignedIn)


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(database: Database) -> None:
    user_id = add(database)
    here, there = enter(database), enter(database)
    found = find(database, here, NOW)
    assert isinstance(found, SignedIn)
    with database.writing.begin() as session:
        accounts.change_password(session, user_id, "eight red kayaks", found.session_id, NOW)
    assert isinstance(find(database, here, NOW), SignedIn)
    assert find(database, there, NOW) is None
    with database.reading() as session:
        assert accounts.own_password(session, user_id, "eight red kayaks")
        assert not accounts.own_password(session, user_id, PASSWORD)
