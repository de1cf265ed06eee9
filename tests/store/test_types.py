"""Instants come back as they were, aware and exact, on both engines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from plugin.store.database import Database
from plugin.store.tables import Connection
from plugin.store.types import from_microseconds, to_microseconds

OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29), timezones=OFFSETS))
def test_an_instant_survives_the_way_through_a_number(instant: datetime) -> None:
    assert from_microseconds(to_microseconds(instant)) == instant


def test_an_instant_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        to_microseconds(datetime(2026, 1, 1))


def test_an_instant_is_stored_to_the_microsecond_and_read_as_utc(database_url: str) -> None:
    instant = datetime(2026, 10, 25, 2, 30, 0, 123457, tzinfo=timezone(timedelta(hours=2)))
    database = Database.at(database_url)
    with database.writing.begin() as session:
        session.add(Connection(name="one", kind="csv", settings={}, created_at=instant))
    with database.reading() as session:
        stored = session.scalar(select(Connection.created_at))
    database.close()
    assert stored == instant
    assert stored is not None
    assert stored.tzinfo is UTC
