"""How often buyers go back from one stage to an earlier one, and after how long."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from plugin.domain.conversion import ENOUGH
from plugin.domain.estimators import quantile
from plugin.domain.share import Share, share


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
