"""Moments of truth: what meetings did to the relation, and how buyers felt in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from plugin.domain.finding import Change
from plugin.domain.meeting import Effect
from plugin.domain.share import Share, change, share


@dataclass(slots=True)
class Moments:
    """Held meetings by what they did to the relation and by how the buyer felt; not every log says both."""

    effects: Counter[str] = field(default_factory=Counter)
    feelings: Counter[str] = field(default_factory=Counter)

    def add(self, effect: str | None, felt: str | None, meetings: int) -> None:
        if effect:
            self.effects[effect] += meetings
        if felt:
            self.feelings[felt] += meetings


@dataclass(frozen=True, slots=True)
class MomentShares:
    """Of a group of meetings: the share of each effect among those that have one, and the feelings as counts.

    ``change`` is that of the share that strengthened, against the ``before`` of the same group; None where nothing is
    known of before, or too little.
    """

    effects: Mapping[Effect, Share]
    feelings: Mapping[str, int]
    meetings: int
    before: Share | None = None
    change: Change | None = None


def moment_shares(now: Moments, before: Moments | None = None) -> MomentShares:
    total = now.effects.total()
    shares = {effect: share(now.effects[effect], total) for effect in Effect}
    if before is None:
        return MomentShares(shares, now.feelings, total)
    earlier = share(before.effects[Effect.STRENGTHENED], before.effects.total())
    return MomentShares(shares, now.feelings, total, earlier, change(shares[Effect.STRENGTHENED], earlier))


def summed(several: Iterable[Moments]) -> Moments:
    total = Moments()
    for one in several:
        total.effects += one.effects
        total.feelings += one.feelings
    return total
