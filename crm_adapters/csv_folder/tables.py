"""CSV files as rows that know their line; everything that is wrong with a file is told, nothing raises."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from crm_adapters.port import Fault

# A cell of more than this is no cell of a deal; it is a quote that was never closed.
LONGEST_CELL = 1_000_000
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}

csv.field_size_limit(LONGEST_CELL)


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
    """A file's rows; ``faults`` are rows that could not be taken apart, ``broken`` why there are no rows at all."""

    file: str
    header: tuple[str, ...] = ()
    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    broken: list[Fault] = field(default_factory=list)


def read_table(path: Path, required: Iterable[str], delimiter: str = ",", encoding: str = "utf-8") -> Table:
    """Read a file whole. ``required`` columns must stand in its header."""
    table = Table(path.name)
    text = _text(path, encoding, table)
    if text is None:
        return table
    records = _records(text, delimiter, table)
    first = next(records, None)
    if first is None:
        table.broken = table.broken or [Fault(path.name, "the file is empty: its first line must name the columns", 1)]
        return table
    table.header = tuple(name.strip() for name in first[1])
    table.broken += _faults_of_header(table, required, delimiter)
    if not table.broken:
        _take_rows(records, table)
    return table


def _text(path: Path, encoding: str, table: Table) -> str | None:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        table.broken.append(Fault(path.name, f"the file is missing: put it into {path.parent}"))
        return None
    except OSError as error:
        table.broken.append(Fault(path.name, f"the file can't be read: {error.strerror}"))
        return None
    try:
        # A byte-order mark is never part of the first column's name.
        return data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = f"byte 0x{data[error.start]:02x} is not {encoding}"
        mend = "save the file as UTF-8, or name its encoding in mapping.yaml"
        table.broken.append(Fault(path.name, f"{byte}: {mend}", line))
        return None


def _records(text: str, delimiter: str, table: Table) -> Iterator[tuple[int, list[str]]]:
    """Records that are not blank, each with the line on which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            table.faults.append(Fault(table.file, f"this row can't be taken apart ({error}): check its quotes", line))
            line = reader.line_num + 1
            continue
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield line, cells
        line = reader.line_num + 1


def _faults_of_header(table: Table, required: Iterable[str], delimiter: str) -> list[Fault]:
    missing = [name for name in required if name not in table.header]
    twice = sorted({name for name in table.header if name and table.header.count(name) > 1})
    faults = [Fault(table.file, f"the column is named twice: {name}", 1, name) for name in twice]
    if missing:
        faults.append(Fault(table.file, _missing(table, missing, delimiter), 1))
    return faults


def _missing(table: Table, missing: list[str], delimiter: str) -> str:
    message = f"the header lacks {', '.join(missing)}"
    other = next((mark for mark in SEPARATORS if mark != delimiter and mark in "".join(table.header)), None)
    if len(table.header) == 1 and other:
        return f"{message}: the file seems to be separated by {SEPARATORS[other]}, so say delimiter in mapping.yaml"
    return f"{message}: add it, or rename a column in mapping.yaml"


def _take_rows(records: Iterator[tuple[int, list[str]]], table: Table) -> None:
    for line, cells in records:
        extra = [cell for cell in cells[len(table.header) :] if cell.strip()]
        if len(cells) < len(table.header) or extra:
            message = f"the row has {len(cells)} values where the header names {len(table.header)} columns"
            table.faults.append(Fault(table.file, message, line))
        elif any("\0" in cell for cell in cells):
            table.faults.append(Fault(table.file, "the row holds a NUL character: remove it", line))
        else:
            values = dict(zip(table.header, (cell.strip() for cell in cells), strict=False))
            table.rows.append(Row(table.file, line, values))
