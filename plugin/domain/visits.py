"""From stage moves to visits, passages and the buyer's present standing.

The rules are those of "Conversion, said honestly" in the method (docs/conversion.md, docs/decisions/0006); each
step below is one of its sentences: order the moves, drop those that change nothing, flag bursts of data entry,
part the history into rounds, read each round.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise, zip_longest

from plugin.domain.journey import BuyerStage, Journey, Loop
from plugin.domain.moves import LOST, OUTCOMES, WON, StageMove

BURST_GAP = timedelta(seconds=60)


class Outcome(StrEnum):
    """What became of a deal after it entered a stage."""

    OPEN = "open"
    ADVANCED = "advanced"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Visit:
    """One stay of the buyer in a stage.

    ``is_entry`` is False where the stay has no duration: its start is unknown, or it was passed in a burst.
    ``left_to`` is a stage, WON or LOST. ``spell`` counts from 1 and grows with each reopening, ``round`` with each
    new turn from the usage loop to the purchase loop. ``came_back``: entered from a later stage of the same round.
    """

    stage: str
    round: int
    spell: int
    entered_at: datetime | None
    left_at: datetime | None
    left_to: str | None
    is_entry: bool
    in_burst: bool
    came_back: bool


@dataclass(frozen=True, slots=True)
class Passage:
    """What became of a deal that reached a stage, in one round. Every instant is a first occurrence.

    ``reached_at`` None: reached at an unknown instant. ``held_undated``: the stage was held from an unknown start,
    so it was not skipped although it has no entry. ``left_at`` ends the visit that began at ``entered_at``.
    """

    stage: str
    round: int
    reached_at: datetime | None
    held_undated: bool
    entered_at: datetime | None
    outcome: Outcome
    outcome_at: datetime | None
    left_at: datetime | None
    went_back_at: datetime | None
    reopened_at: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the buyer is now. ``state`` is open, won, lost, or none before any known stage; ``stage`` the last held."""

    stage: str | None
    state: str
    since: datetime | None
    came_back: bool
    round: int
    spell: int
    last_move_at: datetime | None


@dataclass(frozen=True, slots=True)
class History:
    """Everything read from one deal's moves; ``unmapped`` counts moves into stages that the journey doesn't know."""

    visits: tuple[Visit, ...]
    passages: tuple[Passage, ...]
    standing: Standing
    unmapped: int


@dataclass(frozen=True, slots=True)
class Step:
    """A move that changed something: from what was held, to a stage or an outcome, seen in its place."""

    at: datetime | None
    to: str
    held: str | None
    last_stage: str | None
    round: int = 1
    spell: int = 1
    flagged: bool = False


def replay(moves: Iterable[StageMove], journey: Journey, as_of: datetime | None = None) -> History:
    """Read one deal's moves as of an instant (all of them where it is None). Unknown stages count as unmapped."""
    limit = as_of and as_of.astimezone(UTC)
    known = [move for move in in_order(moves) if limit is None or move.at is None or move.at <= limit]
    mapped = [move for move in known if move.to in journey or move.to in OUTCOMES]
    kept = without_repetitions(mapped)
    steps = number_rounds_and_spells(kept, flags_of_bursts(kept), journey)
    return History(
        visits=tuple(_visits(steps, journey)),
        passages=tuple(_passages(steps, journey)),
        standing=_standing(steps, journey),
        unmapped=len(known) - len(mapped),
    )


def in_order(moves: Iterable[StageMove]) -> list[StageMove]:
    """Each fact once, by time; equal times keep the source's order, and an unknown start comes before all.

    Instants become UTC: Python compares two of one zone by their clocks, which is wrong in the hour that comes twice.
    """
    facts: dict[str, StageMove] = {}
    for move in moves:
        facts.setdefault(move.key, move)
    undated = [move for move in facts.values() if move.at is None]
    dated = [(move.at.astimezone(UTC), move) for move in facts.values() if move.at is not None]
    return undated + [replace(move, at=at) for at, move in sorted(dated, key=lambda pair: pair[0])]


def without_repetitions(moves: Sequence[StageMove]) -> list[StageMove]:
    """A move into the stage (or outcome) already held changes nothing."""
    kept: list[StageMove] = []
    for move in moves:
        if not kept or kept[-1].to != move.to:
            kept.append(move)
    return kept


def flags_of_bursts(moves: Sequence[StageMove]) -> list[bool]:
    """True for every move of a burst but its last: data entry, not a stay."""
    return [_same_burst(one, other) for one, other in pairwise(moves)] + [False] * bool(moves)


def _same_burst(one: StageMove, other: StageMove) -> bool:
    if one.at is None or other.at is None or other.at - one.at > BURST_GAP:
        return False
    if one.actor is None and other.actor is None:
        return one.actor_kind == other.actor_kind
    return one.actor == other.actor


def number_rounds_and_spells(moves: Sequence[StageMove], flags: Sequence[bool], journey: Journey) -> list[Step]:
    """Give each move its round and spell, and what was held before it within that round."""
    steps: list[Step] = []
    held = last_stage = None
    round_, spell = 1, 1
    for move, flagged in zip(moves, flags, strict=True):
        to = move.to or ""
        step = Step(move.at, to, held, last_stage, round_, spell, flagged)
        if begins_round(step, journey):
            round_ += 1
            step = replace(step, round=round_)
        elif reopens(step, journey):
            spell += 1
            step = replace(step, spell=spell)
        steps.append(step)
        held, last_stage = to, last_stage if to in OUTCOMES else to
    return steps


