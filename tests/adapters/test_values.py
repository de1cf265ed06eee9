"""Cells into values: nothing is guessed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_adapters.csv_folder.values import CellFault, Numbers, Times, amount, instant

PARIS = Times(zone=ZoneInfo("Europe/Paris"))
OFFSETS = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30), timezones=OFFSETS))
def test_an_instant_is_read_as_it_was_written(at: datetime) -> None:
    assert instant(at.isoformat(), Times()) == at


@pytest.mark.parametrize("text", ["2026-03-31T07:30:00Z", "2026-03-31T09:30:00+02:00", "2026-03-31 09:30+02:00"])
def test_the_usual_ways_to_write_an_instant_say_the_same(text: str) -> None:
    assert instant(text, Times()) == datetime(2026, 3, 31, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-01-15T12:00:00", "2026-01-15T11:00:00+00:00"),
        ("2026-07-15T12:00:00", "2026-07-15T10:00:00+00:00"),
        ("2026-07-15T12:00:00+00:00", "2026-07-15T12:00:00+00:00"),
    ],
)
def test_a_time_without_an_offset_is_one_of_the_named_zone(text: str, utc: str) -> None:
    assert instant(text, PARIS).isoformat() == utc


def test_an_hour_that_comes_twice_is_the_first_of_the_two() -> None:
    assert instant("2026-10-25T02:30:00", PARIS).isoformat() == "2026-10-25T00:30:00+00:00"


def test_an_hour_that_a_zone_skips_is_read_as_if_clocks_had_not_gone_forward() -> None:
    assert instant("2026-03-29T02:30:00", PARIS).isoformat() == "2026-03-29T01:30:00+00:00"


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("2026-07-14", PARIS),
        ("20260714", PARIS),
        ("14/07/2026", Times("%d/%m/%Y")),
        ("14/07/2026", Times("%d/%m/%Y", PARIS.zone)),
    ],
)
def test_a_day_is_midnight_in_utc_whatever_the_zone_of_times(text: str, times: Times) -> None:
    assert instant(text, times) == datetime(2026, 7, 14, tzinfo=UTC)


def test_a_formatted_time_is_one_of_the_named_zone_or_of_utc() -> None:
    assert instant("14/07/2026 09:30", Times("%d/%m/%Y %H:%M", PARIS.zone)).hour == 7
    assert instant("14/07/2026 09:30", Times("%d/%m/%Y %H:%M")).hour == 9
    assert instant("14/07/2026 09:30 +0300", Times("%d/%m/%Y %H:%M %z", PARIS.zone)).hour == 6


@given(st.decimals(-(10**14), 10**14, places=2))
def test_an_amount_is_read_as_it_was_written(value: Decimal) -> None:
    assert amount(f"{value:f}", Numbers()) == value
    assert amount(f"{value:,f}", Numbers(thousands=",")) == value


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("18500.00", Numbers()),
        ("+18500", Numbers()),
        ("18,500.00", Numbers(thousands=",")),
        ("18.500,00", Numbers(",", ".")),
        ("18500,00", Numbers(",", ".")),
        ("18 500,00", Numbers(",", " ")),
        ("18\u202f500,00", Numbers(",", " ")),
        ("18\u00a0500,00", Numbers(",", " ")),
        ("18'500.00", Numbers(thousands="'")),
        ("18’500.00", Numbers(thousands="'")),
    ],
)
def test_an_amount_is_read_as_the_mapping_says(text: str, numbers: Numbers) -> None:
    assert amount(text, numbers) == Decimal("18500.00")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1,5", Numbers()),
        ("1.5", Numbers(",", ".")),
        ("1.5000", Numbers(",", ".")),
        ("1,50", Numbers(thousands=",")),
        ("1 234", Numbers()),
        ("1e3", Numbers()),
        ("Infinity", Numbers()),
        ("١٢", Numbers()),
        ("5.", Numbers()),
        (".5", Numbers()),
        ("--5", Numbers()),
    ],
)
def test_an_amount_that_could_mean_two_things_is_refused(text: str, numbers: Numbers) -> None:
    with pytest.raises(CellFault, match="is not an amount"):
        amount(text, numbers)
