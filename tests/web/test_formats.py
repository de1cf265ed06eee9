"""Dates, money and numbers as people write them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from plugin.rendering import formats
from plugin.rendering.i18n import speaking

EVENING = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def paris() -> Iterator[None]:
    formats.use_zone("Europe/Paris")
    yield
    formats.use_zone("Europe/Paris")


def test_money_is_written_as_in_each_language() -> None:
    assert formats.money(Decimal("12345.50"), "EUR") == "€12,345.50"
    with speaking("fr"):
        assert formats.money(Decimal("12345.50"), "EUR") == "12\u202f345,50\u00a0€"


def test_a_whole_amount_has_no_cents() -> None:
    assert formats.money(Decimal("12000.00"), "EUR") == "€12,000"


def test_an_amount_without_a_currency_is_a_number() -> None:
    assert formats.money(Decimal("1200"), None) == "1,200"
    assert formats.money(None, "EUR") == "–"


def test_a_day_is_that_of_the_persons_time_zone() -> None:
    assert formats.day(EVENING) == "2 Mar 2026"
    formats.use_zone("America/New_York")
    assert formats.day(EVENING) == "1 Mar 2026"
    with speaking("fr"):
        assert formats.moment(EVENING) == "1 mars 2026, 18:30"


def test_a_report_counts_in_days_of_the_utc_calendar() -> None:
    assert formats.day_utc(EVENING) == "1 Mar 2026"


def test_near_days_are_named() -> None:
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert formats.day_of(EVENING, now) == "Today"
    assert formats.day_of(datetime(2026, 3, 6, 9, tzinfo=UTC), now) == "Fri 6 Mar"
    with speaking("fr"):
        assert formats.day_of(datetime(2026, 3, 6, 9, tzinfo=UTC), now) == "Ven. 6 mars"


def test_the_sign_of_a_share_stands_as_the_language_wants_it() -> None:
    assert formats.percent(0.623) == "62%"
    assert formats.percent(None) == "–"
    with speaking("fr"):
        assert formats.percent(0.623) == "62\u00a0%"


def test_an_hour_that_exists_twice_is_the_first_one() -> None:
    assert formats.from_local(datetime(2026, 10, 25, 2, 30)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_an_hour_that_spring_leaves_out_is_read_an_hour_later() -> None:
    read = formats.from_local(datetime(2026, 3, 29, 2, 30))
    assert formats.local(read).replace(tzinfo=None) == datetime(2026, 3, 29, 3, 30)


def test_an_unknown_time_zone_shows_paris() -> None:
    formats.use_zone("Mars/Olympus")
    assert formats.day(EVENING) == "2 Mar 2026"


def test_a_plain_date_has_no_time_zone() -> None:
    formats.use_zone("America/New_York")
    assert formats.day(date(2026, 3, 2)) == "2 Mar 2026"


def test_whole_weeks_are_said_as_weeks() -> None:
    assert [formats.span(count) for count in (3, 7, 14)] == ["3 days", "1 week", "2 weeks"]
