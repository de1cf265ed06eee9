"""Which way a buyer moves, and how fast against the deals that were in the same stage."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from operator import itemgetter

from plugin.domain.conversion import ENOUGH, whole_days
from plugin.domain.estimators import kaplan_meier, quantile
from plugin.domain.visits import Standing

# Where too few deals have been in a stage to say what is usual there.
STILL_AFTER_DAYS = 45


class Direction(StrEnum):
    FORWARD = "forward"
    STILL = "still"
    BACK = "back"


class Pace(StrEnum):
    FAST = "fast"
    USUAL = "usual"
    SLOW = "slow"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Stays:
    """How long deals stayed in one stage, by whole days: those that left, and those that are there (censored).

    What is known of them is worked out once: many deals are read against the same stays.
    """

    left: Counter[int] = field(default_factory=Counter)
    staying: Counter[int] = field(default_factory=Counter)

    @property
    def deals(self) -> int:
        return self.left.total() + self.staying.total()

    @property
    def enough(self) -> bool:
        return self.deals >= ENOUGH

    @cached_property
    def median(self) -> int | None:
        return quantile(self.left, self.staying, 0.5) if self.enough else None

    @cached_property
    def third_quartile(self) -> int | None:
        """The day by which three quarters had left."""
        return quantile(self.left, self.staying, 0.25) if self.enough else None

    def share_left_by(self, day: int) -> float | None:
        """The share that had left before or on ``day``."""
        if not self.enough:
            return None
        place = bisect_right(self._curve, day, key=itemgetter(0))
        return 1 - self._curve[place - 1][1] if place else 0.0

    @cached_property
    def _curve(self) -> list[tuple[int, float]]:
        return list(kaplan_meier(self.left, self.staying))


@dataclass(frozen=True, slots=True)
class Reading:
    """Direction and pace of an open deal, with what they rest on.

    ``days`` in the stage (None: since when is unknown), the ``median`` and third quartile of the ``peers`` stays there,
    and the share of peers that had left by then. ``days_late`` is how far the deal is behind its mutual plan.
    """

    direction: Direction
    pace: Pace
    days: int | None
    median: int | None
    third_quartile: int | None
    share_left: float | None
    peers: int
    days_late: int = 0

    @property
    def alert(self) -> bool:
        """Somebody should act: the buyer went back, or stands still."""
        return self.direction is not Direction.FORWARD


def read_direction(standing: Standing, stays: Stays, as_of: datetime, days_late: int = 0) -> Reading:
    """Read an open deal against the stays in its stage, open ones censored (Kaplan-Meier).

    Back: the present stay began by going back. Still: longer in the stage than three quarters of the stays there,
    or than 45 days where that is not known. Otherwise forward. A deal that is behind its plan (``days_late``) is slow,
    however young its stay: both sides had agreed on a pace of their own.
    """
    days = whole_days(standing.since, as_of) if standing.since else None
    share_left = stays.share_left_by(days) if days is not None else None
    return Reading(
        direction=_direction(standing, days, stays.third_quartile),
        pace=Pace.SLOW if days_late else _pace(days, share_left, stays.median),
        days=days,
        median=stays.median,
        third_quartile=stays.third_quartile,
        share_left=share_left,
        peers=stays.deals,
        days_late=days_late,
    )


def _direction(standing: Standing, days: int | None, third_quartile: int | None) -> Direction:
    if standing.came_back:
        return Direction.BACK
    limit = STILL_AFTER_DAYS if third_quartile is None else third_quartile
    return Direction.STILL if days is not None and days > limit else Direction.FORWARD


def _pace(days: int | None, share_left: float | None, median: int | None) -> Pace:
    """Slow where three quarters had left by now; fast while fewer than a quarter had, or nothing is known yet."""
    if days is None or share_left is None or median is None:
        return Pace.UNKNOWN
    if share_left >= 0.75:
        return Pace.SLOW
    return Pace.FAST if share_left < 0.25 else Pace.USUAL
