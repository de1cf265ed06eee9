"""A fair trial between two versions of a meeting: chance decides which a deal gets, and the number of deals is fixed
beforehand. The result is read once, at the end: whoever looks sooner and stops on a good day fools themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import ceil, sqrt
from statistics import NormalDist

from plugin.domain.estimators import Z_95, aalen_johansen, log_log_interval
from plugin.domain.visits import Outcome

POWER = 0.8
Z_POWER = NormalDist().inv_cdf(POWER)
FEWEST = 20
ARMS = ("a", "b")


def deals_per_arm(baseline: float, difference: float) -> int:
    """How many deals each version needs for a true ``difference`` to be found four times in five, at 5 % error.

    Both are shares from 0 to 1, and so must be their sum. (Fleiss, *Statistical Methods for Rates and Proportions*,
    3.2, without continuity correction.)
    """
    other = baseline + difference
    middle = (baseline + other) / 2
    spread = Z_95 * sqrt(2 * middle * (1 - middle))
    spread += Z_POWER * sqrt(baseline * (1 - baseline) + other * (1 - other))
    return max(ceil((spread / difference) ** 2), FEWEST)


def arm_of(seed: str, deal: str) -> str:
    """The version that a deal gets, as if by a coin, and the same whenever it is asked."""
    return ARMS[sha256(f"{seed}\0{deal}".encode()).digest()[0] % 2]


@dataclass(frozen=True, slots=True)
class Arm:
    """One version's deals: how many were taken in, and the share that advanced within the horizon of the meeting."""

    deals: int
    share: float
    low: float | None
    high: float | None
    variance: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """``difference`` is b minus a, with its 95 % interval; ``clear`` where that leaves out zero."""

    a: Arm
    b: Arm
    difference: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        return self.low > 0 or self.high < 0


def arm(followed: Sequence[tuple[int, Outcome]], horizon: int) -> Arm:
    """``followed``: whole days from the meeting to the outcome, or as long as an open deal was watched."""
    counts: dict[Outcome, Counter[int]] = {outcome: Counter() for outcome in Outcome}
    for days, outcome in followed:
        counts[outcome][days] += 1
    share, variance = 0.0, 0.0
    for point in aalen_johansen(counts[Outcome.ADVANCED], counts[Outcome.LOST], counts[Outcome.OPEN]):
        if point.day < horizon:
            share, variance = point.incidence, point.variance
    low, high = log_log_interval(share, variance) or (None, None)
    return Arm(len(followed), share, low, high, variance)


def verdict(a: Arm, b: Arm) -> Verdict:
    """What the trial found; to be asked for once both are full and watched."""
    width = Z_95 * sqrt(a.variance + b.variance)
    difference = b.share - a.share
    return Verdict(a, b, difference, difference - width, difference + width)
