"""In which order actions come: distance to the purchase act, then the size of the leak, then how sure we are of it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from math import inf
from typing import Generic, TypeVar

Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Leak:
    """What a stage loses: of the ``entered`` deals, those that were lost or went back, each counted once.

    ``distance`` is in gates to the next purchase act, of the stage's own loop. ``points`` is half of the interval of
    its conversion, in shares from 0 to 1; None where the data carry none.
    """

    stage: str
    distance: int
    entered: int
    leaked: int
    lost: int
    went_back: int
    points: float | None


@dataclass(frozen=True, slots=True)
class Candidate(Generic[Name]):
    """Something to rank. ``turn`` orders what hangs on the same stage: smaller comes first."""

    name: Name
    leak: Leak
    turn: tuple[int, int] = (0, 0)


def ranked(candidates: Iterable[Candidate[Name]]) -> list[Candidate[Name]]:
    """The first is the one to do first. Equals keep the order in which they came."""
    return sorted(candidates, key=lambda one: (*weight(one.leak), one.turn))


def weight(leak: Leak) -> tuple[int, int, float, int]:
    """Nearest to the purchase, most leaked, narrowest interval, most deals: the smaller, the sooner."""
    return leak.distance, -leak.leaked, inf if leak.points is None else leak.points, -leak.entered
