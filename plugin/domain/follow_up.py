"""What follows from a meeting: proposals that a person takes or refuses. Nothing here decides, nothing blocks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from plugin.domain.journey import Journey, Loop
from plugin.domain.visits import Standing

# How often a date may be put off before it says something.
PUT_OFF_OFTEN = 2


class FollowUpKind(StrEnum):
    MOVE_ON = "move_on"
    GO_BACK = "go_back"
    ASK_AGAIN = "ask_again"
    STANDS_STILL = "stands_still"


# What somebody should look at today.
WARNINGS = frozenset({FollowUpKind.GO_BACK, FollowUpKind.ASK_AGAIN})


class Signal(StrEnum):
    """What a proposal rests on, or by what a deal that went back or stands still is known; the most telling first."""

    CONTRADICTED = "contradicted"
    ROUTE_NAMED = "route_named"
    CRITERIA_REWRITTEN = "criteria_rewritten"
    OWNER_LEFT = "owner_left"
    NEW_DECIDER = "new_decider"
    USE_FELL = "use_fell"
    RELATION_BROKE = "relation_broke"
    PUT_OFF = "put_off"
    EVIDENCE_COMPLETE = "evidence_complete"
    BEHIND_PLAN = "behind_plan"
    NOTHING_AGREED = "nothing_agreed"
    NOT_MET = "not_met"
    NO_DATE = "no_date"


@dataclass(frozen=True, slots=True)
class WhatHappened:
    """What a log says, as far as something follows from it.

    ``moved``: it says itself where the buyer went. ``given`` is all evidence of the deal by now; ``contradicted`` are
    the canvas questions whose answers the buyer took back, ``taken_back`` the evidence; ``rewritten`` are those
    answered otherwise than before. ``new_decider``: somebody else decides than was said before. ``put_off``: how often
    a meeting was put off since the buyer was seen. ``agreed``: evidence, an answer or a date.
    """

    held: bool
    moved: bool
    given: Collection[str]
    contradicted: Collection[int] = ()
    taken_back: Collection[str] = ()
    rewritten: Collection[int] = ()
    new_decider: bool = False
    put_off: int = 0
    relation_broke: bool = False
    agreed: bool = False


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A proposal for a deal that stands in ``stage``; ``target`` is where the buyer would stand."""

    kind: FollowUpKind
    signal: Signal
    stage: str
    target: str | None = None


# Where a buyer goes back to who takes back the answer to a canvas question: the problem, or the routes and criteria.
_BACK_TO = {
    **dict.fromkeys((1, 2, 3, 4), "problem"),
    **dict.fromkeys((5, 6, 7, 8), "search"),
    **dict.fromkeys((9, 10), "select"),
}
_PURCHASE_LOST_ITS_DECIDER = "select"
_USAGE_FELL = "onboard"
# Another answer to these says that the buyer searches again: other routes, other criteria.
SEARCHES_AGAIN = {6: Signal.ROUTE_NAMED, 8: Signal.CRITERIA_REWRITTEN}


def follow_ups(journey: Journey, standing: Standing, happened: WhatHappened) -> tuple[FollowUp, ...]:
    """What to propose for an open deal; nothing where the log has said it all. Going back outweighs a passed gate."""
    if standing.state != "open" or standing.stage is None or happened.moved:
        return ()
    stage = standing.stage
    if back := _going_back(journey, stage, happened):
        signal, target = back
        return (FollowUp(FollowUpKind.GO_BACK, signal, stage, target),)
    if happened.contradicted or happened.taken_back:
        return (FollowUp(FollowUpKind.ASK_AGAIN, Signal.CONTRADICTED, stage),)
    following = journey.after(stage)
    if following and all(item.key in happened.given for item in journey.stage(stage).evidence):
        return (FollowUp(FollowUpKind.MOVE_ON, Signal.EVIDENCE_COMPLETE, stage, following.key),)
    if happened.held and not happened.agreed:
        return (FollowUp(FollowUpKind.STANDS_STILL, Signal.NOTHING_AGREED, stage),)
    return ()


def decider_signal(in_use: bool) -> Signal:
    """What it means that somebody else decides: before the purchase, or once they use it."""
    return Signal.OWNER_LEFT if in_use else Signal.NEW_DECIDER


def _taken_back_to(journey: Journey, stage: str, happened: WhatHappened) -> str | None:
    """The earliest of the stages whose answers or evidence the buyer took back; None where none is before ``stage``."""
    wanted = [_BACK_TO[number] for number in happened.contradicted]
    wanted += [one.key for one in journey.stages for item in one.evidence if item.key in happened.taken_back]
    found = [journey.stage(key) for key in (_earlier(journey, stage, one) for one in wanted) if key]
    return min(found, key=lambda one: one.position).key if found else None


def _going_back(journey: Journey, stage: str, happened: WhatHappened) -> tuple[Signal, str] | None:
    """The first signal that leads to an earlier stage."""
    in_use = journey.stage(stage).loop is Loop.USAGE
    who_left = _USAGE_FELL if in_use else _PURCHASE_LOST_ITS_DECIDER
    signals = (
        (True, Signal.CONTRADICTED, _taken_back_to(journey, stage, happened)),
        *(
            (number in happened.rewritten, signal, _earlier(journey, stage, _BACK_TO[number]))
            for number, signal in SEARCHES_AGAIN.items()
        ),
        (happened.new_decider, decider_signal(in_use), _earlier(journey, stage, who_left)),
        (happened.put_off >= PUT_OFF_OFTEN, Signal.PUT_OFF, _earlier(journey, stage, who_left)),
        (happened.relation_broke and in_use, Signal.RELATION_BROKE, _earlier(journey, stage, _USAGE_FELL)),
    )
    return next(((signal, target) for seen, signal, target in signals if seen and target), None)


def _earlier(journey: Journey, stage: str, wanted: str) -> str | None:
    """The wanted stage where it lies before ``stage`` in the same loop; in a journey without it, the one before."""
    here = journey.stage(stage)
    before = [one for one in journey.stages if one.position < here.position and one.loop is here.loop]
    if wanted in journey:
        return next((one.key for one in before if one.key == wanted), None)
    return before[-1].key if before else None
