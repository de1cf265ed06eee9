"""Rows as CSV that a spreadsheet may open: nothing in a cell is run as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

# What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection), also behind spaces.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def csv_of(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8 with a byte-order mark, by which spreadsheets know it; numbers stay numbers, texts stay texts."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow([safe_cell(name) for name in head])
    for row in rows:
        writer.writerow([safe_cell(value) for value in row])
    return written.getvalue().encode("utf-8-sig", errors="replace")


def safe_cell(value: object) -> object:
    """A text that a spreadsheet would run gets an apostrophe before it, which spreadsheets hide."""
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return value
    text = str(value).replace("\x00", "")
    return f"'{text}" if text.lstrip(" \u00a0").startswith(_FORMULA) or text.startswith(_FORMULA) else text
