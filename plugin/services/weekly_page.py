"""The page for the meeting of marketing and sales: what moved in a week, what leaks, the objectives, three actions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from plugin.domain.action import ActionStatus
from plugin.domain.conversion import Period
from plugin.domain.journey import Journey
from plugin.domain.moves import LOST, WON
from plugin.domain.visits import Visit, replay
from plugin.domain.week import Week
from plugin.services.actions import YEAR, RankedAction, leaks, ranked_actions
from plugin.services.objectives import Plan, plan
from plugin.services.workspace import Workspace
from plugin.store.derived import BATCH, batches, by_journey, deals_moving_in, moves_of
from plugin.store.queries.questions import Question, end_of
from plugin.store.queries.stage_map import ImprovementLine, improvements_due

TOP = 3
AHEAD = timedelta(days=7)


class Way(StrEnum):
    """Where a buyer went who left a stage."""

    FORWARD = "forward"
    BACK = "back"
    LOST = "lost"
    WON = "won"


@dataclass(frozen=True, slots=True)
class StageWeek:
    """How many left a stage which way in the week, and in the week before it."""

    stage: str
    now: Counter[Way]
    before: Counter[Way]

    @property
    def leaked(self) -> int:
        return self.now[Way.LOST] + self.now[Way.BACK]


@dataclass(frozen=True, slots=True)
class WeeklyPage:
    """``leak`` is the stage that lost or sent back the most in the week; None where none did.

    ``running``: the week is not over, and all is as of now. ``to_evaluate`` are improvements that wait for a verdict,
    or will within a week.
    """

    week: Week
    as_of: datetime
    running: bool
    moved: tuple[StageWeek, ...]
    leak: RankedLeak | None
    plan: Plan
    actions: tuple[RankedAction, ...]
    to_evaluate: tuple[ImprovementLine, ...]


@dataclass(frozen=True, slots=True)
class RankedLeak:
    """A stage's leak in the week beside that of the year: the one may be chance."""

    stage: str
    in_week: int
    left_in_week: int
    in_year: int
    entered_in_year: int


def weekly_page(session: Session, workspace: Workspace, week: Week) -> WeeklyPage:
    """As of the week's end; as of now where it is not over."""
    now = workspace.clock()
    as_of = min(end_of(week.sunday), now)
    question = Question(Period(_year_before(as_of), as_of.date()), as_of)
    moved = _moved(session, workspace, week, as_of)
    return WeeklyPage(
        week,
        as_of,
        as_of == now,
        moved,
        _leak(session, workspace, moved, question),
        plan(session, workspace, as_of),
        _to_speak_of(ranked_actions(session, workspace, question)),
        improvements_due(session, workspace.journey.key, as_of.date() + AHEAD),
    )


def last_whole_week(workspace: Workspace) -> Week:
    """The week that the meeting looks back on."""
    return Week.of(workspace.clock().date() - timedelta(days=7))


def _to_speak_of(actions: tuple[RankedAction, ...]) -> tuple[RankedAction, ...]:
    """The first ones; a mere idea only where too little is planned or under way."""
    return tuple(sorted(actions, key=lambda one: one.action.status is ActionStatus.IDEA)[:TOP])


def way_of(visit: Visit, journey: Journey) -> Way | None:
    """None while the buyer stays."""
    if visit.left_to is None:
        return None
    if visit.left_to in (WON, LOST):
        return Way.WON if visit.left_to == WON else Way.LOST
    here, there = journey.stage(visit.stage), journey.stage(visit.left_to)
    # From the usage loop into the purchase loop a new round begins: that is the way on.
    forward = there.position > here.position or there.loop is not here.loop
    return Way.FORWARD if forward else Way.BACK


def _moved(session: Session, workspace: Workspace, week: Week, as_of: datetime) -> tuple[StageWeek, ...]:
    before = week.before or week
    counts = {name: Counter[tuple[str, Way]]() for name in ("now", "before")}
    for visit in _visits_left(session, workspace, before, week, as_of):
        way = way_of(visit, workspace.journey)
        if way and visit.left_at:
            counts["now" if week.period.contains(visit.left_at) else "before"][visit.stage, way] += 1
    return tuple(
        StageWeek(stage.key, *(Counter({way: counts[name][stage.key, way] for way in Way}) for name in counts))
        for stage in workspace.journey.stages
    )


def _visits_left(session: Session, workspace: Workspace, first: Week, last: Week, as_of: datetime) -> Iterator[Visit]:
    """Every visit that ended in one of these weeks, known by the instant."""
    period = Period(first.monday, last.sunday)
    deals = dict(by_journey(session, workspace.journeys, deals_moving_in(session, period)))
    for batch in batches(deals.get(workspace.journey, ()), BATCH):
        for _, moves in moves_of(session, workspace.journey, batch):
            for visit in replay(moves, workspace.journey, as_of).visits:
                if visit.left_at and period.contains(visit.left_at):
                    yield visit


def _leak(
    session: Session, workspace: Workspace, moved: tuple[StageWeek, ...], question: Question
) -> RankedLeak | None:
    worst = max(moved, key=lambda one: one.leaked, default=None)
    if worst is None or not worst.leaked:
        return None
    year = leaks(session, workspace, question)[worst.stage]
    return RankedLeak(worst.stage, worst.leaked, worst.now.total(), year.leaked, year.entered)


def _year_before(as_of: datetime) -> date:
    return as_of.date() - YEAR if as_of.date() - date.min > YEAR else date.min
