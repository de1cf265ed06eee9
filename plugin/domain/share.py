"""A plain share of a whole: how large it is, how sure that is, and whether it differs from another."""

from __future__ import annotations

from dataclasses import dataclass

from plugin.domain.conversion import ENOUGH
from plugin.domain.estimators import wilson_interval
from plugin.domain.finding import Change


@dataclass(frozen=True, slots=True)
class Share:
    """``part`` of ``whole``. Of fewer than ten nothing is estimated: ``estimate``, ``low`` and ``high`` are None."""

    part: int
    whole: int
    estimate: float | None = None
    low: float | None = None
    high: float | None = None


def share(part: int, whole: int) -> Share:
    """The share from 0 to 1 with its 95 % interval."""
    if whole < ENOUGH:
        return Share(part, whole)
    return Share(part, whole, part / whole, *wilson_interval(part, whole))


def change(now: Share, before: Share) -> Change | None:
    """A change only where the two intervals lie apart; None where one of them has not enough data."""
    if now.low is None or now.high is None or before.low is None or before.high is None:
        return None
    if now.low > before.high:
        return Change.UP
    return Change.DOWN if now.high < before.low else Change.UNCLEAR
