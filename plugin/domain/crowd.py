"""A crowd of deals in the stages of a journey: where they stand, where they went, where most of them are lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plugin.domain.journey import Journey, Loop
from plugin.domain.moves import LOST


@dataclass(frozen=True, slots=True)
class Led:
    """Where the first visits of a stage led, in deals. ``returns`` tells of those that went ``back`` to which stage."""

    on: int
    back: int
    lost: int
    staying: int
    returns: Mapping[str, int]

    @property
    def entered(self) -> int:
        return self.on + self.leak + self.staying

    @property
    def leak(self) -> int:
        """Lost, or gone back: whoever did not go on."""
        return self.back + self.lost


@dataclass(frozen=True, slots=True)
class StageCrowd:
    """``deals`` stand open in the stage today, ``forward``, ``still`` and ``gone_back`` by their direction; ``led`` is
    of the deals that entered it in a period."""

    stage: str
    deals: int
    forward: int
    still: int
    gone_back: int
    led: Led


def led(journey: Journey, stage: str, led_to: Mapping[str | None, int]) -> Led:
    """Sort a stage's flow. A win is on; so is a usage stage that leads to a purchase stage: a new round begins."""
    returns = {to: deals for to, deals in led_to.items() if to in journey and _is_back(journey, stage, str(to))}
    lost, staying, back = led_to.get(LOST, 0), led_to.get(None, 0), sum(returns.values())
    on = sum(led_to.values()) - lost - staying - back
    return Led(on, back, lost, staying, {str(to): deals for to, deals in returns.items() if deals})


def largest_leak(journey: Journey, crowds: Sequence[StageCrowd]) -> StageCrowd | None:
    """The stage from which most deals were lost or went back; of equals, the one nearest to the purchase act."""
    leaking = [crowd for crowd in crowds if crowd.led.leak]
    return max(leaking, key=lambda one: (one.led.leak, -journey.stage(one.stage).distance), default=None)


def _is_back(journey: Journey, stage: str, to: str) -> bool:
    here, there = journey.stage(stage), journey.stage(to)
    begins_anew = here.loop is Loop.USAGE and there.loop is Loop.PURCHASE
    return there.position < here.position and not begins_anew
