"""Rows as CSV that a spreadsheet may open: nothing in a cell is run as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import IO

# What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection), also behind spaces.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def csv_of(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """What ``write_csv`` writes."""
    written = io.BytesIO()
    write_csv(written, head, rows)
    return written.getvalue()


def write_csv(target: IO[bytes], head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """UTF-8 with a byte-order mark, by which spreadsheets know it; numbers stay numbers, texts stay texts."""
    text = io.TextIOWrapper(target, encoding="utf-8-sig", errors="replace", newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow([safe_cell(name) for name in head])
    for row in rows:
        writer.writerow([safe_cell(value) for value in row])
    text.flush()
    text.detach()


def safe_cell(value: object) -> object:
    """A text that a spreadsheet would run gets an apostrophe before it, which spreadsheets hide."""
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return value
    text = str(value).replace("\x00", "")
    return f"'{text}" if text.lstrip(" \u00a0").startswith(_FORMULA) or text.startswith(_FORMULA) else text
