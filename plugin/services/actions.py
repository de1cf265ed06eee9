"""Actions of the teams: kept, and ranked by how near to the purchase and how much they could mend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plugin.domain.action import ActionKind, ActionStatus, Team
from plugin.domain.action_rank import Candidate, Leak, ranked
from plugin.domain.conversion import Period, measure
from plugin.domain.journey import BuyerStage
from plugin.services.audit import record
from plugin.services.conversion import cohorts_as_of
from plugin.services.objectives import ChangedMeanwhile
from plugin.services.report_rule import LEADING
from plugin.services.viewer import Viewer
from plugin.services.workspace import Workspace
from plugin.store.cohorts.view import View
from plugin.store.queries.actions import EVERYTHING, ActionLine, Filters, actions_of, find_action
from plugin.store.queries.questions import Question
from plugin.store.tables import Action

# More would make a list that nobody follows.
MOST_ACTIONS = 500
# What a leak is measured over, where nobody asks for another period.
YEAR = timedelta(days=364)
FAR = date.max.toordinal()
# What somebody works at comes before what was planned, and that before an idea.
TURNS = (ActionStatus.DOING, ActionStatus.PLANNED, ActionStatus.IDEA)


class TooMany(Exception):
    """There are MOST_ACTIONS already."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a form says of an action; see ``Action``. Either ``due_on`` or the two days, or none of them."""

    stage: str
    persona: str | None
    team: Team
    kind: ActionKind
    template: str | None
    title: str
    touchpoint_id: int | None
    due_on: date | None
    days_from: int | None
    days_to: int | None
    how: str
    cost: Decimal | None
    currency: str | None
    owner_id: int | None
    owner_name: str
    status: ActionStatus
    placed: str | None = None
    placed_why: str = ""


@dataclass(frozen=True, slots=True)
class RankedAction:
    """An action, and the leak of its stage that gives it its place."""

    action: ActionLine
    leak: Leak


def ranked_actions(
    session: Session, workspace: Workspace, question: Question, filters: Filters = EVERYTHING
) -> tuple[RankedAction, ...]:
    """What is not done yet, the first to do first."""
    found = leaks(session, workspace, question)
    chosen = [
        Candidate(one, found[one.stage], _turn(one))
        for one in actions_of(session, workspace.journey.key)
        if one.unfinished and one.stage in found and filters.takes(one)
    ]
    return tuple(RankedAction(one.name, one.leak) for one in ranked(chosen))


def leaks(session: Session, workspace: Workspace, question: Question) -> Mapping[str, Leak]:
    """Every stage's leak in the question's period."""
    view = cohorts_as_of(session, workspace, question.as_of)
    return {stage.key: _leak(session, view, question, stage) for stage in workspace.journey.stages}


def last_year(workspace: Workspace) -> Question:
    """The question that actions are ranked by where nobody asks for another period."""
    now = workspace.clock()
    return Question(Period(now.date() - YEAR, now.date()), now)


def add_action(session: Session, workspace: Workspace, viewer: Viewer, wanted: Wanted) -> str:
    """Its public id. Raises TooMany."""
    journey, now = workspace.journey.key, workspace.clock()
    if (session.scalar(select(func.count()).select_from(Action)) or 0) >= MOST_ACTIONS:
        raise TooMany
    row = Action(public_id=uuid4().hex, journey=journey, created_at=now, changed_at=now, **asdict(wanted))
    session.add(row)
    record(session, viewer.user_id, "action added", row.public_id, now)
    return row.public_id


def change_action(
    session: Session, workspace: Workspace, viewer: Viewer, action: ActionLine, wanted: Wanted, revision: int
) -> None:
    """Raises ChangedMeanwhile."""
    row = _locked(session, action)
    if row.revision != revision:
        raise ChangedMeanwhile
    for name, value in asdict(wanted).items():
        setattr(row, name, value)
    row.revision, row.changed_at = revision + 1, workspace.clock()
    record(session, viewer.user_id, "action changed", row.public_id, workspace.clock())


def remove_action(session: Session, workspace: Workspace, viewer: Viewer, action: ActionLine) -> None:
    session.delete(_locked(session, action))
    record(session, viewer.user_id, "action removed", action.public_id, workspace.clock())


def may_move(viewer: Viewer, action: ActionLine) -> bool:
    """Who leads moves every action, everybody their own."""
    return viewer.role in LEADING or action.owner_id == viewer.user_id


def set_status(session: Session, workspace: Workspace, viewer: Viewer, public_id: str, status: ActionStatus) -> bool:
    """False where this viewer has no such action to move."""
    action = find_action(session, workspace.journey.key, public_id)
    if action is None or not may_move(viewer, action):
        return False
    row = _locked(session, action)
    row.status, row.revision, row.changed_at = status.value, row.revision + 1, workspace.clock()
    record(session, viewer.user_id, f"action {status.value}", public_id, workspace.clock())
    return True


def _locked(session: Session, action: ActionLine) -> Action:
    return session.scalars(select(Action).filter_by(id=action.id).with_for_update()).one()


def _turn(action: ActionLine) -> tuple[int, int]:
    return TURNS.index(action.status), action.due_on.toordinal() if action.due_on else FAR


def _leak(session: Session, view: View, question: Question, stage: BuyerStage) -> Leak:
    row = measure(stage.key, view.histogram(session, question, stage.key), question.horizon)
    lost, back = (view.deals(session, question, stage.key, figure) for figure in ("lost", "went_back"))
    known = row.low is not None and row.high is not None
    return Leak(
        stage.key,
        stage.distance,
        row.entered,
        len(np.union1d(lost, back)),
        row.lost,
        row.went_back,
        ((row.high or 0) - (row.low or 0)) / 2 if known else None,
    )
