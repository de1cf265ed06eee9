"""Our columns into the port's records. Pure: records and faults out, nothing read. A bad cell costs its row only."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TypeVar

from crm_adapters.csv_folder.folder import Record
from crm_adapters.csv_folder.values import CellFault, Times, amount, currency, instant, one_of, short, whole
from crm_adapters.port import (
    ActorKind,
    Contact,
    CrmStage,
    Deal,
    Fault,
    Meeting,
    MeetingState,
    Owner,
    Pipeline,
    StageChange,
    StageOutcome,
    Words,
)

T = TypeVar("T")

FELT = ("worried", "doubtful", "neutral", "confident", "keen")
EFFECTS = ("strengthened", "weakened", "broke")
DEFAULT_MINUTES = 45


@dataclass
class Cells:
    """Reads the cells of one record and notes what is wrong with them; ``ok`` while nothing was."""

    record: Record
    faults: list[Fault]
    ok: bool = True

    def note(self, column: str, message: str) -> None:
        self.faults.append(self.record.fault(column, message))
        self.ok = False

    def read(self, column: str, parse: Callable[[str], T]) -> T | None:
        """The cell's value; None where it is empty, or where it can't be read (which is noted)."""
        text = self.record[column]
        try:
            return parse(text) if text else None
        except CellFault as fault:
            self.note(column, str(fault))
            return None

    def need(self, column: str, parse: Callable[[str], T]) -> T | None:
        if not self.record[column]:
            self.note(column, f"{column} is empty: every row needs one")
            return None
        return self.read(column, parse)


@dataclass
class Parsed:
    """What a folder says. ``unreadable`` are deals that exist but whose row is faulty."""

    pipelines: tuple[Pipeline, ...] = ()
    deals: list[Deal] = field(default_factory=list)
    meetings: list[Meeting] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def parse_stages(records: Iterable[Record], faults: list[Fault]) -> dict[str, dict[str, CrmStage]]:
    """Stages by pipeline and key. A stage said twice keeps its first meaning."""
    found: defaultdict[str, dict[str, CrmStage]] = defaultdict(dict)
    for number, record in enumerate(records, 1):
        cells = Cells(record, faults)
        pipeline, key = cells.need("pipeline", short), cells.need("stage", short)
        outcome = cells.need("outcome", lambda text: one_of(text, StageOutcome))
        position = cells.read("position", lambda text: whole(text, -10_000, 10_000))
        label, buyer_stage = cells.read("label", short), cells.read("buyer_stage", lambda text: short(text, 60))
        if pipeline and key and key in found[pipeline]:
            cells.note("stage", f"the stage {key} stands twice in the pipeline {pipeline}: keep one of them")
        if cells.ok and pipeline and key and outcome:
            meant = buyer_stage if outcome is StageOutcome.OPEN else None
            found[pipeline][key] = CrmStage(key, label or key, number if position is None else position, outcome, meant)
    return dict(found)


def with_stages_of_moves(stages: dict[str, dict[str, CrmStage]], deals: Iterable[Deal]) -> tuple[Pipeline, ...]:
    """The pipelines, with the stages and pipelines that only deals speak of: nobody has said yet what they mean."""
    everywhere = {key for one in stages.values() for key in one}
    complete = {pipeline: dict(one) for pipeline, one in stages.items()}
    for deal in deals:
        known = complete.setdefault(deal.pipeline_id, {})
        for move in deal.moves:
            if move.stage_id not in known and move.stage_id not in everywhere:
                known[move.stage_id] = CrmStage(move.stage_id, move.stage_id, len(known) + 1, StageOutcome.OPEN)
    return tuple(Pipeline(key, key, tuple(one.values())) for key, one in complete.items())


def parse_deals(
    records: Iterable[Record],
    moves: dict[str, list[StageChange]],
    times: Times,
    decimal_comma: bool,
    pipeline: str,
    parsed: Parsed,
) -> None:
    """Deals with their moves. ``pipeline`` is what an empty cell means."""
    seen: set[str] = set()
    for record in records:
        cells = Cells(record, parsed.faults)
        id_ = cells.need("id", short)
        if id_ and id_ in seen:
            cells.note("id", f"the deal {id_} stands twice: the first row is kept")
            continue
        deal = _deal(cells, id_ or "", tuple(moves.get(id_ or "", ())), times, decimal_comma, pipeline)
        seen.add(id_ or "")
        if cells.ok:
            parsed.deals.append(deal)
        elif id_:
            parsed.unreadable.append(id_)


def _deal(
    cells: Cells, id_: str, moves: tuple[StageChange, ...], times: Times, decimal_comma: bool, pipeline: str
) -> Deal:
    contact, email = cells.read("contact", short), cells.read("email", short)
    person = contact or email
    return Deal(
        id=id_,
        name=cells.read("name", lambda text: short(text, 1_000)) or id_,
        pipeline_id=cells.read("pipeline", short) or pipeline,
        moves=moves,
        owner=_owner(cells),
        company=cells.read("company", lambda text: short(text, 1_000)),
        contacts=(Contact(email or contact or "", person, email),) if person else (),
        amount=cells.read("amount", lambda text: amount(text, decimal_comma)),
        currency=cells.read("currency", currency),
        source=cells.read("source", short),
        persona=cells.read("persona", short),
        created_at=cells.read("created_at", lambda text: instant(text, times)),
    )


def _owner(cells: Cells) -> Owner | None:
    """An owner's text that looks like an address is one."""
    name, email = cells.read("owner", short), cells.read("owner_email", lambda text: short(text, 254))
    if not (name or email):
        return None
    if email is None and name and "@" in name and " " not in name:
        email = name
    return Owner(name or email or "", name or email or "", email)


