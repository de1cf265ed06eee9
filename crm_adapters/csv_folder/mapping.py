"""``mapping.yaml``: how somebody else's export says what our files say. Checked whole: all its faults at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from enum import StrEnum
from pathlib import Path

from crm_adapters.csv_folder.nodes import Node, load
from crm_adapters.csv_folder.tables import Dialect
from crm_adapters.csv_folder.values import Numbers, Times
from crm_adapters.port import CrmStage, Fault, StageOutcome

ENCODINGS = ("utf-8", "utf-8-sig", "windows-1252")
DECIMALS = (".", ",")
THOUSANDS = ("", ",", ".", " ", "'")
OUTCOMES = tuple(one.value for one in StageOutcome)
DEALS = (
    "id", "name", "pipeline", "owner", "owner_email", "company", "contact", "email", "amount", "currency", "source",
    "persona", "created_at",
)  # fmt: skip
ACTORS = ("actor_kind", "actor")
MOVES = ("deal", "stage", "at", *ACTORS)
STAGE = ("key", "label", "outcome", "buyer_stage", "pipeline", "position")
JOIN = ("file", "on", "key")
FILE = ("file", "columns", "constants", "join", "date_format")
DEFAULT_PIPELINE = "default"
POSITIONS = (-10_000, 10_000)

Stages = tuple[tuple[str, CrmStage], ...]


@dataclass(frozen=True, slots=True)
class Join:
    """A second file: its row whose ``key`` column equals the ``on`` column of ours."""

    file: str
    on: str
    key: str


class Empty(StrEnum):
    """What an empty cell of a wide table's date column means."""

    NO_MOVE = "no_move"
    UNKNOWN_START = "unknown_start"
    FAULT = "fault"


EMPTY = tuple(one.value for one in Empty)


@dataclass(frozen=True, slots=True)
class WideMove:
    """A move that a wide table holds: into ``stage`` at the ``date`` column, for rows where every ``when`` fits.

    Without a ``date`` the start is unknown.
    """

    stage: str
    date: str | None
    when: dict[str, tuple[str, ...]]
    if_empty: Empty

    def fits(self, cells: dict[str, str]) -> bool:
        return all(cells.get(column, "") in values for column, values in self.when.items())


@dataclass(frozen=True, slots=True)
class FileMapping:
    """Where our columns come from: ``columns`` names theirs (``join.column`` in a joined file)."""

    file: str
    columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    joins: dict[str, Join] = field(default_factory=dict)
    date_format: str | None = None

    def column(self, ours: str) -> str:
        """What the file calls our column."""
        return self.columns.get(ours, ours)

    def joined(self, theirs: str) -> tuple[str, str] | None:
        """(join, column) of a name such as ``accounts.sector``; None for a column of the file itself."""
        name, _, column = theirs.partition(".")
        return (name, column) if name in self.joins and column else None

    @property
    def own_columns(self) -> list[str]:
        """The columns of the file itself that are named here: it must have them."""
        named = [name for name in self.columns.values() if not self.joined(name)]
        return [*named, *(join.on for join in self.joins.values())]


@dataclass(frozen=True, slots=True)
class Mapping:
    """Everything that a folder says about itself; the defaults read our own format.

    ``stages`` are pairs of a pipeline and a stage of it.
    """

    dialect: Dialect = field(default_factory=Dialect)
    zone: tzinfo | None = None
    numbers: Numbers = field(default_factory=Numbers)
    stages: Stages | None = None
    deals: FileMapping = field(default_factory=lambda: FileMapping("deals.csv"))
    moves: FileMapping = field(default_factory=lambda: FileMapping("stage_moves.csv"))
    wide: tuple[WideMove, ...] | None = None

    def times(self, file: FileMapping | None = None) -> Times:
        return Times(file.date_format if file else None, self.zone)


def read_mapping(path: Path) -> tuple[bytes, Mapping, list[Fault]]:
    """The file's bytes, the mapping and all that is wrong with it; with faults, the mapping is not to be used."""
    faults: list[Fault] = []
    data, root = load(path, faults)
    mapping = _mapping(root) if root else Mapping()
    return data, mapping, sorted(faults, key=lambda fault: fault.line or 0)


def _mapping(root: Node) -> Mapping:
    parts = root.fields(("encoding", "delimiter", "time_zone", "stages", "deals", "moves"))
    ours = Mapping()
    deals, numbers = _deals(parts["deals"]) if "deals" in parts else (ours.deals, ours.numbers)
    pipeline = deals.constants.get("pipeline") or DEFAULT_PIPELINE
    stages = _stages(parts["stages"], pipeline) if "stages" in parts else None
    moves, wide = _moves(parts["moves"], stages) if "moves" in parts else (ours.moves, None)
    return Mapping(
        dialect=Dialect(
            encoding=parts["encoding"].choice(ENCODINGS) if "encoding" in parts else ours.dialect.encoding,
            delimiter=parts["delimiter"].delimiter() if "delimiter" in parts else ours.dialect.delimiter,
        ),
        zone=parts["time_zone"].zone() if "time_zone" in parts else None,
        numbers=numbers,
        stages=stages,
        deals=deals,
        moves=moves,
        wide=wide,
    )


