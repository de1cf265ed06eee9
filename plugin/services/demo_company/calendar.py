"""Working time in Paris: every instant of the demo lies in office hours, aware, with its offset."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
OPENS, CLOSES = 8 * 3600 + 1800, 18 * 3600
QUARTER = 900
SATURDAY = 5


def workday(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday())) if day.weekday() >= SATURDAY else day


def workdays_from(day: date, count: int) -> date:
    """``count`` working days after ``day`` (before it where negative)."""
    step = timedelta(days=1 if count > 0 else -1)
    for _ in range(abs(count)):
        day += step
        while day.weekday() >= SATURDAY:
            day += step
    return day


def desk_time(rng: Random, day: date) -> datetime:
    """When somebody at a desk would do something on that day, or on the Monday after."""
    return _at(workday(day), rng.randrange(OPENS, CLOSES))


def meeting_time(rng: Random, day: date) -> datetime:
    """When somebody would start a meeting: on the quarter of an hour."""
    return _at(workday(day), rng.randrange(OPENS + 2 * QUARTER, CLOSES - 4 * QUARTER, QUARTER))


def at_clock(day: date, clock: str) -> datetime:
    """``clock`` is a time of day such as ``"09:30"``."""
    return datetime.combine(day, time.fromisoformat(clock), PARIS)


def _at(day: date, second: int) -> datetime:
    return datetime.combine(day, time(), PARIS).replace(
        hour=second // 3600, minute=second % 3600 // 60, second=second % 60
    )
