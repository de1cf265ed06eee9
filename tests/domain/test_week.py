"""ISO weeks, against the calendar of the standard library."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.domain.week import Week


@given(st.dates(min_value=date(1, 1, 8), max_value=date(9998, 12, 20)))
def test_a_week_is_found_again_by_its_name_and_has_seven_days(day: date) -> None:
    week = Week.of(day)
    year, number, _ = day.isocalendar()
    assert week.name == f"{year:04}-W{number:02}"
    assert week.number == number
    assert week.monday <= day <= week.sunday
    assert (week.sunday - week.monday) == timedelta(days=6)
    assert week.following.before == week
    assert Week.named(week.name) == week


@pytest.mark.parametrize(
    "name",
    ["", "2026", "2026-W", "2026-W00", "2026-W54", "2025-W53", "26-W01", "2026-W1", "0000-W01", "9999-W52", "²-W"],
)
def test_a_name_of_no_week_is_none(name: str) -> None:
    assert Week.named(name) is None


def test_the_first_week_of_all_has_none_before_it() -> None:
    assert Week(date(1, 1, 1)).before is None
