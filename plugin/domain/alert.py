"""Which deals need somebody, the most urgent first, and what they are known by."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import IntEnum

from plugin.domain.direction import Direction
from plugin.domain.follow_up import PUT_OFF_OFTEN, SEARCHES_AGAIN, Signal, decider_signal

# The evidence by which a buyer says that use falls short; a journey without it has no such signal.
SAYS_WHAT_FAILS = "failure_named"


# Signals that say why a buyer goes back.
SAY_WHY = frozenset(
    {
        Signal.CONTRADICTED,
        Signal.ROUTE_NAMED,
        Signal.CRITERIA_REWRITTEN,
        Signal.OWNER_LEFT,
        Signal.NEW_DECIDER,
        Signal.USE_FELL,
        Signal.RELATION_BROKE,
        Signal.PUT_OFF,
    }
)


class Alert(IntEnum):
    """Why a deal needs somebody. A lower number is more urgent; among equals the one that has waited longest is."""

    TAKEN_BACK = 0
    BACK = 1
    STILL = 2


def alert_of(direction: Direction | None, taken_back: bool) -> Alert | None:
    """``taken_back``: a proposal waits because the buyer took something back. None where the deal moves forward."""
    if taken_back:
        return Alert.TAKEN_BACK
    return {Direction.BACK: Alert.BACK, Direction.STILL: Alert.STILL}.get(direction) if direction else None


@dataclass(frozen=True, slots=True)
class Seen:
    """What the meetings and words of a deal say since the stay began that led to where it is.

    ``proposed`` are the signals of proposals that wait or were taken. ``rewritten`` are the canvas questions answered
    otherwise than before, ``fails``: the buyer said last that the result is missing. ``met`` and ``dated``: a meeting
    was held in the present stay, and one is planned. ``complete``: all evidence of the stage is given.
    """

    in_use: bool
    proposed: Collection[Signal] = ()
    contradicted: bool = False
    rewritten: Collection[int] = ()
    new_decider: bool = False
    fails: bool = False
    relation_broke: bool = False
    put_off: int = 0
    complete: bool = False
    days_late: int = 0
    met: bool = True
    dated: bool = True


def signals(seen: Seen) -> tuple[Signal, ...]:
    """What the deal is known by, the most telling first."""
    found = {
        Signal.CONTRADICTED: seen.contradicted,
        **{signal: number in seen.rewritten for number, signal in SEARCHES_AGAIN.items()},
        decider_signal(seen.in_use): seen.new_decider,
        Signal.USE_FELL: seen.in_use and seen.fails,
        Signal.RELATION_BROKE: seen.relation_broke,
        Signal.PUT_OFF: seen.put_off >= PUT_OFF_OFTEN,
        Signal.EVIDENCE_COMPLETE: seen.complete,
        Signal.BEHIND_PLAN: seen.days_late > 0,
        Signal.NOT_MET: not seen.met,
        Signal.NO_DATE: not seen.dated,
    }
    return tuple(one for one in Signal if found.get(one) or one in seen.proposed)


def most_telling(alert: Alert, found: Sequence[Signal]) -> Signal | None:
    """The signal to act on. That nobody met a buyer who went back does not say why they did."""
    return next((one for one in found if alert is Alert.STILL or one in SAY_WHY), None)


def rewritten(before: str, now: str) -> bool:
    """Whether an answer says something else: case, spaces and the stop at its end don't count."""
    return bool(before) and _plain(before) != _plain(now)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold().rstrip(".!")
