"""A CSV file's bytes as rows that know their line. What is wrong with a file is told; nothing raises."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from crm_adapters.port import Fault

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True, slots=True)
class Row:
    """One record. ``line`` is where it begins, from 1; cells are stripped of white space around them."""

    file: str
    line: int
    cells: dict[str, str]

    def fault(self, column: str | None, message: str) -> Fault:
        return Fault(self.file, message, self.line, column)


@dataclass(slots=True)
class Table:
    """A file's rows; ``faults`` are rows that could not be taken apart, ``broken`` why there are no rows at all.

    ``torn`` holds what is sure of each row that could not be taken apart: its first cell, unless a quote is in it.
    """

    file: str
    rows: list[Row] = field(default_factory=list)
    torn: list[dict[str, str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    broken: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a folder's files are written."""

    encoding: str = "utf-8"
    delimiter: str = ","


def read_table(file: str, data: bytes, required: Sequence[str], known: Iterable[str], dialect: Dialect) -> Table:
    """``required`` columns must stand in the header; of these and the ``known`` ones, each once at most."""
    table = Table(file)
    text = _text(data, dialect.encoding, table)
    lines = _Lines(text)
    header = _header(lines, dialect.delimiter, table)
    if header is None:
        return table
    line, names = header
    missing = [name for name in required if name not in names]
    if missing:
        table.broken.append(Fault(file, _missing(missing, names, dialect.delimiter), line))
    for name in dict.fromkeys([*required, *known]):
        if names.count(name) > 1:
            table.broken.append(Fault(file, "the header names this column twice: rename one of them", line, name))
    if not table.broken:
        _take_rows(lines, names, dialect.delimiter, table)
    return table


def _text(data: bytes, encoding: str, table: Table) -> str:
    try:
        # A byte-order mark is never part of the first column's name.
        return data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = f"byte 0x{data[error.start]:02x} is not {encoding}"
        mend = "save the file as UTF-8, or name its encoding in mapping.yaml"
        table.broken.append(Fault(table.file, f"{byte}: {mend}", line))
        return ""


class _Lines:
    """Lines that ``csv.reader`` can be sent back on: a quote that is never closed must not cost the rows after it."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text, newline="").readlines()
        self.next = 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.next > len(self._lines):
            raise StopIteration
        self.next += 1
        return self.at(self.next - 1)

    def at(self, number: int) -> str:
        return self._lines[number - 1]


def _header(lines: _Lines, delimiter: str, table: Table) -> tuple[int, list[str]] | None:
    """The first line that is not blank, and what it names; None, with the reason noted, where nothing is named."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while not table.broken:
        line = lines.next
        try:
            names = next(reader, None)
        except csv.Error as error:
            table.broken.append(Fault(table.file, f"the header can't be taken apart ({error}): check its quotes", line))
            return None
        if names is None:
            table.broken.append(Fault(table.file, "the file is empty: its first line must name the columns", 1))
        elif any(name.strip() for name in names):
            return line, [name.strip() for name in names]
    return None


def _missing(missing: Sequence[str], names: Sequence[str], delimiter: str) -> str:
    message = f"the header lacks {', '.join(missing)}"
    other = next((mark for mark in SEPARATORS if mark != delimiter and mark in "".join(names)), None)
    if len(names) == 1 and other:
        return f"{message}: the file seems to be separated by {SEPARATORS[other]}, so say delimiter in mapping.yaml"
    return f"{message}: add it, or rename a column in mapping.yaml"


def _take_rows(lines: _Lines, names: list[str], delimiter: str, table: Table) -> None:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = lines.next
        try:
            cells = next(reader, None)
        except csv.Error as error:
            first = lines.at(line).split(delimiter)[0].strip()
            sure = {} if '"' in first else {names[0]: first}
            _tear(table, line, sure, f"this row can't be taken apart ({error}): check its quotes")
            lines.next = line + 1
            continue
        if cells is None:
            return
        cells = [cell.strip() for cell in cells]
        if message := _wrong_with(cells, len(names)):
            _tear(table, line, {names[0]: cells[0]}, message)
            lines.next = line + 1
        elif any(cells):
            table.rows.append(Row(table.file, line, dict(zip(names, cells, strict=False))))


def _wrong_with(cells: list[str], columns: int) -> str | None:
    if not any(cells):
        return None
    if len(cells) < columns or any(cells[columns:]):
        return f"the row has {len(cells)} values where the header names {columns} columns"
    if any("\0" in cell for cell in cells):
        return "the row holds a NUL character: remove it"
    return None


def _tear(table: Table, line: int, sure: dict[str, str], message: str) -> None:
    table.faults.append(Fault(table.file, message, line))
    table.torn.append(sure)
