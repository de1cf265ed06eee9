"""The conversion report, and the deals behind each of its figures."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from plugin.domain.conversion import (
    Histogram,
    StageConversion,
    in_cohort,
    measure,
    outcome_of,
    reached_in,
    skipped,
    tally,
    whole_days,
)
from plugin.domain.finding import Finding, Trend, trend, what_stands_out
from plugin.domain.journey import Journey, Loop
from plugin.domain.visits import BURST_GAP, Outcome, Passage, replay
from plugin.services.connections import UnmappedStage, unmapped_stages
from plugin.services.workspace import Workspace
from plugin.store.derived import deals_moving_about, moves_of
from plugin.store.queries.cohorts import (
    Question,
    StageDays,
    WaitingDeals,
    cohort_sums,
    matching_deals,
    outcome_days,
    passages,
    reached_sums,
    stay_days,
    waiting_deals,
)
from plugin.store.queries.deals import DealLine, lines_of

JUST_AFTER = timedelta(microseconds=1)

Member = tuple[int, datetime | None, Passage]


@dataclass(frozen=True, slots=True)
class ConversionReport:
    """One row a buyer stage, in journey order.

    ``trend`` compares the stage that stands out with the period before; ``waiting`` are the deals that stand in it now.
    """

    question: Question
    rows: tuple[StageConversion, ...]
    finding: Finding
    unmapped: tuple[UnmappedStage, ...]
    trend: Trend | None
    waiting: WaitingDeals | None


@dataclass(frozen=True, slots=True)
class BehindLine:
    """A deal behind a figure, with what puts it there as of the question's instant.

    ``days`` are whole days from the entry to the outcome, or as long as the deal was watched; None without an entry.
    """

    deal: DealLine
    passage: Passage
    outcome: Outcome
    days: int | None


def conversion(session: Session, workspace: Workspace, question: Question) -> ConversionReport:
    """Every stage's figures, as of the question's instant."""
    counted = histograms(session, workspace, question)
    rows = tuple(measure(stage.key, counted[stage.key], question.horizon) for stage in workspace.journey.stages)
    finding = _finding(workspace.journey, rows)
    return ConversionReport(
        question,
        rows,
        finding,
        unmapped_stages(session),
        _trend(session, workspace, question, finding),
        waiting_deals(session, question, finding.row.stage, workspace.clock()) if finding.row else None,
    )


def stage_row(session: Session, workspace: Workspace, question: Question, stage: str) -> StageConversion:
    """One stage's figures, as of the question's instant."""
    return measure(stage, histograms(session, workspace, question)[stage], question.horizon)


def histograms(session: Session, workspace: Workspace, question: Question) -> dict[str, Histogram]:
    """Count every stage's cohort with SQL; replay the few deals whose burst is cut by the as-of instant."""
    replayed = _replayed(session, workspace, question)
    counted = _counted(session, question, [deal_id for deal_id, _ in replayed])
    for stage in workspace.journey.stages:
        members = [(one, gone) for (_, gone), found in replayed.items() for one in found if one.stage == stage.key]
        tally(counted[stage.key], members, question.period, question.as_of)
    return counted


def deals_behind(
    session: Session, workspace: Workspace, question: Question, stage: str, figure: str
) -> tuple[BehindLine, ...]:
    """The deals that a figure counts, the latest entry first. KeyError on a figure that reports don't have."""
    takes = FIGURES[figure]
    replayed = _replayed(session, workspace, question)
    members: list[Member] = passages(session, question, stage, [deal_id for deal_id, _ in replayed])
    members += [(deal_id, gone, one) for (deal_id, gone), found in replayed.items() for one in found]
    taken = [member for member in members if member[2].stage == stage and takes(member[2], question)]
    lines = lines_of(session, [deal_id for deal_id, _, _ in taken])
    behind = [_behind(lines[deal_id], gone, one, question.as_of) for deal_id, gone, one in taken]
    return tuple(sorted(behind, key=_entry, reverse=True))


def _trend(session: Session, workspace: Workspace, question: Question, finding: Finding) -> Trend | None:
    """Of the stage that stands out; both periods are seen as of the same instant."""
    before = question.period.before
    if before is None or finding.row is None:
        return None
    stage = finding.row.stage
    counted = histograms(session, workspace, replace(question, period=before))
    return trend(finding.row, measure(stage, counted[stage], question.horizon))


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
    "snapshot": _entered,
    "median": _entered,
}


def _counted(session: Session, question: Question, without: Sequence[int]) -> defaultdict[str, Histogram]:
    found: defaultdict[str, Histogram] = defaultdict(Histogram)
    for row in [*outcome_days(session, question, without), *stay_days(session, question, without)]:
        _counter(found[row.stage], row)[row.days] += row.deals
    for sums in cohort_sums(session, question, without):
        found[sums.stage].went_back, found[sums.stage].reopened = sums.went_back, sums.reopened
    for stage, (reached, skips) in reached_sums(session, question, without).items():
        found[stage].reached, found[stage].skipped = reached, skips
    return found


def _counter(histogram: Histogram, row: StageDays) -> Counter[int]:
    counter: Counter[int] = getattr(histogram, row.outcome)
    return counter


def _replayed(
    session: Session, workspace: Workspace, question: Question
) -> dict[tuple[int, datetime | None], tuple[Passage, ...]]:
    """Passages as of the instant of the deals that were in the middle of a burst then, by deal and when it was gone."""
    about = deals_moving_about(
        session, question.as_of, question.as_of - BURST_GAP - JUST_AFTER, question.as_of + BURST_GAP
    )
    gone = matching_deals(session, question, about)
    return {
        (deal_id, gone[deal_id]): replay(moves, workspace.journey, question.as_of).passages
        for deal_id, moves in moves_of(session, workspace.journey, list(gone))
    }


def _behind(deal: DealLine, gone_at: datetime | None, passage: Passage, as_of: datetime) -> BehindLine:
    outcome = outcome_of(passage, as_of)
    end = passage.outcome_at if outcome is not Outcome.OPEN else min(as_of, gone_at or as_of)
    entered = passage.entered_at if passage.entered_at and passage.entered_at <= as_of else None
    return BehindLine(deal, passage, outcome, whole_days(entered, end) if entered and end else None)


def _entry(line: BehindLine) -> tuple[bool, float]:
    instant = line.passage.entered_at or line.passage.reached_at
    return instant is not None, instant.timestamp() if instant else 0.0
