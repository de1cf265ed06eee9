"""A folder's files, translated to our columns: what the mapping renames, fixes and joins is done here."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Values
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from crm_adapters.csv_folder.mapping import DEALS, MOVES, Empty, FileMapping, Join, Mapping, WideMove
from crm_adapters.csv_folder.tables import Row, Table, read_table
from crm_adapters.port import Fault


@dataclass(frozen=True, slots=True)
class OurFile:
    """A file of our own format, which no mapping renames."""

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...]


STAGES = OurFile("stages.csv", ("pipeline", "stage", "outcome"), ("label", "position", "buyer_stage"))
MEETINGS = OurFile(
    "meetings.csv", ("id", "deal", "starts_at", "state"), ("minutes", "title", "template", "felt", "effect")
)
TOUCHES = OurFile("touches.csv", ("deal", "at", "channel"), ("source", "campaign", "touchpoint", "kind"))
WORDS = OurFile("words.csv", ("meeting", "text"), ("said_by", "canvas", "evidence"))


@dataclass(frozen=True, slots=True)
class Record:
    """A row in our columns. ``names`` is what its file calls them, for the words of a fault."""

    row: Row
    cells: dict[str, str]
    names: Values[str, str] = field(default_factory=dict)

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def fault(self, column: str, message: str) -> Fault:
        return self.row.fault(self.names.get(column, column), message)


@dataclass(slots=True)
class Folder:
    """Everything read: records by file, rows that could not be taken apart, and what makes the source unreadable.

    ``torn`` are deals whose row could not be taken apart. ``all_named`` is False where a row does not even tell its
    deal's id: then nobody knows which deals the folder holds.
    """

    stages: list[Record] = field(default_factory=list)
    deals: list[Record] = field(default_factory=list)
    moves: list[Record] = field(default_factory=list)
    meetings: list[Record] = field(default_factory=list)
    words: list[Record] = field(default_factory=list)
    touches: list[Record] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    all_named: bool = True
    faults: list[Fault] = field(default_factory=list)
    broken: list[Fault] = field(default_factory=list)
    fingerprint: str = ""

    @property
    def deal_ids(self) -> set[str]:
        return {*self.torn, *(record["id"] for record in self.deals)}


def read_folder(path: Path, mapping: Mapping) -> Folder:
    reader = _Reader(path, mapping)
    if path.is_dir():
        reader.read()
    else:
        reader.folder.broken.append(Fault(str(path), "the folder is missing: connect it anew where it is now"))
    return reader.folder


class _Reader:
    def __init__(self, path: Path, mapping: Mapping) -> None:
        self.path = path
        self.mapping = mapping
        self.folder = Folder()
        self._digest = sha256()

    def read(self) -> None:
        folder, mapping = self.folder, self.mapping
        if mapping.stages is None:
            folder.stages = self._ours(STAGES, "add it, or list the stages in mapping.yaml")
        deals = self._table(mapping.deals, ["id", *_wide_columns(mapping.wide or ())], DEALS)
        folder.deals = self._translated(deals, mapping.deals)
        self._note_torn(deals)
        if mapping.wide is None:
            required = [name for name in ("deal", "stage", "at") if name not in mapping.moves.constants]
            folder.moves = self._translated(self._table(mapping.moves, required, MOVES), mapping.moves)
        else:
            folder.moves = list(self._wide_moves(mapping.wide))
        folder.meetings, folder.words = self._ours(MEETINGS), self._ours(WORDS)
        folder.touches = self._ours(TOUCHES)
        folder.fingerprint = self._digest.hexdigest()

    def _bytes(self, file: str, mend: str | None) -> bytes | None:
        """A file's contents; None where it can't be read, noted unless it may be missing (without a ``mend``)."""
        try:
            data = (self.path / file).read_bytes()
        except FileNotFoundError:
            if mend is not None:
                self.folder.broken.append(Fault(file, f"the file is missing: {mend}"))
            return None
        except OSError as error:
            self.folder.broken.append(Fault(file, f"the file can't be read: {error.strerror}"))
            return None
        self._digest.update(f"{file}\0{len(data)}\0".encode() + data)
        return data

    def _read(self, file: str, data: bytes, required: list[str], known: tuple[str, ...] = ()) -> Table:
        table = read_table(file, data, list(dict.fromkeys(required)), known, self.mapping.dialect)
        self.folder.faults += table.faults
        self.folder.broken += table.broken
        return table

    def _ours(self, file: OurFile, mend: str | None = None) -> list[Record]:
        data = self._bytes(file.name, mend)
        table = self._read(file.name, data, list(file.required), file.optional) if data is not None else None
        return [Record(row, row.cells) for row in table.rows] if table else []

    def _table(self, file: FileMapping, required: list[str], known: tuple[str, ...]) -> Table:
        """``required`` and ``known`` are our columns, or theirs where ours does not exist."""
        data = self._bytes(file.file, "add it, or name another one in mapping.yaml")
        if data is None:
            return Table(file.file)
        columns = [file.column(name) for name in required if not file.joined(file.column(name))]
        return self._read(file.file, data, [*columns, *file.own_columns], tuple(set(known) - file.columns.keys()))

    def _translated(self, table: Table, file: FileMapping) -> list[Record]:
        joined = {name: self._joined(name, join, file) for name, join in file.joins.items()}
        return [Record(row, _translation(row, file, joined), file.columns) for row in table.rows]

    def _joined(self, name: str, join: Join, file: FileMapping) -> dict[str, Row]:
        """Rows by their key; the first of equal keys counts, and an empty key is none."""
        data = self._bytes(join.file, "add it, or take the join out of mapping.yaml")
        if data is None:
            return {}
        wanted = [
            joined[1] for theirs in file.columns.values() if (joined := file.joined(theirs)) and joined[0] == name
        ]
        rows = self._read(join.file, data, [join.key, *wanted]).rows
        return {key: row for row in reversed(rows) if (key := row.cells[join.key])}

    def _note_torn(self, deals: Table) -> None:
        ids = [cells.get(self.mapping.deals.column("id"), "") for cells in deals.torn]
        self.folder.torn = [id_ for id_ in ids if id_]
        self.folder.all_named = all(ids) and all(record["id"] for record in self.folder.deals)

    def _wide_moves(self, wide: tuple[WideMove, ...]) -> Iterator[Record]:
        """The moves that the deals' own rows hold, in the order of the mapping; a deal's second row holds none."""
        first_rows = {record["id"]: record.row for record in reversed(self.folder.deals) if record["id"]}
        for id_, row in first_rows.items():
            for move in wide:
                at = row.cells[move.date] if move.date else ""
                if not move.fits(row.cells):
                    continue
                if at or not move.date or move.if_empty is Empty.UNKNOWN_START:
                    cells = {"deal": id_, "stage": move.stage, "at": at, **self.mapping.moves.constants}
                    yield Record(row, cells, {"at": move.date or "at"})
                elif move.if_empty is Empty.FAULT:
                    message = f"the deal came to {move.stage} on an unknown day"
                    self.folder.faults.append(
                        row.fault(move.date, f"{message}: write it, or say if_empty in mapping.yaml")
                    )


def _wide_columns(wide: tuple[WideMove, ...]) -> list[str]:
    return [name for move in wide for name in (move.date, *move.when) if name]


def _translation(row: Row, file: FileMapping, joined: dict[str, dict[str, Row]]) -> dict[str, str]:
    cells = {**row.cells, **file.constants}
    for ours, theirs in file.columns.items():
        if place := file.joined(theirs):
            name, column = place
            other = joined[name].get(row.cells.get(file.joins[name].on, ""))
            cells[ours] = other.cells[column] if other else ""
        else:
            cells[ours] = row.cells[theirs]
    return cells
