"""The first sentence of a conversion report: what stands out, or that there is not enough data to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from plugin.domain.conversion import ENOUGH, StageConversion


class Kind(StrEnum):
    """``weakest``: one stage is clearly below the next one; ``lowest``: it is lowest, within chance of others;
    ``alone``: no other stage has enough data to compare it with."""

    NOT_ENOUGH = "not_enough"
    WEAKEST = "weakest"
    LOWEST = "lowest"
    ALONE = "alone"


@dataclass(frozen=True, slots=True)
class Finding:
    """``row`` is the stage that stands out; ``most`` the largest cohort; ``needed`` deals would be enough."""

    kind: Kind
    row: StageConversion | None
    most: int
    needed: int = ENOUGH


class Change(StrEnum):
    """How a stage's conversion differs from that of the period before; a trend is never called out of noise."""

    UP = "up"
    DOWN = "down"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Trend:
    change: Change
    before: StageConversion


def trend(now: StageConversion, before: StageConversion) -> Trend | None:
    """A change only where the two intervals lie apart; None where one of the periods has not enough data."""
    if now.estimate is None or before.estimate is None:
        return None
    if _below(before, now):
        return Trend(Change.UP, before)
    return Trend(Change.DOWN if _below(now, before) else Change.UNCLEAR, before)


def what_stands_out(rows: Sequence[StageConversion]) -> Finding:
    """The stage with the lowest estimate; it is called weakest only where the intervals allow it."""
    most = max((row.entered for row in rows), default=0)
    known = sorted((row.estimate, number) for number, row in enumerate(rows) if row.estimate is not None)
    if not known:
        return Finding(Kind.NOT_ENOUGH, None, most)
    lowest = rows[known[0][1]]
    others = [rows[number] for _, number in known[1:]]
    if not others:
        return Finding(Kind.ALONE, lowest, most)
    apart = all(_below(lowest, other) for other in others)
    return Finding(Kind.WEAKEST if apart else Kind.LOWEST, lowest, most)


def _below(one: StageConversion, other: StageConversion) -> bool:
    return one.high is not None and other.low is not None and one.high < other.low
