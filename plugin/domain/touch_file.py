"""A file of touches as people have it: any of three separators, two encodings, English or French names of columns.

Whatever is wrong is told with its line; the rows around it are read. Nothing here knows which deals there are.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from unicodedata import combining, normalize

from plugin.domain.typed_text import tidy

MOST_ROWS = 50_000
# More rows than that can't be taken apart: the file is none of ours.
MOST_TORN = 100
# Control characters that begin pictures and archives.
NEVER_IN_A_HEADER = frozenset(range(32)) - frozenset(b"\t\v\f\r")
SEPARATORS = (",", ";", "\t")
# What each of our columns may be called, without accents, capitals and signs.
NAMES = {
    "deal": ("deal", "deal id", "deal name", "opportunity", "affaire", "opportunite", "transaction", "id affaire"),
    "email": ("email", "e mail", "contact", "contact email", "courriel", "adresse e mail", "mail"),
    "at": ("at", "date", "day", "when", "timestamp", "jour", "quand", "date du contact"),
    "channel": ("channel", "medium", "utm medium", "canal"),
    "source": ("source", "utm source", "origine"),
    "campaign": ("campaign", "utm campaign", "campagne"),
    "touchpoint": ("touchpoint", "touch point", "place", "page", "point de contact", "lieu"),
    "kind": ("kind", "type", "action", "event", "genre", "nature", "evenement"),
}
LONGEST = {"deal": 1_000, "email": 254, "channel": 120, "source": 255, "campaign": 255, "touchpoint": 120, "kind": 60}


class DateOrder(StrEnum):
    """How a file writes days that are not ISO 8601."""

    ISO = "iso"
    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


class Wrong(StrEnum):
    """What is wrong with a row, or (the first ones) with the whole file."""

    EMPTY_FILE = "empty_file"
    NOT_TEXT = "not_text"
    NO_DEAL_COLUMN = "no_deal_column"
    NO_CHANNEL_COLUMN = "no_channel_column"
    TWICE = "twice"
    TOO_MANY_ROWS = "too_many_rows"
    TORN = "torn"
    NO_DEAL = "no_deal"
    NO_CHANNEL = "no_channel"
    NOT_A_DATE = "not_a_date"
    TOO_LONG = "too_long"
    UNKNOWN_DEAL = "unknown_deal"
    SEVERAL_DEALS = "several_deals"


@dataclass(frozen=True, slots=True)
class RowFault:
    """``line`` counts from 1; ``column`` is what the file calls it, ``value`` what stands there."""

    line: int
    wrong: Wrong
    column: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class TouchRow:
    """One touch. ``deal`` and ``email`` are what the file says of whose it is; one of the two may be empty."""

    line: int
    deal: str
    email: str
    at: datetime | None
    channel: str
    source: str = ""
    campaign: str = ""
    touchpoint: str = ""
    kind: str = ""


@dataclass(slots=True)
class TouchFile:
    """What was read. ``broken``: why there are no rows at all; ``ignored`` are columns that mean nothing to us."""

    rows: list[TouchRow] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)
    broken: RowFault | None = None
    ignored: list[str] = field(default_factory=list)


def read_touch_file(data: bytes, order: DateOrder, zone: tzinfo = UTC) -> TouchFile:
    """``zone`` is meant where a time names none; a day is its midnight in UTC."""
    found = TouchFile()
    text = _text(data)
    if text is None:
        found.broken = RowFault(1, Wrong.NOT_TEXT)
        return found
    lines = io.StringIO(text, newline="").readlines()
    start = next((number for number, line in enumerate(lines) if line.strip(" \t\r\n,;")), None)
    if start is None:
        found.broken = RowFault(1, Wrong.EMPTY_FILE)
        return found
    separator = _separator(lines[start])
    header = next(csv.reader([lines[start]], delimiter=separator), [])
    columns = _columns(header, start + 1, found)
    for line, cells in _records(_Lines(lines, start + 1), separator, found) if not found.broken else ():
        if len(found.rows) == MOST_ROWS:
            found.faults.append(RowFault(line, Wrong.TOO_MANY_ROWS, value=str(MOST_ROWS)))
            break
        row = _row(line, cells, columns, header, order, zone, found)
        if row:
            found.rows.append(row)
    return found


def _text(data: bytes) -> str | None:
    """UTF-8 with or without its mark, else what a French or English Windows writes; None for what is no text."""
    header = data.partition(b"\n")[0]
    if b"\0" in data or header.startswith(b"%PDF-") or not NEVER_IN_A_HEADER.isdisjoint(header):
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Five bytes mean nothing there.
        return data.decode("cp1252", errors="replace")


def _separator(header: str) -> str:
    return max(SEPARATORS, key=header.count)


def _columns(header: Sequence[str], line: int, found: TouchFile) -> dict[str, int]:
    """The place of each of our columns."""
    columns: dict[str, int] = {}
    for place, name in enumerate(header):
        ours = next((key for key, known in NAMES.items() if _plain(name) in known), None)
        if ours in columns:
            found.broken = RowFault(line, Wrong.TWICE, tidy(name))
        elif ours:
            columns[ours] = place
        elif name.strip():
            found.ignored.append(tidy(name)[:60])
    if not columns.keys() & {"deal", "email"}:
        found.broken = RowFault(line, Wrong.NO_DEAL_COLUMN, value=", ".join(found.ignored)[:200])
    elif "channel" not in columns:
        found.broken = RowFault(line, Wrong.NO_CHANNEL_COLUMN, value=", ".join(found.ignored)[:200])
    return columns


def _plain(name: str) -> str:
    letters = "".join(sign for sign in normalize("NFKD", name.casefold()) if not combining(sign))
    return " ".join(re.findall(r"[a-z0-9]+", letters))


class _Lines:
    """Lines that ``csv.reader`` can be sent back on: a quote that is never closed must not cost the rows after it."""

    def __init__(self, lines: Sequence[str], read: int) -> None:
        self.lines, self.read = lines, read

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.read >= len(self.lines):
            raise StopIteration
        self.read += 1
        return self.lines[self.read - 1]


def _records(lines: _Lines, separator: str, found: TouchFile) -> Iterator[tuple[int, list[str]]]:
    """Records with the line at which each begins."""
    reader, torn = csv.reader(lines, delimiter=separator, strict=True), 0
    while True:
        line = lines.read + 1
        try:
            cells = next(reader, None)
        except csv.Error:
            found.faults.append(RowFault(line, Wrong.TORN))
            lines.read, torn = line, torn + 1
            if torn > MOST_TORN:
                found.broken = RowFault(line, Wrong.TORN)
                return
            continue
        if cells is None:
            return
        yield line, cells


def _row(
    line: int,
    cells: Sequence[str],
    columns: dict[str, int],
    header: Sequence[str],
    order: DateOrder,
    zone: tzinfo,
    found: TouchFile,
) -> TouchRow | None:
    said = {key: tidy(cells[place]) if place < len(cells) else "" for key, place in columns.items()}
    if not any(said.values()):
        return None
    faults = list(_faults(line, said, {key: tidy(header[place]) for key, place in columns.items()}))
    try:
        at = _instant(said.pop("at", ""), order, zone)
    except ValueError as error:
        faults.append(RowFault(line, Wrong.NOT_A_DATE, tidy(header[columns["at"]]), str(error)[:60]))
        at = None
    found.faults += faults
    return None if faults else TouchRow(line, said.pop("deal", ""), said.pop("email", ""), at, **said)


def _faults(line: int, said: dict[str, str], names: dict[str, str]) -> Iterator[RowFault]:
    if not said.get("deal") and not said.get("email"):
        yield RowFault(line, Wrong.NO_DEAL)
    if not said["channel"]:
        yield RowFault(line, Wrong.NO_CHANNEL, names["channel"])
    for key, most in LONGEST.items():
        if len(said.get(key, "")) > most:
            yield RowFault(line, Wrong.TOO_LONG, names[key], str(most))


def _instant(text: str, order: DateOrder, zone: tzinfo) -> datetime | None:
    """ValueError, with the text, on what is no instant of that form."""
    if not text:
        return None
    try:
        parsed, is_day = _iso(text) if order is DateOrder.ISO or text[:4].isdecimal() else _ordered(text, order)
        at = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC if is_day else zone)
        return at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(text) from error


def _iso(text: str) -> tuple[datetime, bool]:
    return datetime.fromisoformat(text), len(text) <= len("2026-03-31")


def _ordered(text: str, order: DateOrder) -> tuple[datetime, bool]:
    """``31/03/2026`` or ``3.31.2026``, and a time behind it."""
    found = re.fullmatch(
        r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[ T,]+(\d{1,2})[:h](\d{2})(?::(\d{2}))?)?", text, re.ASCII
    )
    if not found:
        raise ValueError(text)
    one, two, year, hour, minute, second = (int(part or 0) for part in found.groups())
    day, month = (one, two) if order is DateOrder.DAY_FIRST else (two, one)
    return datetime(year, month, day, hour, minute, second), found[4] is None
