"""Dates, times, money and numbers as the person writes them, in their time zone."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from babel import Locale, numbers
from babel import dates as babel_dates
from flask import Flask

from plugin.rendering.i18n import gettext, language, ngettext

DEFAULT_ZONE = "Europe/Paris"
AREAS = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
# As written in Britain: days before months.
LOCALES = {"en": Locale("en", "GB"), "fr": Locale("fr", "FR")}
MISSING = "–"

_zone: ContextVar[str] = ContextVar("zone", default=DEFAULT_ZONE)


def use_zone(name: str) -> None:
    """Show instants in this time zone from here on in this context; an unknown one shows Paris."""
    _zone.set(name if name in time_zones() else DEFAULT_ZONE)


def zone() -> tzinfo:
    try:
        return ZoneInfo(_zone.get())
    except ZoneInfoNotFoundError:
        return UTC


@cache
def time_zones() -> tuple[str, ...]:
    """The zones that a person may choose, by area and city."""
    return ("UTC", *sorted(name for name in available_timezones() if name.startswith(AREAS)))


def local(instant: datetime) -> datetime:
    return instant.astimezone(zone())


def from_local(naive: datetime) -> datetime:
    """The instant that a person means by a wall clock's date and time.

    The hour that exists twice in autumn is the first one; the one left out in spring is read an hour later.
    """
    return naive.replace(tzinfo=zone()).astimezone(UTC)


def day(value: datetime | date | None, style: Literal["short", "medium", "long"] = "medium") -> str:
    """A calendar day; an instant's day is that of the person's time zone."""
    if value is None:
        return MISSING
    shown = local(value).date() if isinstance(value, datetime) else value
    return babel_dates.format_date(shown, style, locale=_locale())


def month(value: date) -> str:
    """The month's name, with its year."""
    return babel_dates.format_skeleton("yMMMM", value, locale=_locale())


def day_utc(value: datetime | None) -> str:
    """The day of the UTC calendar, which reports count in."""
    return MISSING if value is None else babel_dates.format_date(value.astimezone(UTC).date(), "medium", _locale())


def clock(instant: datetime) -> str:
    return babel_dates.format_time(local(instant), "short", locale=_locale())


def moment(instant: datetime | None) -> str:
    """Day and time."""
    return MISSING if instant is None else f"{day(instant)}, {clock(instant)}"


def day_of(instant: datetime, now: datetime) -> str:
    """Today, tomorrow, yesterday, or the weekday with its date."""
    distance = (local(instant).date() - local(now).date()).days
    named = {-1: gettext("Yesterday"), 0: gettext("Today"), 1: gettext("Tomorrow")}.get(distance)
    written = babel_dates.format_skeleton("MMMEd", local(instant), locale=_locale())
    return named or written[:1].upper() + written[1:]


def weekday(value: date) -> str:
    """A day of the coming weeks: "Mon 9 Mar"."""
    return babel_dates.format_skeleton("MMMEd", value, locale=_locale())


def days(count: int | None) -> str:
    return MISSING if count is None else ngettext("%(num)s day", "%(num)s days", count)


def span(count: int) -> str:
    """Days, as weeks where they are whole ones."""
    weeks, rest = divmod(count, 7)
    return ngettext("%(num)s week", "%(num)s weeks", weeks) if weeks and not rest else days(count)


def since_days(instant: datetime | None, now: datetime) -> int | None:
    """Whole elapsed days."""
    return None if instant is None else max((now - instant) // timedelta(days=1), 0)


def number(value: int | None) -> str:
    return MISSING if value is None else numbers.format_decimal(value, locale=_locale())


def compact(value: int) -> str:
    """A number for a small place: whole up to 9,999, then in thousands or millions ("103K")."""
    if value < 10_000:
        return number(value)
    return numbers.format_compact_decimal(value, locale=_locale(), fraction_digits=0)


def percent(share: float | None, digits: int = 0) -> str:
    """A share from 0 to 1."""
    if share is None:
        return MISSING
    pattern = "#,##0." + "0" * digits if digits else "#,##0"
    # The French sign stands behind a space that doesn't break.
    return numbers.format_percent(share, pattern + ("\u00a0%" if language() == "fr" else "%"), locale=_locale())


def money(amount: Decimal | None, currency: str | None) -> str:
    """An amount; whole ones without cents. Without a currency, the bare number."""
    if amount is None:
        return MISSING
    shown = amount.to_integral_value() if amount == amount.to_integral_value() else amount
    if not currency or len(currency) != 3:
        return numbers.format_decimal(shown, locale=_locale())
    whole = shown == amount.to_integral_value()
    return numbers.format_currency(shown, currency.upper(), _format(whole), locale=_locale(), currency_digits=False)


def install(app: Flask) -> None:
    for function in (
        day,
        day_utc,
        month,
        clock,
        moment,
        day_of,
        days,
        since_days,
        number,
        compact,
        percent,
        money,
        local,
    ):
        app.jinja_env.filters[function.__name__] = function


def _format(whole: bool) -> str | None:
    """The locale's own pattern; without decimals for a whole amount."""
    pattern: str = _locale().currency_formats["standard"].pattern
    return pattern.replace("0.00", "0") if whole else pattern


def _locale() -> Locale:
    return LOCALES[language()]
