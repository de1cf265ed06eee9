"""The conversion report, and the deals behind each of its figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy.orm import Session

from plugin.domain.conversion import (
    StageConversion,
    in_cohort,
    measure,
    outcome_of,
    reached_in,
    skipped,
    whole_days,
)
from plugin.domain.crm_definitions import following_in_loop
from plugin.domain.finding import Finding, Trend, trend, what_stands_out
from plugin.domain.journey import Journey, Loop
from plugin.domain.moves import OUTCOMES
from plugin.domain.visits import BURST_GAP, Outcome, Passage, replay
from plugin.services.connections import UnmappedStage, unmapped_stages
from plugin.services.workspace import Workspace
from plugin.store.cohorts.view import View
from plugin.store.derived import BATCH, batches, by_journey, deals_moving_about, moves_of, passages_of
from plugin.store.queries.deals import DealLine, lines_of
from plugin.store.queries.questions import Question
from plugin.store.queries.standings import WaitingDeals, waiting_deals

JUST_AFTER = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class ConversionReport:
    """One row a buyer stage, in journey order.

    ``trend`` compares the stage that stands out with the period before; ``waiting`` are the deals that stand in it now.
    ``dated`` is set while much is being recomputed: the figures are those of that moment.
    """

    question: Question
    rows: tuple[StageConversion, ...]
    finding: Finding
    unmapped: tuple[UnmappedStage, ...]
    trend: Trend | None
    waiting: WaitingDeals | None
    dated: datetime | None = None


@dataclass(frozen=True, slots=True)
class BehindLine:
    """A deal behind a figure, with what puts it there as of the question's instant.

    ``days`` are whole days from the entry to the outcome, or as long as the deal was watched; None without an entry.
    ``entered`` are all stages that the deal entered in the period.
    """

    deal: DealLine
    passage: Passage
    outcome: Outcome
    days: int | None
    entered: frozenset[str]


@dataclass(frozen=True, slots=True)
class Behind:
    """Some of the ``total`` deals behind a figure."""

    lines: tuple[BehindLine, ...]
    total: int


def conversion(session: Session, workspace: Workspace, question: Question) -> ConversionReport:
    """Every stage's figures, as of the question's instant."""
    view = cohorts_as_of(session, workspace, question.as_of)
    counted = view.histograms(session, question)
    rows = tuple(measure(stage.key, counted[stage.key], question.horizon) for stage in workspace.journey.stages)
    finding = _finding(workspace.journey, rows)
    return ConversionReport(
        question,
        rows,
        finding,
        unmapped_stages(session, workspace.journeys, journey=workspace.journey),
        _trend(session, view, question, finding),
        waiting_deals(session, view, question, finding.row.stage, workspace.clock()) if finding.row else None,
        view.dated,
    )


def stage_row(session: Session, workspace: Workspace, question: Question, stage: str) -> StageConversion:
    """One stage's figures, as of the question's instant."""
    view = cohorts_as_of(session, workspace, question.as_of)
    return measure(stage, view.histogram(session, question, stage), question.horizon)


def cohorts_as_of(session: Session, workspace: Workspace, as_of: datetime) -> View:
    """The cohorts for questions of this instant: the few deals whose burst it cuts are replayed up to it."""
    view = workspace.cohorts.view(session)
    replayed = _replayed(session, workspace, as_of)
    return view.replacing(view.rows_like(session, replayed), list(replayed)) if replayed else view


def deals_behind(
    session: Session, workspace: Workspace, question: Question, stage: str, figure: str, most: int | None = None
) -> Behind:
    """The deals that a figure counts, the latest entry first. KeyError on a figure that reports don't have."""
    deals = _deals(session, workspace, question, stage, figure)
    return Behind(_lines(session, workspace, question, stage, figure, deals[:most]), len(deals))


def pages_of_deals_behind(
    session: Session, workspace: Workspace, question: Question, stage: str, figure: str
) -> Iterator[tuple[BehindLine, ...]]:
    """All of them, a thousand at a time: they may be a million."""
    deals = _deals(session, workspace, question, stage, figure)
    for page in batches(deals, BATCH):
        yield _lines(session, workspace, question, stage, figure, page)


def is_figure(workspace: Workspace, figure: str) -> bool:
    """Whether deals can be asked for behind a figure of this name."""
    target = figure[3:]
    return figure in FIGURES or (
        figure.startswith("to ") and (not target or target in OUTCOMES or target in workspace.journey)
    )


def _deals(session: Session, workspace: Workspace, question: Question, stage: str, figure: str) -> Sequence[int]:
    view = cohorts_as_of(session, workspace, question.as_of)
    found: list[int] = view.deals(session, question, stage, COUNTED_AS.get(figure, figure)).tolist()
    following = following_in_loop(workspace.journey, stage)
    if figure == "any_stage" and following:
        # HubSpot's counts them as passed here, and they never came here.
        beside = view.entered(session, question, following.key) & ~view.entered(session, question, stage)
        found += np.flatnonzero(beside).tolist()
    return found


