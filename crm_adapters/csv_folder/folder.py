"""A folder's files, translated to our columns: what the mapping renames, fixes and joins is done here."""

from __future__ import annotations

from collections.abc import Mapping as Values
from dataclasses import dataclass, field
from pathlib import Path

from crm_adapters.csv_folder.mapping import FileMapping, Join, Mapping
from crm_adapters.csv_folder.tables import Row, Table, read_table
from crm_adapters.port import Fault

STAGE_COLUMNS = ("pipeline", "stage", "outcome")
MEETING_COLUMNS = ("id", "deal", "starts_at", "state")
WORDS_COLUMNS = ("meeting", "text")


@dataclass(frozen=True, slots=True)
class Record:
    """A row in our columns. ``names`` is what its file calls them, for the words of a fault."""

    row: Row
    cells: dict[str, str]
    names: Values[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def fault(self, column: str, message: str) -> Fault:
        return self.row.fault(self.names.get(column, column), message)


@dataclass(slots=True)
class Folder:
    """Everything read: records by file, rows that could not be taken apart, and what makes the source unreadable."""

    stages: list[Record] = field(default_factory=list)
    deals: list[Record] = field(default_factory=list)
    moves: list[Record] = field(default_factory=list)
    meetings: list[Record] = field(default_factory=list)
    words: list[Record] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    broken: list[Fault] = field(default_factory=list)


def read_folder(path: Path, mapping: Mapping) -> Folder:
    reader = _Reader(path, mapping)
    folder = reader.folder
    if not path.is_dir():
        folder.broken.append(Fault(str(path), "the folder is missing: connect it anew under its new place"))
        return folder
    folder.stages = reader.stages()
    deals = reader.table(mapping.deals.file, [mapping.deals.column("id"), *_used(mapping.deals, mapping)])
    folder.deals = reader.translated(deals, mapping.deals)
    folder.moves = reader.wide(deals) if mapping.wide is not None else reader.moves()
    folder.meetings = reader.optional("meetings.csv", MEETING_COLUMNS)
    folder.words = reader.optional("words.csv", WORDS_COLUMNS)
    return folder


def _used(file: FileMapping, mapping: Mapping) -> list[str]:
    """Columns of the file that the mapping names: they must be there."""
    joined = [join.on for join in file.joins.values()]
    wide = [name for move in mapping.wide or () for name in (move.date, *move.when) if name]
    return [*sorted(file.own_columns), *joined, *(wide if file is mapping.deals else ())]


@dataclass
class _Reader:
    path: Path
    mapping: Mapping
    folder: Folder = field(default_factory=Folder)

    def table(self, file: str, required: list[str]) -> Table:
        unique = list(dict.fromkeys(required))
        table = read_table(self.path / file, unique, self.mapping.delimiter, self.mapping.encoding)
        self.folder.faults += table.faults
        self.folder.broken += table.broken
        return table

    def stages(self) -> list[Record]:
        if self.mapping.stages is None:
            return _plain(self.table("stages.csv", list(STAGE_COLUMNS)))
        inline = [
            {"position": str(position), **stage, "stage": stage.get("key", "")}
            for position, stage in enumerate(self.mapping.stages, 1)
        ]
        constant = self.mapping.deals.constants.get("pipeline", "")
        rows = [Row("mapping.yaml", 1, {"pipeline": constant, "outcome": "open", **stage}) for stage in inline]
        return [Record(row, row.cells, {}) for row in rows]

    def moves(self) -> list[Record]:
        moves = self.mapping.moves
        required = [moves.column(name) for name in ("deal", "stage", "at") if name not in moves.constants]
        return self.translated(self.table(moves.file, [*required, *_used(moves, self.mapping)]), moves)

    def wide(self, deals: Table) -> list[Record]:
        """The moves that the columns of the deals' own rows hold, in the order in which the mapping lists them."""
        deal_column = self.mapping.deals.column("id")
        return [
            Record(
                row,
                {
                    "deal": row.cells.get(deal_column, ""),
                    "stage": move.stage,
                    "at": row.cells.get(move.date or "", ""),
                    "dated": move.date or "",
                    **self.mapping.moves.constants,
                },
                {"at": move.date or "at", "deal": deal_column},
            )
            for row in deals.rows
            for move in self.mapping.wide or ()
            if move.fits(row.cells)
        ]

    def translated(self, table: Table, file: FileMapping) -> list[Record]:
        joined = {name: self._joined(join) for name, join in file.joins.items()}
        return [self._record(row, file, joined) for row in table.rows]

    def _record(self, row: Row, file: FileMapping, joined: dict[str, dict[str, Row]]) -> Record:
        cells = {**row.cells, **file.constants}
        for ours, theirs in file.columns.items():
            name, _, column = theirs.partition(".")
            if name in joined and column:
                other = joined[name].get(row.cells.get(file.joins[name].on, ""))
                cells[ours] = other.cells.get(column, "") if other else ""
            else:
                cells[ours] = row.cells.get(theirs, "")
        return Record(row, cells, file.columns)

    def _joined(self, join: Join) -> dict[str, Row]:
        table = self.table(join.file, [join.key])
        return {row.cells[join.key]: row for row in reversed(table.rows)}

    def optional(self, file: str, required: tuple[str, ...]) -> list[Record]:
        """Files that a folder may lack. They are ours: no mapping renames them."""
        return _plain(self.table(file, list(required))) if (self.path / file).exists() else []


def _plain(table: Table) -> list[Record]:
    return [Record(row, row.cells, {}) for row in table.rows]
