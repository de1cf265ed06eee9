"""A salesperson's own conversion against the team's anonymous middle."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import quantiles

import numpy as np
from sqlalchemy.orm import Session

from plugin.domain.conversion import Histogram, StageConversion, measure
from plugin.services.conversion import cohorts_as_of
from plugin.services.report_rule import SalespeopleSee, salespeople_see
from plugin.services.viewer import Viewer
from plugin.services.workspace import Workspace
from plugin.store.cohorts.columns import lasting
from plugin.store.cohorts.view import View
from plugin.store.queries.deals import owners_linked_to
from plugin.store.queries.questions import Question
from plugin.store.types import DAY_MICROSECONDS, to_microseconds

# Of fewer colleagues, the middle would tell too much of each.
ENOUGH_COLLEAGUES = 5


@dataclass(frozen=True, slots=True)
class Middle:
    """Half of the ``colleagues`` whose figure can be told lie from ``low`` to ``high``. Shares from 0 to 1."""

    colleagues: int
    low: float
    median: float
    high: float


@dataclass(frozen=True, slots=True)
class OwnStage:
    """``middle`` is None where too few colleagues have a figure, or where nobody may see it."""

    own: StageConversion
    middle: Middle | None


@dataclass(frozen=True, slots=True)
class OwnFigures:
    question: Question
    shows_middle: bool
    stages: tuple[OwnStage, ...]


def own_figures(session: Session, workspace: Workspace, viewer: Viewer, question: Question) -> OwnFigures:
    """Every stage's figures of the viewer's own deals; the question's owner is left out of account."""
    question = replace(question, owner=None)
    view = cohorts_as_of(session, workspace, question.as_of)
    mine = set(owners_linked_to(session, viewer.user_id))
    shows_middle = salespeople_see(session) is not SalespeopleSee.NOBODY
    stages = []
    for stage in workspace.journey.stages:
        found = histograms_by_owner(session, view, question, stage.key)
        own = measure(stage.key, _sum(found[owner] for owner in mine if owner in found), question.horizon)
        others = [
            measure(stage.key, histogram, question.horizon).estimate
            for owner, histogram in found.items()
            if shows_middle and owner not in mine
        ]
        stages.append(OwnStage(own, _middle([one for one in others if one is not None])))
    return OwnFigures(question, shows_middle, tuple(stages))


def histograms_by_owner(session: Session, view: View, question: Question, stage: str) -> dict[int, Histogram]:
    """By the number of each owner, what became of their deals that entered the stage in the period."""
    as_of = to_microseconds(question.as_of)
    found: defaultdict[int, Histogram] = defaultdict(Histogram)
    for rows in view.cohort(session, question, stage):
        outcome, end = lasting(rows, as_of)
        days = (end - rows["entered_at"]) // DAY_MICROSECONDS
        kinds, deals = np.unique(np.stack((rows["owner"], outcome, days), axis=1), axis=0, return_counts=True)
        for (owner, what, day), number in zip(kinds.tolist(), deals.tolist(), strict=True):
            counted = found[owner]
            (counted.open, counted.advanced, counted.lost)[what][day] += number
    return {owner: histogram for owner, histogram in found.items() if owner >= 0}


def _sum(histograms: Iterable[Histogram]) -> Histogram:
    total = Histogram()
    for one in histograms:
        for name in ("advanced", "lost", "open"):
            counted: Counter[int] = getattr(total, name)
            counted.update(getattr(one, name))
    return total


def _middle(estimates: Sequence[float]) -> Middle | None:
    if len(estimates) < ENOUGH_COLLEAGUES:
        return None
    return Middle(len(estimates), *quantiles(estimates, n=4, method="inclusive"))