def begins_round(step: Step, journey: Journey) -> bool:
    """From a stage of the usage loop to one of the purchase loop: the deal is read like a new one from here."""
    return _loop(step.held, journey) is Loop.USAGE and _loop(step.to, journey) is Loop.PURCHASE


def reopens(step: Step, journey: Journey) -> bool:
    """Into an open stage after lost or won, but for the natural way from a purchase that was won into its use."""
    if step.held not in OUTCOMES or step.to in OUTCOMES:
        return False
    natural = (
        step.held == WON and _loop(step.last_stage, journey) is Loop.PURCHASE and _loop(step.to, journey) is Loop.USAGE
    )
    return not natural


def _loop(key: str | None, journey: Journey) -> Loop | None:
    return journey.stage(key).loop if key is not None and key in journey else None


def _visits(steps: Sequence[Step], journey: Journey) -> Iterator[Visit]:
    for step, following in zip_longest(steps, steps[1:]):
        if step.to not in OUTCOMES:
            yield Visit(
                stage=step.to,
                round=step.round,
                spell=step.spell,
                entered_at=step.at,
                left_at=following.at if following else None,
                left_to=following.to if following else None,
                is_entry=_is_entry(step),
                in_burst=step.flagged,
                came_back=_came_back(step, journey),
            )


def _is_entry(step: Step) -> bool:
    return step.at is not None and not step.flagged


def _came_back(step: Step, journey: Journey) -> bool:
    if step.last_stage is None or step.to in OUTCOMES or begins_round(step, journey):
        return False
    return journey.stage(step.to).position < journey.stage(step.last_stage).position


def _passages(steps: Sequence[Step], journey: Journey) -> Iterator[Passage]:
    for number in range(1, (steps[-1].round if steps else 0) + 1):
        mine = [step for step in steps if step.round == number]
        turn = next((step for step in steps if step.round == number + 1), None)
        for stage in journey.stages:
            passage = _passage(stage, mine, turn, journey)
            if passage:
                yield passage


def _passage(stage: BuyerStage, steps: Sequence[Step], turn: Step | None, journey: Journey) -> Passage | None:
    """The passage of one stage in one round; ``turn`` is the move that ended the round, if any did."""
    reaching = next((step for step in steps if _reaches(step, stage, journey)), None)
    if reaching is None:
        return None
    held_undated = any(step.to == stage.key and step.at is None for step in steps)
    entry = next((n for n, step in enumerate(steps) if step.to == stage.key and _is_entry(step)), None)
    if entry is None:
        undecided = (None, Outcome.OPEN, None, None, None, None)
        return Passage(stage.key, steps[0].round, reaching.at, held_undated, *undecided)
    later = steps[entry + 1 :]
    outcome, outcome_at = _outcome(stage, later, turn, journey)
    leaving = later[0] if later else turn
    return Passage(
        stage=stage.key,
        round=steps[0].round,
        reached_at=reaching.at,
        held_undated=held_undated,
        entered_at=steps[entry].at,
        outcome=outcome,
        outcome_at=outcome_at,
        left_at=leaving.at if leaving else None,
        went_back_at=next((step.at for step in later if _position(step, journey) < stage.position), None),
        reopened_at=next((step.at for step in later if reopens(step, journey)), None),
    )


def _reaches(step: Step, stage: BuyerStage, journey: Journey) -> bool:
    """A move into the stage or a later one of its loop, or a win from its loop."""
    if step.to == LOST:
        return False
    if step.to == WON:
        return (_loop(step.last_stage, journey) or journey.stages[0].loop) is stage.loop
    target = journey.stage(step.to)
    return target.loop is stage.loop and target.position >= stage.position


def _outcome(
    stage: BuyerStage, later: Sequence[Step], turn: Step | None, journey: Journey
) -> tuple[Outcome, datetime | None]:
    """The first of: a move beyond the stage or won (advanced), lost. A new round means that usage went on."""
    for step in later:
        if step.to == LOST:
            return Outcome.LOST, step.at
        if step.to == WON or _position(step, journey) > stage.position:
            return Outcome.ADVANCED, step.at
    if turn and stage.loop is Loop.USAGE:
        return Outcome.ADVANCED, turn.at
    return Outcome.OPEN, None


def _position(step: Step, journey: Journey) -> float:
    """Where a move leads; an outcome is neither earlier nor later than a stage (not-a-number compares as neither)."""
    return journey.stage(step.to).position if step.to in journey else float("nan")


def _standing(steps: Sequence[Step], journey: Journey) -> Standing:
    if not steps:
        return Standing(None, "none", None, False, 1, 1, None)
    last = steps[-1]
    state = last.to if last.to in OUTCOMES else "open"
    stage = last.last_stage if last.to in OUTCOMES else last.to
    return Standing(stage, state, last.at, _came_back(last, journey), last.round, last.spell, last.at)
