"""``mapping.yaml``: how somebody else's export says what our files say. Checked whole: all its faults at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path

from crm_adapters.csv_folder.nodes import Node, load
from crm_adapters.csv_folder.values import Times
from crm_adapters.port import Fault, StageOutcome

ENCODINGS = ("utf-8", "windows-1252")
DELIMITERS = (",", ";", "\t", "|")
PEOPLE = ("owner", "owner_email", "company", "contact", "email")
DEALS = ("id", "name", "pipeline", *PEOPLE, "amount", "currency", "source", "persona", "created_at")
MOVES = ("deal", "stage", "at", "actor_kind", "actor")
STAGE = ("key", "label", "outcome", "buyer_stage", "pipeline", "position")


@dataclass(frozen=True, slots=True)
class Join:
    """A second file: its row whose ``key`` column equals the ``on`` column of ours."""

    file: str
    on: str
    key: str


@dataclass(frozen=True, slots=True)
class WideMove:
    """A move that a wide table holds: into ``stage`` at the ``date`` column, for rows where every ``when`` fits.

    Without a ``date`` the start is unknown.
    """

    stage: str
    date: str | None
    when: dict[str, tuple[str, ...]]

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
    decimal_comma: bool = False

    def column(self, ours: str) -> str:
        """What the file calls our column."""
        return self.columns.get(ours, ours)

    @property
    def own_columns(self) -> set[str]:
        """The columns of the file itself that are named here."""
        return {name for name in self.columns.values() if "." not in name or name.split(".")[0] not in self.joins}


@dataclass(frozen=True, slots=True)
class Mapping:
    """Everything that a folder says about itself; the defaults read our own format."""

    encoding: str = "utf-8"
    delimiter: str = ","
    zone: tzinfo | None = None
    stages: tuple[dict[str, str], ...] | None = None
    deals: FileMapping = field(default_factory=lambda: FileMapping("deals.csv"))
    moves: FileMapping = field(default_factory=lambda: FileMapping("stage_moves.csv"))
    wide: tuple[WideMove, ...] | None = None

    def times(self, file: FileMapping) -> Times:
        return Times(file.date_format, self.zone)


def read_mapping(path: Path) -> tuple[Mapping, list[Fault]]:
    """The mapping and all that is wrong with it; with faults, the mapping is not to be used."""
    faults: list[Fault] = []
    root = load(path, faults)
    mapping = _mapping(root) if root else Mapping()
    return mapping, sorted(faults, key=lambda fault: fault.line or 0)


def _mapping(root: Node) -> Mapping:
    parts = root.fields(("encoding", "delimiter", "time_zone", "stages", "deals", "moves"))
    ours = Mapping()
    deals = _file(parts["deals"], "deals.csv", DEALS) if "deals" in parts else ours.deals
    moves, wide = ours.moves, None
    if "moves" in parts:
        wide = _wide(parts["moves"])
        default = deals.file if wide is not None else "stage_moves.csv"
        moves = _file(parts["moves"], default, MOVES, ("wide",))
    stages = tuple(_stage(one) for one in parts["stages"].items()) if "stages" in parts else None
    if wide and stages is not None:
        _check_stages(parts["moves"], wide, {stage["key"] for stage in stages if "key" in stage})
    return Mapping(
        encoding=parts["encoding"].choice(ENCODINGS) if "encoding" in parts else "utf-8",
        delimiter=parts["delimiter"].choice(DELIMITERS) if "delimiter" in parts else ",",
        zone=parts["time_zone"].zone() if "time_zone" in parts else None,
        stages=stages,
        deals=deals,
        moves=moves,
        wide=wide,
    )


def _file(node: Node, default: str, known: tuple[str, ...], more: tuple[str, ...] = ()) -> FileMapping:
    parts = node.fields(("file", "columns", "constants", "date_format", "decimal_comma", "join", *more))
    joins = {name: _join(one) for name, one in parts["join"].fields().items()} if "join" in parts else {}
    columns = _texts(parts.get("columns"), known)
    return FileMapping(
        file=parts["file"].text() if "file" in parts else default,
        columns=columns,
        constants=_texts(parts.get("constants"), known),
        joins=joins,
        date_format=parts["date_format"].date_format() if "date_format" in parts else None,
        decimal_comma="decimal_comma" in parts and parts["decimal_comma"].choice(("true", "false")) == "true",
    )


def _texts(node: Node | None, known: tuple[str, ...]) -> dict[str, str]:
    return {name: one.text() for name, one in node.fields(known).items()} if node else {}


def _join(node: Node) -> Join:
    parts = node.fields(("file", "on", "key"), required=("file", "on", "key"))
    return Join(*(parts[name].text() if name in parts else "" for name in ("file", "on", "key")))


def _wide(node: Node) -> tuple[WideMove, ...] | None:
    parts = node.fields(None)
    return tuple(_wide_move(one) for one in parts["wide"].items()) if "wide" in parts else None


def _wide_move(node: Node) -> WideMove:
    parts = node.fields(("stage", "date", "when"), required=("stage",))
    when = parts["when"].fields() if "when" in parts else {}
    return WideMove(
        stage=parts["stage"].text() if "stage" in parts else "",
        date=parts["date"].text() if "date" in parts else None,
        when={column: one.one_or_more() for column, one in when.items()},
    )


def _stage(node: Node) -> dict[str, str]:
    parts = node.fields(STAGE, required=("key",))
    if "outcome" in parts:
        parts["outcome"].choice(tuple(StageOutcome))
    return {name: one.text(empty=True) for name, one in parts.items()}


def _check_stages(node: Node, wide: tuple[WideMove, ...], keys: set[str]) -> None:
    for one in wide:
        if one.stage and one.stage not in keys:
            node.note(f"the stage {one.stage!r} is not among stages: add it there")
