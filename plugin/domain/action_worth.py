"""Stop, improve, keep or extend: what followed an action against how much of its stage's passages it reached.

Association, not cause. Where chance alone could have made the difference, nothing is advised.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from plugin.domain.effectiveness import Effect

# An action that reached at least this share of the passages contributes much.
MUCH = 1 / 3


class Advice(StrEnum):
    """``UNKNOWN``: too few deals, or a difference within chance."""

    EXTEND = "extend"
    KEEP = "keep"
    IMPROVE = "improve"
    STOP = "stop"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Worth:
    """``effect`` is what followed the action; it ``reached`` so many of the ``passages`` out of its stage."""

    effect: Effect
    reached: int
    passages: int
    advice: Advice

    @property
    def contribution(self) -> float | None:
        """The share of the passages that the action reached; None where nobody passed."""
        return self.reached / self.passages if self.passages else None


def worth(effect: Effect, reached: int, passages: int) -> Worth:
    """Better than without: keep what reaches many, extend what reaches few. Worse: improve the one, stop the other."""
    much = passages > 0 and reached / passages >= MUCH
    return Worth(effect, reached, passages, _advice(effect, much))


def _advice(effect: Effect, much: bool) -> Advice:
    if effect.low is not None and effect.low > 0:
        return Advice.KEEP if much else Advice.EXTEND
    if effect.high is not None and effect.high < 0:
        return Advice.IMPROVE if much else Advice.STOP
    return Advice.UNKNOWN
