"""Objectives: set, changed with a reason, told with what may be said of them today; above them the company's goal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.domain.conversion import Period
from plugin.domain.objective import Progress, progress
from plugin.services.audit import record
from plugin.services.conversion import cohorts_as_of
from plugin.services.viewer import Viewer
from plugin.services.workspace import Workspace
from plugin.store.cohorts.view import View
from plugin.store.queries.objectives import GoalLine, ObjectiveLine, find_goal, objectives_of
from plugin.store.queries.questions import Question
from plugin.store.queries.wins import Wins, wins_in
from plugin.store.tables import CompanyGoal, Objective, ObjectiveChange


class ChangedMeanwhile(Exception):
    """Somebody else saved it since the form was opened."""


class PeriodTaken(Exception):
    """The stage has an ``other`` objective in these days."""

    def __init__(self, other: ObjectiveLine) -> None:
        super().__init__(other.public_id)
        self.other = other


@dataclass(frozen=True, slots=True)
class Target:
    """What an objective says. ``share`` is in percent; ``first_on`` and ``last_on`` both belong to the period."""

    share: int
    within_days: int
    first_on: date
    last_on: date
    teams: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Goal:
    """What the company's goal says; see ``CompanyGoal``."""

    text: str
    measure: str = ""
    amount: Decimal | None = None
    currency: str | None = None
    first_on: date | None = None
    last_on: date | None = None


@dataclass(frozen=True, slots=True)
class StageObjective:
    """A stage, the objective that counts on the day (None: it has none yet) and where that stands.

    ``others`` are those of other periods, the latest first.
    """

    stage: str
    objective: ObjectiveLine | None
    progress: Progress | None
    others: tuple[ObjectiveLine, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The goal, what has been won towards it, and below it the stages in journey order."""

    goal: GoalLine | None
    won: Wins | None
    stages: tuple[StageObjective, ...]
    as_of: datetime


def plan(session: Session, workspace: Workspace, as_of: datetime | None = None) -> Plan:
    """As of an instant; now where none is given."""
    seen = as_of or workspace.clock()
    goal = find_goal(session)
    return Plan(
        goal,
        wins_in(session, Period(goal.first_on, min(goal.last_on or date.max, seen.date()))) if goal else None,
        objectives_by_stage(session, workspace, seen),
        seen,
    )


def objectives_by_stage(session: Session, workspace: Workspace, as_of: datetime) -> tuple[StageObjective, ...]:
    """In journey order."""
    view = cohorts_as_of(session, workspace, as_of)
    known = objectives_of(session, workspace.journey.key)
    return tuple(
        _stage(session, view, stage.key, [one for one in known if one.stage == stage.key], as_of)
        for stage in workspace.journey.stages
    )


def standing_of_objective(
    session: Session, workspace: Workspace, objective: ObjectiveLine, as_of: datetime
) -> Progress:
    """Where one objective stands, of whatever period."""
    return _progress(session, cohorts_as_of(session, workspace, as_of), objective, as_of)


def counting_on(objectives: Sequence[ObjectiveLine], day: date) -> ObjectiveLine | None:
    """The one whose period the day lies in; else the next to come; else the last that there was."""
    now = next((one for one in objectives if one.first_on <= day <= one.last_on), None)
    to_come = min((one for one in objectives if one.first_on > day), key=lambda one: one.first_on, default=None)
    return now or to_come or max(objectives, key=lambda one: one.last_on, default=None)


def set_objective(
    session: Session, workspace: Workspace, viewer: Viewer, stage: str, target: Target, why: str
) -> ObjectiveLine:
    """Begin an objective of a stage. Raises PeriodTaken."""
    _free(session, workspace, stage, target, None)
    now = workspace.clock()
    row = Objective(
        public_id=uuid4().hex,
        journey=workspace.journey.key,
        stage=stage,
        created_at=now,
        changed_at=now,
        **_columns(target),
    )
    session.add(row)
    session.flush()
    _note(session, viewer, row, {}, target, why, now)
    record(session, viewer.user_id, "objective set", row.public_id, now)
    return next(one for one in objectives_of(session, row.journey) if one.id == row.id)


def change_objective(
    session: Session,
    workspace: Workspace,
    viewer: Viewer,
    objective: ObjectiveLine,
    target: Target,
    why: str,
    revision: int,
) -> None:
    """Change it and keep what it was. Raises ChangedMeanwhile and PeriodTaken."""
    row = session.scalars(select(Objective).filter_by(id=objective.id).with_for_update()).one()
    if row.revision != revision:
        raise ChangedMeanwhile
    before = Target(row.share, row.within_days, row.first_on, row.last_on, tuple(row.teams))
    if before == target:
        return
    _free(session, workspace, objective.stage, target, objective.id)
    now = workspace.clock()
    for name, value in _columns(target).items():
        setattr(row, name, value)
    row.revision, row.changed_at = revision + 1, now
    _note(session, viewer, row, _told(before), target, why, now)
    record(session, viewer.user_id, "objective changed", row.public_id, now)


def remove_objective(session: Session, workspace: Workspace, viewer: Viewer, objective: ObjectiveLine) -> None:
    """Take it away, with its history: it was set by mistake."""
    session.delete(session.get_one(Objective, objective.id))
    record(session, viewer.user_id, "objective removed", objective.public_id, workspace.clock())


def set_goal(session: Session, workspace: Workspace, viewer: Viewer, goal: Goal, revision: int) -> None:
    """Put the company's goal in place of the one before. Raises ChangedMeanwhile."""
    now = workspace.clock()
    row = session.scalar(select(CompanyGoal).with_for_update()) or CompanyGoal(revision=0)
    if row.revision != revision:
        raise ChangedMeanwhile
    for name, value in asdict(goal).items():
        setattr(row, name, value)
    row.revision, row.changed_at = revision + 1, now
    session.add(row)
    record(session, viewer.user_id, "goal changed", "", now)


def _stage(session: Session, view: View, stage: str, known: list[ObjectiveLine], as_of: datetime) -> StageObjective:
    chosen = counting_on(known, as_of.date())
    found = _progress(session, view, chosen, as_of) if chosen else None
    return StageObjective(stage, chosen, found, tuple(one for one in reversed(known) if one is not chosen))


def _progress(session: Session, view: View, objective: ObjectiveLine, as_of: datetime) -> Progress:
    question = Question(objective.period, as_of, objective.within_days)
    histogram = view.histogram(session, question, objective.stage)
    return progress(objective.stage, histogram, objective.target, objective.within_days)


def _free(session: Session, workspace: Workspace, stage: str, target: Target, own: int | None) -> None:
    for other in objectives_of(session, workspace.journey.key):
        apart = target.last_on < other.first_on or other.last_on < target.first_on
        if other.stage == stage and other.id != own and not apart:
            raise PeriodTaken(other)


def _columns(target: Target) -> dict[str, Any]:
    return {**asdict(target), "teams": list(target.teams)}


def _told(target: Target) -> dict[str, Any]:
    days = {"first_on": target.first_on.isoformat(), "last_on": target.last_on.isoformat()}
    return _columns(target) | days


def _note(
    session: Session, viewer: Viewer, row: Objective, before: dict[str, Any], after: Target, why: str, now: datetime
) -> None:
    session.add(
        ObjectiveChange(objective_id=row.id, at=now, user_id=viewer.user_id, before=before, after=_told(after), why=why)
    )