def _stages(node: Node, pipeline: str) -> Stages:
    """The stages that are said in the mapping itself; one that names no pipeline is in ``pipeline``."""
    found: dict[tuple[str, str], CrmStage] = {}
    for position, one in enumerate(node.items(), 1):
        parts = one.fields(STAGE, required=("key",))
        key = parts["key"].text() if "key" in parts else ""
        where = parts["pipeline"].text() if "pipeline" in parts else pipeline
        if (where, key) in found:
            one.note(f"the stage {key!r} stands twice in the pipeline {where!r}: keep one of them")
        outcome = StageOutcome(parts["outcome"].choice(OUTCOMES) if "outcome" in parts else StageOutcome.OPEN)
        buyer_stage = parts["buyer_stage"].text(empty=True) if "buyer_stage" in parts else ""
        found[where, key] = CrmStage(
            id=key,
            label=parts["label"].text() if "label" in parts else key,
            position=parts["position"].whole(*POSITIONS) if "position" in parts else position,
            outcome=outcome,
            buyer_stage=buyer_stage or None if outcome is StageOutcome.OPEN else None,
        )
    return tuple((where, stage) for (where, _), stage in found.items())


def _deals(node: Node) -> tuple[FileMapping, Numbers]:
    parts = node.fields((*FILE, "decimal", "thousands"))
    decimal = parts["decimal"].choice(DECIMALS) if "decimal" in parts else "."
    thousands = parts["thousands"].choice(THOUSANDS) if "thousands" in parts else ""
    if decimal == thousands:
        parts["thousands"].note(
            f"{thousands!r} is the decimal mark too: say which of the two the file writes otherwise"
        )
    # An id that is the same for all deals is none.
    return _file(parts, "deals.csv", DEALS, DEALS[1:]), Numbers(decimal, thousands)


def _moves(node: Node, stages: Stages | None) -> tuple[FileMapping, tuple[WideMove, ...] | None]:
    parts = node.fields((*FILE, "wide"))
    if "wide" not in parts:
        return _file(parts, "stage_moves.csv", MOVES, ("stage", *ACTORS)), None
    for name in ("file", "columns", "join"):
        if name in parts:
            parts[name].note(f"{name} does not go with wide, whose moves stand in the rows of deals: take it out")
    # Stages that could not be read have been told; their moves are not at fault.
    keys = {stage.id for _, stage in stages} if stages else None
    return _file(parts, "", (), ACTORS), tuple(_wide_move(one, keys) for one in parts["wide"].items())


def _wide_move(node: Node, stages: set[str] | None) -> WideMove:
    parts = node.fields(("stage", "date", "when", "if_empty"), required=("stage",))
    stage = parts["stage"].text() if "stage" in parts else ""
    if stage and stages is not None and stage not in stages:
        parts["stage"].note(f"the stage {stage!r} is not among stages: add it there")
    if "if_empty" in parts and "date" not in parts:
        parts["if_empty"].note("if_empty says what an empty date means: name the column as date, or take it out")
    when = parts["when"].fields() if "when" in parts else {}
    return WideMove(
        stage=stage,
        date=parts["date"].text() if "date" in parts else None,
        when={column: one.one_or_more() for column, one in when.items()},
        # A row that fits a condition says that the deal came this far; then the day is missing.
        if_empty=Empty(parts["if_empty"].choice(EMPTY))
        if "if_empty" in parts
        else Empty.FAULT
        if when
        else Empty.NO_MOVE,
    )


def _file(parts: dict[str, Node], default: str, columns: Sequence[str], constants: Sequence[str]) -> FileMapping:
    fixed = _texts(parts.get("constants"), constants, empty=True)
    named = _texts(parts.get("columns"), columns)
    for name in fixed.keys() & named.keys():
        parts["constants"].note(f"{name} is among the columns too: keep one of them")
    joins = parts["join"].fields() if "join" in parts else {}
    return FileMapping(
        file=parts["file"].file_name() if "file" in parts else default,
        columns=named,
        constants=fixed,
        joins={name: _join(one) for name, one in joins.items()},
        date_format=parts["date_format"].date_format() if "date_format" in parts else None,
    )


def _texts(node: Node | None, known: Sequence[str], empty: bool = False) -> dict[str, str]:
    return {name: one.text(empty) for name, one in node.fields(known).items()} if node else {}


def _join(node: Node) -> Join:
    parts = node.fields(JOIN, required=JOIN)
    return Join(
        file=parts["file"].file_name() if "file" in parts else "",
        on=parts["on"].text() if "on" in parts else "",
        key=parts["key"].text() if "key" in parts else "",
    )
