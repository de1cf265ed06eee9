"""Column types."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, BigInteger, Dialect, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAY_MICROSECONDS = 86_400_000_000

# SQLite numbers rows by itself only in an INTEGER key.
Id = BigInteger().with_variant(Integer(), "sqlite")
Json = JSON().with_variant(JSONB(), "postgresql")


def to_microseconds(instant: datetime) -> int:
    """Microseconds since 1970 in UTC; exact. Raises ValueError on a naive instant."""
    if instant.tzinfo is None:
        raise ValueError(f"an instant needs a time zone: {instant.isoformat()}")
    return (instant - EPOCH) // MICROSECOND


def from_microseconds(value: int) -> datetime:
    return EPOCH + timedelta(microseconds=value)


class UtcInstant(TypeDecorator[datetime]):
    """An aware instant, stored as whole microseconds since 1970 UTC.

    A number is the same on every engine, so durations are one subtraction in SQL, exact and alike on SQLite and
    PostgreSQL, and nothing comes back naive.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_microseconds(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else from_microseconds(value)