def parse_moves(records: Iterable[Record], times: Times, faults: list[Fault]) -> dict[str, list[StageChange]]:
    """Moves by deal, in the order of the file. A move into a stage that nobody lists is a move all the same."""
    moves: defaultdict[str, list[StageChange]] = defaultdict(list)
    alike: Counter[tuple[str, str]] = Counter()
    for record in records:
        cells = Cells(record, faults)
        deal, stage = cells.need("deal", short), cells.need("stage", short)
        if record["dated"] and not record["at"]:
            cells.note("at", f"the deal is {stage}, but the day on which it became so is empty")
        at = cells.read("at", lambda text: instant(text, times))
        kind = cells.read("actor_kind", lambda text: one_of(text, ActorKind)) or ActorKind.PERSON
        actor = cells.read("actor", short)
        if cells.ok and deal and stage:
            content = _content(stage, at.isoformat() if at else "", kind.value, actor or "")
            alike[deal, content] += 1
            moves[deal].append(StageChange(f"{content}-{alike[deal, content]}", stage, at, kind, actor))
    return dict(moves)


def _content(*cells: str) -> str:
    return sha256("\0".join(cells).encode()).hexdigest()[:24]


def note_moves_without_deal(records: Iterable[Record], deals: set[str], faults: list[Fault]) -> None:
    for record in records:
        if record["deal"] and record["deal"] not in deals:
            faults.append(record.fault("deal", f"there is no deal {record['deal']!r}: the move is left out"))


def parse_meetings(
    records: Iterable[Record], words: Iterable[Record], deals: set[str], times: Times, faults: list[Fault]
) -> list[Meeting]:
    """Meetings with what was said in them, in the order of the file."""
    said = _parse_words(words, {record["id"] for record in records}, faults)
    found: dict[str, Meeting] = {}
    for record in records:
        cells = Cells(record, faults)
        meeting = _meeting(cells, deals, tuple(said.get(record["id"], ())), times)
        if meeting and meeting.id in found:
            cells.note("id", f"the meeting {meeting.id} stands twice: the first row is kept")
        elif meeting:
            found[meeting.id] = meeting
    return list(found.values())


def _meeting(cells: Cells, deals: set[str], words: tuple[Words, ...], times: Times) -> Meeting | None:
    id_, deal = cells.need("id", short), cells.need("deal", short)
    if deal and deal not in deals:
        cells.note("deal", f"there is no deal {deal!r}: the meeting is left out")
    starts_at = cells.need("starts_at", lambda text: instant(text, times))
    state = cells.need("state", lambda text: one_of(text, MeetingState))
    minutes = cells.read("minutes", lambda text: whole(text, 1, 24 * 60))
    felt, effect = cells.read("felt", _among(FELT)), cells.read("effect", _among(EFFECTS))
    title, template = (
        cells.read("title", lambda text: short(text, 1_000)),
        cells.read("template", lambda t: short(t, 60)),
    )
    if not (cells.ok and id_ and deal and starts_at and state):
        return None
    return Meeting(id_, deal, starts_at, minutes or DEFAULT_MINUTES, state, title or "", template, felt, effect, words)


def _parse_words(records: Iterable[Record], meetings: set[str], faults: list[Fault]) -> dict[str, list[Words]]:
    found: defaultdict[str, list[Words]] = defaultdict(list)
    for record in records:
        cells = Cells(record, faults)
        meeting, text = cells.need("meeting", short), cells.need("text", lambda text: short(text, 20_000))
        if meeting and meeting not in meetings:
            cells.note("meeting", f"there is no meeting {meeting!r}: the words are left out")
        question = cells.read("canvas", lambda text: whole(text, 1, 10))
        evidence = cells.read("evidence", lambda text: short(text, 60))
        if bool(record["canvas"]) == bool(record["evidence"]):
            cells.note("evidence", "say either canvas (a question from 1 to 10) or evidence, not both")
        if cells.ok and meeting and text:
            found[meeting].append(Words(record["said_by"], text, question, evidence))
    return dict(found)


def _among(known: tuple[str, ...]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in known:
            raise CellFault(f"{text!r} is not one of {', '.join(known)}")
        return text

    return parse
