"""Cells into values. Each function raises CellFault with words that say what is wrong and how to mend it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from enum import Enum
from typing import TypeVar

E = TypeVar("E", bound=Enum)

MOST = Decimal("1e15")
CURRENCY = re.compile(r"[A-Z]{3}")
# The longest text of ISO 8601 that is a day; with a time it is longer.
LONGEST_DAY = len("2026-03-31")
# What programs write where a person reads one sign.
ALIKE = {" ": " \u00a0\u202f", "'": "'\u2019"}


class CellFault(ValueError):
    """One cell that can't be read."""


@dataclass(frozen=True, slots=True)
class Times:
    """How a file writes instants: ISO 8601, or a ``format`` of ``strptime``. ``zone`` is meant where none is said."""

    format: str | None = None
    zone: tzinfo | None = None


@dataclass(frozen=True, slots=True)
class Numbers:
    """How a file writes amounts; ``thousands`` is empty where they are not parted."""

    decimal: str = "."
    thousands: str = ""

    @property
    def example(self) -> str:
        return f"1{self.thousands}234{self.decimal}50"


def instant(text: str, times: Times) -> datetime:
    """An aware instant, in UTC. A day is its midnight in UTC, whatever the zone of times.

    A time that a zone has twice (clocks go back) is the first of the two; one that it skips is read as if the clocks
    had not gone forward.
    """
    parsed, is_day = _iso(text, times) if times.format is None else _formatted(text, times.format)
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=UTC if is_day else times.zone or UTC)
    try:
        return parsed.astimezone(UTC)
    except OverflowError as error:
        raise CellFault(f"{text!r} lies outside of the calendar") from error


def _iso(text: str, times: Times) -> tuple[datetime, bool]:
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise CellFault(f"{text!r} is not a time of the form 2026-03-31T09:30:00+02:00") from error
    is_day = len(text) <= LONGEST_DAY
    if parsed.tzinfo is None and times.zone is None:
        utc = parsed.replace(tzinfo=UTC).isoformat()
        mend = f"write it as {utc} if it is UTC, or name time_zone in mapping.yaml"
        raise CellFault(f"{text!r} {'is a day without a time' if is_day else 'has no offset'}: {mend}")
    return parsed, is_day


def _formatted(text: str, form: str) -> tuple[datetime, bool]:
    try:
        return datetime.strptime(text, form), not tells_time(form)
    except ValueError as error:
        raise CellFault(f"{text!r} is not a time of the form {form}") from error


def tells_time(form: str) -> bool:
    """Whether a format of ``strptime`` says more than the day."""
    day = datetime(2026, 3, 31)
    return day.strftime(form) != day.replace(hour=13, minute=24, second=57).strftime(form)


def amount(text: str, numbers: Numbers) -> Decimal:
    """An amount, rounded to hundredths. Thousands are parted everywhere or nowhere: ``1.5`` is never fifteen."""
    whole = r"[0-9]+"
    if numbers.thousands:
        part = f"[{re.escape(ALIKE.get(numbers.thousands, numbers.thousands))}]"
        whole = f"(?:[0-9]{{1,3}}(?:{part}[0-9]{{3}})+|{whole})"
    found = re.fullmatch(rf"([+-]?{whole})(?:{re.escape(numbers.decimal)}([0-9]+))?", text)
    if not found:
        own = "" if numbers != Numbers() else ", or say decimal and thousands in mapping.yaml"
        raise CellFault(f"{text!r} is not an amount: write it as {numbers.example}{own}")
    value = Decimal(f"{re.sub('[^0-9+-]', '', found[1])}.{found[2] or 0}")
    if abs(value) >= MOST:
        raise CellFault(f"{text!r} is no amount that a deal can have")
    return round(value, 2)


def currency(text: str) -> str:
    if not CURRENCY.fullmatch(text):
        raise CellFault(f"{text!r} is not a currency: write its three capital letters, such as EUR")
    return text


def whole(text: str, least: int, most: int) -> int:
    if not re.fullmatch(r"-?[0-9]{1,9}", text) or not least <= int(text) <= most:
        raise CellFault(f"{text!r} is not a whole number from {least} to {most}")
    return int(text)


def one_of(text: str, kind: type[E]) -> E:
    return kind(among(text, [one.value for one in kind]))


def among(text: str, known: Sequence[str]) -> str:
    if text not in known:
        raise CellFault(f"{text!r} is not one of {', '.join(known)}")
    return text


def short(text: str, most: int = 255) -> str:
    if len(text) > most:
        raise CellFault(f"the text has {len(text)} characters, {most} is the most")
    return text