def _lines(
    session: Session, workspace: Workspace, question: Question, stage: str, figure: str, deals: Sequence[int]
) -> tuple[BehindLine, ...]:
    takes = _led_to(figure[3:] or None) if figure.startswith("to ") else FIGURES[figure]
    ids = list(dict.fromkeys(deals))
    passages = _passages(session, workspace, ids) | _replayed(session, workspace, question.as_of)
    lines = lines_of(session, ids)
    behind = []
    for deal_id in ids:
        here = [one for one in passages[deal_id] if one.stage == stage]
        entered = frozenset(one.stage for one in passages[deal_id] if _entered(one, question))
        for one in [one for one in here if takes(one, question)] or here[:1]:
            behind.append(_behind(lines[deal_id], one, question.as_of, entered))
    return tuple(sorted(behind, key=_entry, reverse=True))


def _trend(session: Session, view: View, question: Question, finding: Finding) -> Trend | None:
    """Of the stage that stands out; both periods are seen as of the same instant."""
    before = question.period.before
    if before is None or finding.row is None:
        return None
    stage = finding.row.stage
    counted = view.histogram(session, replace(question, period=before), stage)
    return trend(finding.row, measure(stage, counted, question.horizon))


def _finding(journey: Journey, rows: Sequence[StageConversion]) -> Finding:
    """What stands out in the purchase loop; in the usage loop only where no purchase stage has enough data.

    A year of use is not slow: stages of the two loops have different clocks, so they are not compared.
    """
    by_loop = [[row for row in rows if journey.stage(row.stage).loop is loop] for loop in Loop]
    findings = [what_stands_out(loop_rows) for loop_rows in by_loop if loop_rows]
    return next((found for found in findings if found.row), findings[0])


def _entered(passage: Passage, question: Question) -> bool:
    return in_cohort(passage, question.period, question.as_of)


def _reached(passage: Passage, question: Question) -> bool:
    return reached_in(passage, question.period, question.as_of)


def _with_outcome(outcome: Outcome) -> Callable[[Passage, Question], bool]:
    return lambda passage, question: _entered(passage, question) and outcome_of(passage, question.as_of) is outcome


def _with_instant(name: str) -> Callable[[Passage, Question], bool]:
    def holds(passage: Passage, question: Question) -> bool:
        instant: datetime | None = getattr(passage, name)
        return _entered(passage, question) and instant is not None and instant <= question.as_of

    return holds


def _led_to(target: str | None) -> Callable[[Passage, Question], bool]:
    def holds(passage: Passage, question: Question) -> bool:
        left = passage.left_at is not None and passage.left_at <= question.as_of
        return _entered(passage, question) and (passage.left_to if left else None) == target

    return holds


FIGURES: Mapping[str, Callable[[Passage, Question], bool]] = {
    "entered": _entered,
    "reached": _reached,
    "skipped": lambda passage, question: _reached(passage, question) and skipped(passage, question.as_of),
    "advanced": _with_outcome(Outcome.ADVANCED),
    "lost": _with_outcome(Outcome.LOST),
    "open": _with_outcome(Outcome.OPEN),
    "went_back": _with_instant("went_back_at"),
    "reopened": _with_instant("reopened_at"),
    "estimate": _entered,
    "naive": _entered,
    "closed_only": _entered,
    "any_stage": _entered,
    "all_stages": _entered,
    "snapshot": _entered,
    "median": _entered,
}


# What is no count of its own opens onto the cohort that it is made from.
COUNTED_AS = dict.fromkeys(
    ("estimate", "naive", "closed_only", "any_stage", "all_stages", "snapshot", "median"), "entered"
)


def _passages(session: Session, workspace: Workspace, deals: Sequence[int]) -> dict[int, tuple[Passage, ...]]:
    """While everything is derived anew, what is stored may be that of another journey: the facts never are."""
    if workspace.cohorts.view(session).dated is None:
        return passages_of(session, workspace.journey, deals)
    moves = moves_of(session, workspace.journey, deals)
    return dict.fromkeys(deals, ()) | {id_: replay(one, workspace.journey).passages for id_, one in moves}


def _replayed(session: Session, workspace: Workspace, as_of: datetime) -> dict[int, tuple[Passage, ...]]:
    """Passages as of the instant of the deals that were in the middle of a burst then."""
    about = deals_moving_about(session, as_of, as_of - BURST_GAP - JUST_AFTER, as_of + BURST_GAP)
    ours = dict(by_journey(session, workspace.journeys, about)).get(workspace.journey, ()) if about else ()
    return {
        deal_id: replay(moves, workspace.journey, as_of).passages
        for deal_id, moves in (moves_of(session, workspace.journey, ours) if ours else ())
    }


def _behind(deal: DealLine, passage: Passage, as_of: datetime, entered_all: frozenset[str]) -> BehindLine:
    outcome = outcome_of(passage, as_of)
    end = passage.outcome_at if outcome is not Outcome.OPEN else min(as_of, deal.gone_at or as_of)
    entered = passage.entered_at if passage.entered_at and passage.entered_at <= as_of else None
    return BehindLine(deal, passage, outcome, whole_days(entered, end) if entered and end else None, entered_all)


def _entry(line: BehindLine) -> tuple[bool, float]:
    instant = line.passage.entered_at or line.passage.reached_at
    return instant is not None, instant.timestamp() if instant else 0.0
