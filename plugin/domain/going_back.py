"""How often buyers go back from one stage to an earlier one, and after how long."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from plugin.domain.conversion import ENOUGH
from plugin.domain.estimators import quantile
from plugin.domain.finding import Change
from plugin.domain.share import Share, change, share


@dataclass(frozen=True, slots=True)
class WayBack:
    """The way from ``stage`` to an earlier one. ``moves`` are all moves that went it, ``deals`` those that made them.

    ``share`` is of the deals that entered ``stage``; ``median_days`` run from that entry to a deal's first time, and
    are None for fewer than ten deals.
    """

    stage: str
    target: str
    moves: int
    deals: int
    share: Share
    median_days: int | None


def way_back(stage: str, target: str, moves: int, deals: Counter[int], entered: int) -> WayBack:
    """``deals`` by whole days from their entry to the first time that they went this way."""
    number = deals.total()
    median = quantile(deals, {}, 0.5) if number >= ENOUGH else None
    return WayBack(stage, target, moves, number, share(number, entered), median)


@dataclass(frozen=True, slots=True)
class MostReturned:
    """The stage that buyers go back from most; ``sure`` where its share lies apart from that of every other one."""

    stage: str
    share: Share
    sure: bool


def most_returned(stages: Sequence[tuple[str, Share]]) -> MostReturned | None:
    """Of the stages with enough data; None where there is none, or nobody went back."""
    known = sorted((one for one in stages if one[1].estimate), key=lambda one: -(one[1].estimate or 0))
    if not known:
        return None
    (stage, largest), *others = known
    return MostReturned(
        stage, largest, bool(others) and all(change(largest, other) is Change.UP for _, other in others)
    )
