"""How deals move: where a stage leads, how its cohorts of each month fare, which way the open deals go today."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session

from plugin.domain.conversion import Period, StageConversion, measure
from plugin.domain.direction import Direction, Pace, Reading, Stays, read_direction
from plugin.domain.plan import days_late
from plugin.domain.visits import Standing
from plugin.services.conversion import cohorts_as_of
from plugin.services.readings import stays_by_stage
from plugin.services.workspace import Workspace
from plugin.store.cohorts.packed import UNDATED
from plugin.store.queries.deals import DealLine, lines_of
from plugin.store.queries.plans import open_steps_due
from plugin.store.queries.questions import Question
from plugin.store.types import from_microseconds

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
    found = []
    for stage, readings in _readings(session, workspace, question):
        directions = Counter(reading.direction for _, reading in readings)
        paces = Counter(reading.pace for _, reading in readings)
        found.append(OpenDeals(stage, len(readings), directions, paces))
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
    for key, readings in _readings(session, workspace, question):
        if key == stage:
            taken = [
                (deal_id, reading)
                for deal_id, reading in readings
                if direction in (None, reading.direction) and pace in (None, reading.pace)
            ]
            lines = lines_of(session, [deal_id for deal_id, _ in taken[:most]])
            return tuple((lines[deal_id], reading) for deal_id, reading in taken[:most]), len(taken)
    return (), 0


def _readings(
    session: Session, workspace: Workspace, question: Question
) -> Iterator[tuple[str, list[tuple[int, Reading]]]]:
    """Every stage's open deals, the longest there first. Deals that came on the same day are read once."""
    view = workspace.cohorts.view(session)
    now = workspace.clock()
    stays = stays_by_stage(session, workspace, now)
    late = {deal_id: days_late(due, now.date()) for deal_id, due in open_steps_due(session).items()}
    for stage in workspace.journey.stages:
        known: dict[tuple[int | None, bool, int], Reading] = {}
        columns = view.open_deals(session, question, stage.key)
        rows = zip(*(columns[name].tolist() for name in ("deal", "since", "came_back")), strict=True)
        readings = []
        for deal_id, since, came_back in sorted(rows, key=lambda row: (row[1], row[0])):
            key = (_days(since, now), bool(came_back), late.get(deal_id, 0))
            if key not in known:
                standing = _standing(stage.key, since, bool(came_back))
                known[key] = read_direction(standing, stays.get(stage.key, Stays()), now, key[2])
            readings.append((deal_id, known[key]))
        yield stage.key, readings


def _days(since: int, now: datetime) -> int | None:
    return None if since == UNDATED else (now - from_microseconds(since)).days


def _standing(stage: str, since: int, came_back: bool) -> Standing:
    instant = None if since == UNDATED else from_microseconds(since)
    return Standing(stage, "open", instant, came_back, 1, 1, instant)


def _months_before(day: date, number: int) -> date:
    months_ = day.year * 12 + day.month - 1 - number
    return date(months_ // 12, months_ % 12 + 1, 1) if months_ >= 12 else date.min


def _first_of_next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
