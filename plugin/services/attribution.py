"""Which touches came before the passages out of a stage: credit by four rules side by side, and the deals behind it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from plugin.domain.attribution import Attribution, attribute
from plugin.services.conversion import cohorts_as_of
from plugin.services.workspace import Workspace
from plugin.store.queries.deals import DealLine, lines_of
from plugin.store.queries.questions import Question
from plugin.store.queries.touches import By, TouchLine, count_undated, dated_keys, touches_of
from plugin.store.types import DAY_MICROSECONDS, from_microseconds, to_microseconds

# The passages that came last; a page that reads a million takes too long to be read.
MOST_PASSAGES = 20_000

# When, in microseconds since 1970, and what the touch goes by.
Keyed = tuple[int, str | None]


@dataclass(frozen=True, slots=True)
class Asked:
    """``look_back`` days before a passage count; None: all of them."""

    question: Question
    stage: str
    by: By
    look_back: int | None = None


@dataclass(frozen=True, slots=True)
class TouchReport:
    """``passages`` out of the stage there are; ``read`` of them, the last, were looked at. ``undated`` touches of their
    deals are credited with nothing."""

    attribution: Attribution[str | None]
    passages: int
    read: int
    undated: int


@dataclass(frozen=True, slots=True)
class PassageLine:
    """One passage: the deal, when it left the stage, and its touches before that."""

    deal: DealLine
    passed_at: datetime
    touches: tuple[TouchLine, ...]


def touch_report(session: Session, workspace: Workspace, asked: Asked) -> TouchReport:
    """The credit for every passage of the stage's cohort (deals that entered in the period) that happened by then."""
    deals, instants, total = _passages(session, workspace, asked)
    ids = np.unique(deals).tolist()
    keys = dated_keys(session, ids, asked.by)
    before = (
        [key for _, key in _before(keys.get(deal, ()), at, asked.look_back)]
        for deal, at in zip(deals.tolist(), instants.tolist(), strict=True)
    )
    return TouchReport(attribute(before), total, len(deals), count_undated(session, ids))


def passages_behind(
    session: Session, workspace: Workspace, asked: Asked, key: str | None, touched: bool, most: int | None
) -> tuple[tuple[PassageLine, ...], int]:
    """The passages that a figure counts, the newest first (``most`` of them), and how many they are.

    Those with a touch that goes by ``key`` before them; where not ``touched``, those that have no touch at all.
    """
    deals, instants, _ = _passages(session, workspace, asked)
    keys = dated_keys(session, np.unique(deals).tolist(), asked.by)
    found = []
    for deal, at in zip(deals.tolist(), instants.tolist(), strict=True):
        before = {one for _, one in _before(keys.get(deal, ()), at, asked.look_back)}
        if (key in before) if touched else not before:
            found.append((deal, at))
    shown = found[:most]
    ids = [deal for deal, _ in shown]
    lines, touches = lines_of(session, ids), touches_of(session, ids)
    passages = tuple(
        PassageLine(lines[deal], from_microseconds(at), _lines_before(touches.get(deal, ()), at, asked.look_back))
        for deal, at in shown
    )
    return passages, len(found)


def _passages(
    session: Session, workspace: Workspace, asked: Asked
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], int]:
    """Deals and instants of the passages that came last, the newest first; and how many passages there are in all."""
    as_of = to_microseconds(asked.question.as_of)
    deals, instants = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for rows in cohorts_as_of(session, workspace, asked.question.as_of).cohort(session, asked.question, asked.stage):
        # ``ended`` is odd where the deal advanced (plugin.store.cohorts.columns).
        passed = (rows["outcome_at"] <= as_of) & (rows["ended"] % 2 == 1)
        deals.append(rows["deal"][passed])
        instants.append(rows["outcome_at"][passed])
    deal, at = np.concatenate(deals), np.concatenate(instants)
    newest = np.lexsort((deal, -at))[:MOST_PASSAGES]
    return deal[newest], at[newest], len(deal)


def _before(touches: Sequence[Keyed], at: int, look_back: int | None) -> Sequence[Keyed]:
    """The touches (in the order of time) at or before an instant, no older than so many days."""
    instants = [one for one, _ in touches]
    first = 0 if look_back is None else bisect_left(instants, at - look_back * DAY_MICROSECONDS)
    return touches[first : bisect_right(instants, at)]


def _lines_before(touches: Sequence[TouchLine], at: int, look_back: int | None) -> tuple[TouchLine, ...]:
    passed = from_microseconds(at)
    since = None if look_back is None else from_microseconds(at - look_back * DAY_MICROSECONDS)
    return tuple(one for one in touches if one.at and one.at <= passed and (since is None or one.at >= since))
