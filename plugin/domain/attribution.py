"""How the credit for passages may be shared among the touches before them: four rules, and none knows the cause.

A passage's touches are the dated ones of its deal at or before its instant, in the order of time. Each rule gives every
passage that has touches a credit of one, whole: what the rules differ in is only how they cut it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)

# The first and the last touch; the touches between them share what is left.
ENDS = Fraction(2, 5)


class Rule(StrEnum):
    FIRST = "first"
    LAST = "last"
    LINEAR = "linear"
    POSITION = "position"


@dataclass(frozen=True, slots=True)
class Credit(Generic[K]):
    """What one key (a channel, a campaign …) is credited with under each rule; ``passages`` had it before them."""

    key: K
    passages: int
    shares: dict[Rule, Fraction]


@dataclass(frozen=True, slots=True)
class Attribution(Generic[K]):
    """Under every rule all credits sum up to ``touched``, the passages with touches; ``untouched`` have none.

    The key with the greatest share of the linear rule comes first.
    """

    credits: tuple[Credit[K], ...]
    touched: int
    untouched: int


def weights(touches: int) -> dict[Rule, tuple[Fraction, ...]]:
    """How each rule cuts one passage's credit among so many touches, in the order of time.

    By position the first and the last have 40 % each and those between them 20 % together; two share it half and half,
    and one has it all.
    """
    nothing, all_ = Fraction(0), Fraction(1)
    rest = (nothing,) * (touches - 1)
    return {
        Rule.FIRST: (all_, *rest),
        Rule.LAST: (*rest, all_),
        Rule.LINEAR: (Fraction(1, touches),) * touches,
        Rule.POSITION: _by_position(touches),
    }


def attribute(passages: Iterable[Sequence[K]]) -> Attribution[K]:
    """Each passage is the keys of its touches, in the order of time."""
    places: defaultdict[K, Counter[tuple[int, int]]] = defaultdict(Counter)
    seen: Counter[K] = Counter()
    touched = untouched = 0
    for keys in passages:
        touched, untouched = touched + bool(keys), untouched + (not keys)
        seen.update(set(keys))
        for place, key in enumerate(keys):
            places[key][len(keys), place] += 1
    cut = {touches: weights(touches) for touches in {number for of in places.values() for number, _ in of}}
    credits_ = [
        Credit(key, seen[key], {rule: _sum(counted, rule, cut) for rule in Rule}) for key, counted in places.items()
    ]
    credits_.sort(key=lambda one: (-one.shares[Rule.LINEAR], str(one.key)))
    return Attribution(tuple(credits_), touched, untouched)


def _by_position(touches: int) -> tuple[Fraction, ...]:
    if touches <= 2:
        return (Fraction(1, touches),) * touches
    between = (1 - 2 * ENDS) / (touches - 2)
    return (ENDS, *(between,) * (touches - 2), ENDS)


def _sum(counted: Counter[tuple[int, int]], rule: Rule, cut: dict[int, dict[Rule, tuple[Fraction, ...]]]) -> Fraction:
    return sum((number * cut[touches][rule][place] for (touches, place), number in counted.items()), Fraction(0))
