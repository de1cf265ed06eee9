"""From stage moves to visits, passages and the buyer's present standing.

The rules are those of "Conversion, said honestly" in the method (docs/conversion.md, docs/decisions/0006); each
step below is one of its sentences: order the moves, drop those that change nothing, flag bursts of data entry,
part the history into rounds, read each round.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import pairwise, zip_longest
from operator import attrgetter
from typing import NamedTuple

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


@dataclass(slots=True)
class Passage:
    """What became of a deal that reached a stage, in one round. Every instant is a first occurrence.

    ``reached_at`` None: reached at an unknown instant. ``held_undated``: the stage was held from an unknown start,
    so it was not skipped although it has no entry. ``left_at`` ends the visit that began at ``entered_at``, and
    ``left_to`` is where it went then: a stage, WON or LOST. (Not frozen: it is filled move by move.)
    """

    stage: str
    round: int
    reached_at: datetime | None
    held_undated: bool = False
    entered_at: datetime | None = None
    outcome: Outcome = Outcome.OPEN
    outcome_at: datetime | None = None
    left_at: datetime | None = None
    left_to: str | None = None
    went_back_at: datetime | None = None
    reopened_at: datetime | None = None


class Return(NamedTuple):
    """A move of the buyer out of ``stage`` into an earlier one of the same round, ``target``.

    ``entered_at`` is the deal's first entry into ``stage`` in that round; None where it is not known.
    """

    stage: str
    target: str
    round: int
    entered_at: datetime | None
    at: datetime


class Standing(NamedTuple):
    """Where the buyer is now. ``state`` is open, won, lost, or none before any known stage; ``stage`` the last held."""

    stage: str | None
    state: str
    since: datetime | None
    came_back: bool
    round: int
    spell: int
    last_move_at: datetime | None

    @property
    def held(self) -> str | None:
        """The stage, or the outcome."""
        return self.state if self.state in OUTCOMES else self.stage


NOWHERE_YET = Standing(stage=None, state="none", since=None, came_back=False, round=1, spell=1, last_move_at=None)


@dataclass(slots=True)
class Step:
    """A move that changed something: from what was held, to a stage or an outcome, seen in its place."""

    at: datetime | None
    to: str
    held: str | None
    last_stage: str | None
    round: int = 1
    spell: int = 1
    flagged: bool = False


@dataclass(frozen=True)
class History:
    """Everything read from one deal's moves; ``unmapped`` counts moves into stages that the journey doesn't know.

    ``known_up_to`` is the last move's instant, even of one that changed nothing (None: no dated move).
    """

    steps: list[Step]
    journey: Journey
    unmapped: int
    known_up_to: datetime | None

    @cached_property
    def visits(self) -> tuple[Visit, ...]:
        return tuple(_visits(self.steps, self.journey))

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        return tuple(_passages(self._rounds, self.journey))

    @cached_property
    def returns(self) -> tuple[Return, ...]:
        """Every dated move back, whatever came of it: also one in a burst, and one that opened the deal again."""
        return tuple(one for round_ in self._rounds for one in round_.returns)

    @cached_property
    def _rounds(self) -> list[_Round]:
        return _rounds(self.steps, self.journey)

    @cached_property
    def standing(self) -> Standing:
        return _standing(self.steps, self.journey)


def replay(moves: Iterable[StageMove], journey: Journey, as_of: datetime | None = None) -> History:
    """Read one deal's moves as of an instant (all of them where it is None). Unknown stages count as unmapped."""
    limit = as_of and as_of.astimezone(UTC)
    known = [move for move in in_order(moves) if limit is None or move.at is None or move.at <= limit]
    mapped = [move for move in known if move.to in journey or move.to in OUTCOMES]
    kept = without_repetitions(mapped)
    steps = number_rounds_and_spells(kept, flags_of_bursts(kept), journey)
    return History(steps, journey, len(known) - len(mapped), mapped[-1].at if mapped else None)


class Reading(NamedTuple):
    """What is kept of a history that was read: enough to go on with later moves without reading it again."""

    standing: Standing
    passages: tuple[Passage, ...]
    unmapped: int
    known_up_to: datetime | None
    returns: tuple[Return, ...] = ()

    @classmethod
    def of(cls, history: History) -> Reading:
        return cls(history.standing, history.passages, history.unmapped, history.known_up_to, history.returns)

    def extended(self, moves: Iterable[StageMove], journey: Journey) -> Reading | None:
        """The reading with these moves added: it takes over its ``passages`` and changes them.

        None where the whole history must be replayed: a move is not later than all that was read, or so close behind
        that it could make a burst of the last one.
        """
        known = in_order(moves)
        mapped = [move for move in known if move.to in journey or move.to in OUTCOMES]
        unmapped = self.unmapped + len(known) - len(mapped)
        if not mapped:
            return self._replace(unmapped=unmapped)
        if self.known_up_to is None or mapped[0].at is None or mapped[0].at - self.known_up_to <= BURST_GAP:
            return None
        before = self.standing
        kept = without_repetitions(mapped, before.held)
        steps = number_rounds_and_spells(kept, flags_of_bursts(kept), journey, before)
        standing = _standing(steps, journey) if steps else before
        earlier = [one for one in self.passages if one.round < before.round]
        present = _Round(before.round, journey)
        present.resume([one for one in self.passages if one.round == before.round])
        rounds = _rounds(steps, journey, present)
        returns = (*self.returns, *(one for round_ in rounds for one in round_.returns))
        return Reading(standing, (*earlier, *_passages(rounds, journey)), unmapped, mapped[-1].at, returns)


