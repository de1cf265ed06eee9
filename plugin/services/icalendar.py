"""A calendar for other programs to read: iCalendar (RFC 5545), all-day events only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

# RFC 5545, 3.1: lines of at most 75 octets, the end of line not counted.
LONGEST = 75
PRODUCT = "-//Parcours//Plan//EN"


@dataclass(frozen=True, slots=True)
class Event:
    """Something on a day. ``uid`` stays the same for ever; ``revision`` grows when it changes."""

    uid: str
    day: date
    title: str
    text: str
    address: str
    cancelled: bool
    changed_at: datetime
    revision: int


def calendar_of(name: str, events: Iterable[Event]) -> bytes:
    """The file, in UTF-8."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{_escaped(name)}",
        *(line for event in events for line in _event(event)),
        "END:VCALENDAR",
    ]
    return b"".join(_folded(line) for line in lines)


def _event(event: Event) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{event.uid}"
    yield f"DTSTAMP:{event.changed_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"SEQUENCE:{event.revision}"
    yield f"DTSTART;VALUE=DATE:{_day(event.day)}"
    # The end is the first day that doesn't belong to it any more; the last day of the calendar has none.
    if event.day < date.max:
        yield f"DTEND;VALUE=DATE:{_day(event.day + timedelta(days=1))}"
    yield f"SUMMARY:{_escaped(event.title)}"
    if event.text:
        yield f"DESCRIPTION:{_escaped(event.text)}"
    if event.address:
        yield f"URL:{event.address}"
    yield f"STATUS:{'CANCELLED' if event.cancelled else 'CONFIRMED'}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _day(day: date) -> str:
    return f"{day.year:04}{day.month:02}{day.day:02}"


def _escaped(text: str) -> str:
    """RFC 5545, 3.3.11; signs that no text may hold are left out."""
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")
    return "".join(sign for sign in text if (sign >= " " and sign != "\x7f") or sign == "\t")


def _folded(line: str) -> bytes:
    """The line in pieces: each but the first begins with a space, and no character is cut in two."""
    pieces, room = [b""], LONGEST
    for sign in line:
        octets = sign.encode("utf-8", "replace")
        if len(pieces[-1]) + len(octets) > room:
            pieces.append(b"")
            room = LONGEST - 1
        pieces[-1] += octets
    return b"\r\n ".join(pieces) + b"\r\n"
