"""How deals move: where a stage leads, how its cohorts of each month fare, which way the open deals go today."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
from sqlalchemy.orm import Session

from plugin.domain.conversion import Period, StageConversion, measure
from plugin.domain.direction import Direction, Pace, Reading
from plugin.services.conversion import cohorts_as_of
from plugin.services.standing_deals import StandingDeals
from plugin.services.workspace import Workspace
from plugin.store.queries.deals import DealLine, lines_of
from plugin.store.queries.questions import Question

MOST_MONTHS = 36
MONTHS_BEFORE = 12


@dataclass(frozen=True, slots=True)
class StageFlow:
    """Where the first visits of a cohort led: deals by stage, won, lost or (None) nowhere yet."""

    stage: str
    entered: int
    led_to: dict[str | None, int]


@dataclass(frozen=True, slots=True)
class MonthCohort:
    """The deals that entered in one month. ``mature``: all of them have been watched for the whole horizon."""

    month: Period
    row: StageConversion
    mature: bool


@dataclass(frozen=True, slots=True)
class OpenDeals:
    """The open deals of a stage today: how many go which way, at which pace."""

    stage: str
    deals: int
    directions: Counter[Direction]
    paces: Counter[Pace]


def flow(session: Session, workspace: Workspace, question: Question) -> tuple[StageFlow, ...]:
    """Every stage's flow, in journey order."""
    view = cohorts_as_of(session, workspace, question.as_of)
    found = ((stage.key, view.flow(session, question, stage.key)) for stage in workspace.journey.stages)
    return tuple(StageFlow(stage, sum(led_to.values()), led_to) for stage, led_to in found)


def cohorts_by_month(session: Session, workspace: Workspace, question: Question, stage: str) -> tuple[MonthCohort, ...]:
    """The cohorts of each month of the question's period (of the last year where it has no beginning)."""
    view = cohorts_as_of(session, workspace, question.as_of)
    watched = question.as_of - timedelta(days=question.horizon)
    return tuple(
        MonthCohort(
            month,
            measure(stage, view.histogram(session, replace(question, period=month), stage), question.horizon),
            month.end is not None and month.end <= watched,
        )
        for month in months(question.period, question.as_of)
    )


def months(period: Period, as_of: datetime) -> Iterator[Period]:
    """The calendar months (UTC) of a period up to the as-of instant, each cut where the period is; at most 36."""
    last = min(period.last or date.max, as_of.astimezone(UTC).date())
    first = period.first or _months_before(last, MONTHS_BEFORE)
    begins = max(first, _months_before(last, MOST_MONTHS - 1))
    while begins <= last:
        following = _first_of_next_month(begins)
        yield Period(begins, min(following - timedelta(days=1), last))
        begins = following


def open_deals(session: Session, workspace: Workspace, question: Question) -> tuple[OpenDeals, ...]:
    """Every stage's open deals as they stand now, whatever the question's period."""
    found, read_in = [], StandingDeals(session, workspace, question)
    for stage in workspace.journey.stages:
        read = read_in.stage(stage.key)
        directions: Counter[Direction] = Counter()
        paces: Counter[Pace] = Counter()
        for reading, deals in zip(read.readings, np.bincount(read.reading).tolist(), strict=True):
            directions[reading.direction] += deals
            paces[reading.pace] += deals
        found.append(OpenDeals(stage.key, len(read.deal), directions, paces))
    return tuple(found)


def open_deals_behind(
    session: Session,
    workspace: Workspace,
    question: Question,
    stage: str,
    direction: Direction | None,
    pace: Pace | None,
    most: int | None,
) -> tuple[tuple[tuple[DealLine, Reading], ...], int]:
    """Open deals of a stage that go this way at this pace (None: any), the longest there first; and how many."""
    read = StandingDeals(session, workspace, question).stage(stage)
    takes = [direction in (None, one.direction) and pace in (None, one.pace) for one in read.readings]
    chosen = np.flatnonzero(np.array(takes, np.bool_)[read.reading])
    shown = chosen[:most]
    lines = lines_of(session, read.deal[shown].tolist())
    readings = [read.readings[number] for number in read.reading[shown].tolist()]
    return tuple(zip((lines[one] for one in read.deal[shown].tolist()), readings, strict=True)), len(chosen)


def _months_before(day: date, number: int) -> date:
    months_ = day.year * 12 + day.month - 1 - number
    return date(months_ // 12, months_ % 12 + 1, 1) if months_ >= 12 else date.min


def _first_of_next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