def in_order(moves: Iterable[StageMove]) -> list[StageMove]:
    """Each fact once, by time; equal times keep the source's order, and an unknown start comes before all.

    Instants become UTC: Python compares two of one zone by their clocks, which is wrong in the hour that comes twice.
    """
    facts: dict[str, StageMove] = {}
    for move in moves:
        facts.setdefault(move.key, move)
    undated = [move for move in facts.values() if move.at is None]
    dated = [_in_utc(move, move.at) for move in facts.values() if move.at is not None]
    return undated + sorted(dated, key=attrgetter("at"))


def _in_utc(move: StageMove, at: datetime) -> StageMove:
    return move if at.tzinfo is UTC else move._replace(at=at.astimezone(UTC))


def without_repetitions(moves: Sequence[StageMove], held: str | None = None) -> list[StageMove]:
    """A move into the stage (or outcome) already held changes nothing."""
    kept: list[StageMove] = []
    for move in moves:
        if move.to != held:
            kept.append(move)
            held = move.to
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


def number_rounds_and_spells(
    moves: Sequence[StageMove], flags: Sequence[bool], journey: Journey, before: Standing = NOWHERE_YET
) -> list[Step]:
    """Give each move its round and spell, and what was held before it within that round."""
    steps: list[Step] = []
    held, last_stage, round_, spell = before.held, before.stage, before.round, before.spell
    for move, flagged in zip(moves, flags, strict=True):
        to = move.to or ""
        step = Step(move.at, to, held, last_stage, round_, spell, flagged)
        if begins_round(step, journey):
            step.round = round_ = round_ + 1
        elif reopens(step, journey):
            step.spell = spell = spell + 1
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
    stage = journey.by_key.get(key) if key is not None else None
    return stage.loop if stage else None


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


def _rounds(steps: Sequence[Step], journey: Journey, present: _Round | None = None) -> list[_Round]:
    """The rounds that the steps belong to, read; the move that begins a round also ends the one before it."""
    rounds = [present] if present else []
    for step in steps:
        if not rounds or step.round > rounds[-1].number:
            if rounds:
                rounds[-1].end(step)
            rounds.append(_Round(step.round, journey))
        rounds[-1].follow(step)
    return rounds


def _passages(rounds: Iterable[_Round], journey: Journey) -> Iterator[Passage]:
    """Round by round, the stages in journey order."""
    for one in rounds:
        yield from (one.found[stage.key] for stage in journey.stages if stage.key in one.found)


@dataclass(slots=True)
class _Round:
    """The passages of one round as far as its moves have been followed, by stage, and its returns."""

    number: int
    journey: Journey
    found: dict[str, Passage] = field(default_factory=dict)
    entered: list[tuple[int, Passage]] = field(default_factory=list)
    returns: list[Return] = field(default_factory=list)

    def resume(self, passages: Iterable[Passage]) -> None:
        """Go on from what had been found."""
        for one in passages:
            self.found[one.stage] = one
            if one.entered_at is not None:
                self.entered.append((self.journey.stage(one.stage).position, one))

    def follow(self, step: Step) -> None:
        target = self.journey.by_key.get(step.to)
        if step.at is not None and step.last_stage is not None and _came_back(step, self.journey):
            left = self.found[step.last_stage]
            self.returns.append(Return(left.stage, step.to, self.number, left.entered_at, step.at))
        self._decide(step, target.position if target else None)
        for key in self._reached(step, target):
            if key not in self.found:
                self.found[key] = Passage(key, self.number, step.at)
        if target:
            self._hold(step, target, self.found[target.key])

    def end(self, turn: Step) -> None:
        """A new round means that usage went on."""
        for _, passage in self.entered:
            _leave(passage, turn)
            if passage.outcome is Outcome.OPEN and self.journey.stage(passage.stage).loop is Loop.USAGE:
                passage.outcome, passage.outcome_at = Outcome.ADVANCED, turn.at

    def _hold(self, step: Step, stage: BuyerStage, passage: Passage) -> None:
        if step.at is None:
            passage.held_undated = True
        elif not step.flagged and passage.entered_at is None:
            passage.entered_at = step.at
            self.entered.append((stage.position, passage))

    def _decide(self, step: Step, position: int | None) -> None:
        """The first of: a move beyond the stage or won (advanced), lost; the first return; the first reopening."""
        reopening = reopens(step, self.journey)
        for own, passage in self.entered:
            _leave(passage, step)
            if passage.outcome is Outcome.OPEN:
                if step.to == LOST:
                    passage.outcome, passage.outcome_at = Outcome.LOST, step.at
                elif step.to == WON or (position is not None and position > own):
                    passage.outcome, passage.outcome_at = Outcome.ADVANCED, step.at
            if position is not None and position < own and passage.went_back_at is None:
                passage.went_back_at = step.at
            if reopening and passage.reopened_at is None:
                passage.reopened_at = step.at

    def _reached(self, step: Step, target: BuyerStage | None) -> tuple[str, ...]:
        """The stage moved into and the earlier ones of its loop; after a win, all of the loop that it was won from."""
        if target:
            return self.journey.stages_up_to[target.key]
        if step.to == LOST:
            return ()
        return self.journey.stages_of_loop[_loop(step.last_stage, self.journey) or self.journey.stages[0].loop]


def _leave(passage: Passage, step: Step) -> None:
    if passage.left_to is None:
        passage.left_at, passage.left_to = step.at, step.to


def _standing(steps: Sequence[Step], journey: Journey) -> Standing:
    if not steps:
        return NOWHERE_YET
    last = steps[-1]
    state = last.to if last.to in OUTCOMES else "open"
    stage = last.last_stage if last.to in OUTCOMES else last.to
    return Standing(stage, state, last.at, _came_back(last, journey), last.round, last.spell, last.at)
