"""What the map says of one stage, beside what the logs count: kinds of notes, verdicts, usual days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from plugin.domain.conversion import ENOUGH


class NoteKind(StrEnum):
    """What a line of the map is about, in the order of a stage's page.

    ``action``: what buyers do here; ``touchpoint``: where they meet us; ``emotion``; ``friction``: what holds them
    back; ``how``: when and how they prefer to meet.
    """

    ACTION = "action"
    TOUCHPOINT = "touchpoint"
    EMOTION = "emotion"
    FRICTION = "friction"
    HOW = "how"


class Verdict(StrEnum):
    """What came of an improvement."""

    HELPED = "helped"
    NO_CHANGE = "no_change"
    HARMED = "harmed"


@dataclass(frozen=True, slots=True)
class UsualDays:
    """Half of the ``meetings`` took place from day ``first`` to day ``last`` after the deal entered the stage."""

    first: int
    middle: int
    last: int
    meetings: int


def usual_days(days: Sequence[int]) -> UsualDays | None:
    """The quartiles (each a day that occurs); None where there are too few meetings to call anything usual."""
    if len(days) < ENOUGH:
        return None
    ordered = sorted(days)
    first, middle, last = (ordered[(len(ordered) - 1) * quarter // 4] for quarter in (1, 2, 3))
    return UsualDays(first, middle, last, len(ordered))
