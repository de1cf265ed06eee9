"""A stage's curves, whole and compared: period with period, owner with owner."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from plugin.domain.conversion import ENOUGH
from plugin.domain.curves import StageCurves, curves
from plugin.services.conversion import cohorts_as_of
from plugin.services.workspace import Workspace
from plugin.store.cohorts.view import View
from plugin.store.queries.questions import Choices, Question

MOST_GROUPS = 5
PERIOD_BEFORE = "period"


@dataclass(frozen=True, slots=True)
class CurveGroup:
    """The curves of a part of the cohort; ``name`` is None for the period before."""

    name: str | None
    curves: StageCurves


@dataclass(frozen=True, slots=True)
class CurvesReport:
    """``groups`` have ten deals at least, the largest first; ``left_out`` counts the others."""

    question: Question
    stage: str
    whole: StageCurves
    groups: tuple[CurveGroup, ...]
    left_out: int


def stage_curves(
    session: Session, workspace: Workspace, question: Question, stage: str, compare: str | None
) -> CurvesReport:
    """The curves of one stage; ``compare`` is one of COMPARISONS or ``period``, else nothing is compared."""
    view = cohorts_as_of(session, workspace, question.as_of)
    asked = _questions(question, compare, view.choices(session))
    found = [CurveGroup(name, _curves(session, view, one, stage)) for name, one in asked]
    shown = sorted((one for one in found if one.curves.entered >= ENOUGH), key=lambda one: -one.curves.entered)
    return CurvesReport(
        question,
        stage,
        _curves(session, view, question, stage),
        tuple(shown[:MOST_GROUPS]),
        sum(1 for one in found if one.curves.entered) - len(shown[:MOST_GROUPS]),
    )


@dataclass(frozen=True, slots=True)
class Comparison:
    """By what a cohort is parted: its names, the one that is asked for already, how to ask for one."""

    names: Callable[[Choices], tuple[str, ...]]
    asked: Callable[[Question], object]
    narrowed: Callable[[Question, str], Question]


COMPARISONS: Mapping[str, Comparison] = {
    "owner": Comparison(lambda known: known.owners, lambda q: q.owner, lambda q, name: replace(q, owner=name)),
    "persona": Comparison(lambda known: known.personas, lambda q: q.persona, lambda q, name: replace(q, persona=name)),
    "source": Comparison(lambda known: known.sources, lambda q: q.source, lambda q, name: replace(q, source=name)),
    "pipeline": Comparison(
        lambda known: known.pipelines, lambda q: q.pipeline, lambda q, name: replace(q, pipeline=name)
    ),
}


def _curves(session: Session, view: View, question: Question, stage: str) -> StageCurves:
    return curves(view.histogram(session, question, stage))


def _questions(question: Question, compare: str | None, known: Choices) -> Iterator[tuple[str | None, Question]]:
    if compare == PERIOD_BEFORE:
        before = question.period.before
        if before:
            yield None, replace(question, period=before)
        return
    comparison = COMPARISONS.get(compare or "")
    if comparison and comparison.asked(question) is None:
        for name in comparison.names(known):
            yield name, comparison.narrowed(question, name)
