"""A goal need not be a purchase: which touches are the passage into a stage.

A goal says "a touch of this kind (or channel, or campaign) is the passage into that stage". It only ever leads forward:
the deal must stand in an earlier stage of the same loop at that instant, and what is told next of it must not be an
earlier stage than the goal's; for then the CRM or a person knew better.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from plugin.domain.journey import Journey
from plugin.domain.moves import OUTCOMES, StageMove
from plugin.domain.visits import in_order


class MatchedBy(StrEnum):
    """Which word of a touch a goal looks at."""

    KIND = "kind"
    CHANNEL = "channel"
    CAMPAIGN = "campaign"


class GoalTouch(NamedTuple):
    """A dated touch that a goal matches; ``key`` is unique within the deal."""

    at: datetime
    key: str
    stage: str
    value: str


@dataclass(frozen=True, slots=True)
class Goal:
    """``id`` tells goals apart; 0 is one that is only tried."""

    id: int
    field: MatchedBy
    value: str
    stage: str

    def matches(self, said: str | None) -> bool:
        """Without regard to capitals."""
        return said is not None and said.casefold() == self.value.casefold()


def passages_by_touch(
    told: Iterable[StageMove], touches: Iterable[GoalTouch], journey: Journey
) -> tuple[GoalTouch, ...]:
    """Those of one deal's matched touches that are a passage, in the order of time; ``told`` are its other moves."""
    moves = [move for move in in_order(told) if move.to in journey or move.to in OUTCOMES]
    taken: list[GoalTouch] = []
    held, read = None, 0
    for touch in sorted(touches):
        while read < len(moves) and _by(moves[read], touch.at):
            held, read = moves[read].to, read + 1
        if _before(held, touch.stage, journey) and not _before(_next(moves, read), touch.stage, journey):
            taken.append(touch)
            held = touch.stage
    return tuple(taken)


def _by(move: StageMove, at: datetime) -> bool:
    return move.at is None or move.at <= at


def _next(moves: Sequence[StageMove], read: int) -> str | None:
    return moves[read].to if read < len(moves) else None


def _before(stage: str | None, goal: str, journey: Journey) -> bool:
    """Whether the stage is an earlier one of the goal's loop."""
    if stage is None or stage not in journey or goal not in journey:
        return False
    one, other = journey.stage(stage), journey.stage(goal)
    return one.loop is other.loop and one.position < other.position
