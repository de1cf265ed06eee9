"""A deal's passages as one short run of bytes: a record of fixed width for each, so that millions are read at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from struct import Struct
from typing import Any

import numpy as np

from plugin.domain.moves import LOST, WON
from plugin.domain.visits import Outcome, Passage
from plugin.store.types import from_microseconds, to_microseconds

# Instants are microseconds since 1970. What never happened lies behind every instant, so "by then" is one comparison;
# what happened nobody knows when lies before them all.
NEVER = 2**63 - 1
UNDATED = -(2**63)

INSTANTS = ("reached_at", "entered_at", "outcome_at", "left_at", "went_back_at", "reopened_at")
RECORD = np.dtype(
    [
        ("stage", "u1"),
        ("outcome", "u1"),
        ("held_undated", "u1"),
        ("left_to", "u1"),
        ("round", "<u4"),
        *((name, "<i8") for name in INSTANTS),
    ]
)
_STRUCT = Struct("<4BI6q")

OUTCOMES = (Outcome.OPEN, Outcome.ADVANCED, Outcome.LOST)
OUTCOME_CODES = {outcome: code for code, outcome in enumerate(OUTCOMES)}
NOWHERE, TO_WON, TO_LOST = 255, 254, 253


class Packing:
    """How the passages of one journey are packed: a stage is its place among the journey's ``stages``."""

    def __init__(self, stages: Iterable[str]) -> None:
        self._stages = list(stages)
        self._codes: dict[str | None, int] = {None: NOWHERE, WON: TO_WON, LOST: TO_LOST}
        self._codes.update({key: place for place, key in enumerate(self._stages)})
        self._keys = {code: key for key, code in self._codes.items()}

    def code(self, target: str | None) -> int:
        """The number of a stage, an outcome, or of nowhere (None); KeyError on what the journey doesn't have."""
        return self._codes[target]

    def target(self, code: int) -> str | None:
        return self._keys[code]

    def __contains__(self, target: object) -> bool:
        return target in self._codes

    def pack(self, passages: Iterable[Passage]) -> bytes:
        """The passages' records, one behind the other."""
        codes = self._codes
        return b"".join(
            [
                _STRUCT.pack(
                    codes[one.stage],
                    OUTCOME_CODES[one.outcome],
                    one.held_undated,
                    codes[one.left_to],
                    one.round,
                    UNDATED if one.reached_at is None else _number(one.reached_at),
                    NEVER if one.entered_at is None else _number(one.entered_at),
                    NEVER if one.outcome_at is None else _number(one.outcome_at),
                    NEVER if one.left_at is None else _number(one.left_at),
                    NEVER if one.went_back_at is None else _number(one.went_back_at),
                    NEVER if one.reopened_at is None else _number(one.reopened_at),
                )
                for one in passages
            ]
        )

    def unpack(self, packed: bytes, instant: Callable[[int], Any] = from_microseconds) -> tuple[Passage, ...]:
        """The passages of one deal, as ``pack`` was given them.

        With ``instant=int`` their instants stay numbers, for whoever only hands them on: ``pack`` takes those too.
        Of a longer journey that was given up a moment ago, what has no place here is left out.
        """
        stages, keys, known = self._stages, self._keys, len(self._stages)
        return tuple(
            [
                Passage(
                    stages[stage],
                    round_,
                    None if reached == UNDATED else instant(reached),
                    held_undated == 1,
                    None if entered == NEVER else instant(entered),
                    OUTCOMES[outcome],
                    None if outcome_at == NEVER else instant(outcome_at),
                    None if left == NEVER else instant(left),
                    keys.get(left_to),
                    None if went_back == NEVER else instant(went_back),
                    None if reopened == NEVER else instant(reopened),
                )
                for (
                    stage,
                    outcome,
                    held_undated,
                    left_to,
                    round_,
                    reached,
                    entered,
                    outcome_at,
                    left,
                    went_back,
                    reopened,
                ) in _STRUCT.iter_unpack(packed)
                if stage < known
            ]
        )


def _number(instant: Any) -> int:
    return instant if instant.__class__ is int else to_microseconds(instant)
