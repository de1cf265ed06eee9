"""Stages, deals and moves: records in our columns into the port's. A bad cell costs its row only."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256

from crm_adapters.csv_folder.cells import Cells
from crm_adapters.csv_folder.folder import Record
from crm_adapters.csv_folder.mapping import POSITIONS, Stages
from crm_adapters.csv_folder.values import Numbers, Times, amount, currency, instant, one_of, short, whole
from crm_adapters.port import (
    ActorKind,
    Contact,
    CrmStage,
    Deal,
    Fault,
    Owner,
    Pipeline,
    StageChange,
    StageOutcome,
    Touch,
)


def parse_stages(records: Iterable[Record], faults: list[Fault]) -> Stages:
    """Pairs of a pipeline and a stage. A stage said twice keeps its first meaning."""
    found: dict[tuple[str, str], CrmStage] = {}
    for number, record in enumerate(records, 1):
        cells = Cells(record, faults)
        pipeline, key = cells.need("pipeline", short), cells.need("stage", short)
        outcome = cells.need("outcome", lambda text: one_of(text, StageOutcome))
        position = cells.read("position", lambda text: whole(text, *POSITIONS))
        label, buyer_stage = cells.read("label", short), cells.read("buyer_stage", lambda text: short(text, 60))
        if pipeline and key and (pipeline, key) in found:
            cells.note("stage", f"the stage {key!r} stands twice in the pipeline {pipeline!r}: the first row is kept")
        if cells.ok and pipeline and key and outcome:
            meant = buyer_stage if outcome is StageOutcome.OPEN else None
            found[pipeline, key] = CrmStage(key, label or key, number if position is None else position, outcome, meant)
    return tuple((pipeline, stage) for (pipeline, _), stage in found.items())


def pipelines_of(stages: Stages) -> tuple[Pipeline, ...]:
    found: defaultdict[str, list[CrmStage]] = defaultdict(list)
    for pipeline, stage in stages:
        found[pipeline].append(stage)
    return tuple(Pipeline(key, key, tuple(some)) for key, some in found.items())


def parse_deals(
    records: Iterable[Record],
    moves: Mapping[str, Sequence[StageChange]],
    touches: Mapping[str, Sequence[Touch]],
    times: Times,
    numbers: Numbers,
    pipeline: str,
    faults: list[Fault],
) -> tuple[list[Deal], list[str]]:
    """Deals with their moves and touches, and the ids of those whose row is faulty.

    ``pipeline`` is what an empty cell means.
    """
    deals: dict[str, Deal] = {}
    unreadable: dict[str, None] = {}
    for record in records:
        cells = Cells(record, faults)
        id_ = cells.need("id", short)
        if id_ is None:
            continue
        if id_ in deals or id_ in unreadable:
            cells.note("id", f"the deal {id_!r} stands twice: the first row is kept")
            continue
        deal = _deal(cells, id_, tuple(moves.get(id_, ())), times, numbers, pipeline)
        if cells.ok:
            deals[id_] = replace(deal, touches=tuple(touches.get(id_, ())))
        else:
            unreadable[id_] = None
    return list(deals.values()), list(unreadable)


def _deal(
    cells: Cells, id_: str, moves: tuple[StageChange, ...], times: Times, numbers: Numbers, pipeline: str
) -> Deal:
    contact, email = cells.read("contact", short), cells.read("email", lambda text: short(text, 254))
    person = contact or email
    return Deal(
        id=id_,
        name=cells.read("name", lambda text: short(text, 1_000)) or id_,
        pipeline_id=cells.read("pipeline", short) or pipeline,
        moves=moves,
        owner=_owner(cells),
        company=cells.read("company", lambda text: short(text, 1_000)),
        contacts=(Contact(email or person, person, email),) if person else (),
        amount=cells.read("amount", lambda text: amount(text, numbers)),
        currency=cells.read("currency", currency),
        source=cells.read("source", short),
        persona=cells.read("persona", short),
        created_at=cells.read("created_at", lambda text: instant(text, times)),
    )


def _owner(cells: Cells) -> Owner | None:
    """An owner's text that looks like an address is one."""
    name, email = cells.read("owner", short), cells.read("owner_email", lambda text: short(text, 254))
    if email is None and name and "@" in name and " " not in name:
        email = name
    return Owner(email or name or "", name or email or "", email) if name or email else None


def parse_moves(
    records: Iterable[Record], deals: Collection[str], times: Times, faults: list[Fault]
) -> dict[str, list[StageChange]]:
    """Moves by deal, in the order of the file. A move into a stage that nobody lists is a move all the same.

    A move is identified by what its row says, and equal rows of a deal by which of them it is.
    """
    moves: defaultdict[str, list[StageChange]] = defaultdict(list)
    alike: Counter[tuple[str, str]] = Counter()
    for record in records:
        cells = Cells(record, faults)
        deal, stage = cells.need("deal", short), cells.need("stage", short)
        if deal and deal not in deals:
            cells.note("deal", f"there is no deal {deal!r}: the move is left out")
        at = cells.read("at", lambda text: instant(text, times))
        kind = cells.read("actor_kind", lambda text: one_of(text, ActorKind)) or ActorKind.PERSON
        actor = cells.read("actor", short)
        if cells.ok and deal and stage:
            content = content_id(stage, at.isoformat() if at else "", kind.value, actor or "")
            alike[deal, content] += 1
            moves[deal].append(StageChange(f"{content}-{alike[deal, content]}", stage, at, kind, actor))
    return dict(moves)


def content_id(*cells: str) -> str:
    """The same for a row that says the same."""
    return sha256("\0".join(cells).encode()).hexdigest()[:24]
