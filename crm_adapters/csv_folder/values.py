"""Cells into values. Each function raises CellFault with words that say what is wrong and how to mend it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import TypeVar

E = TypeVar("E", bound=Enum)

MOST = Decimal("1e15")
CURRENCY = re.compile(r"[A-Z]{3}")
DAY_LENGTH = len("2026-03-31")


class CellFault(ValueError):
    """One cell that can't be read."""


@dataclass(frozen=True, slots=True)
class Times:
    """How a file writes instants: ISO 8601 with offset, or a ``format`` of ``strptime`` in a ``zone``."""

    format: str | None = None
    zone: tzinfo | None = None


def instant(text: str, times: Times) -> datetime:
    """An aware instant, in UTC. A day without a time is its midnight."""
    if times.format is None:
        parsed = _iso(text)
    else:
        try:
            parsed = datetime.strptime(text, times.format)
        except ValueError as error:
            raise CellFault(f"{text!r} is not a time of the form {times.format}") from error
    if parsed.tzinfo is None:
        zone = times.zone or (UTC if times.format else None)
        if zone is None:
            raise CellFault(
                f"{text!r} has no offset: write it as {text}+00:00 if it is UTC, or name time_zone in mapping.yaml"
            )
        parsed = parsed.replace(tzinfo=zone)
    try:
        return parsed.astimezone(UTC)
    except OverflowError as error:
        raise CellFault(f"{text!r} lies outside of the calendar") from error


def _iso(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise CellFault(f"{text!r} is not a time of the form 2026-03-31T09:30:00+02:00") from error


def amount(text: str, decimal_comma: bool = False) -> Decimal:
    """An amount with a decimal point; with ``decimal_comma``, points, spaces and apostrophes part the thousands."""
    plain = re.sub(r"[.\s'’]", "", text).replace(",", ".") if decimal_comma else text
    try:
        value = Decimal(plain)
    except InvalidOperation as error:
        raise CellFault(f"{text!r} is not an amount: write it as 1234.50") from error
    if not value.is_finite() or abs(value) >= MOST:
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
    try:
        return kind(text)
    except ValueError as error:
        raise CellFault(f"{text!r} is not one of {', '.join(str(one.value) for one in kind)}") from error


def short(text: str, most: int = 255) -> str:
    if len(text) > most:
        raise CellFault(f"the text has {len(text)} characters, {most} is the most")
    return text
