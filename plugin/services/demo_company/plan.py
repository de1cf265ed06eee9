"""What the demo's teams agreed on: a goal, objectives with a history, and actions; read from ``plan.yaml``."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from itertools import islice
from typing import Any
from uuid import uuid4

import yaml
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plugin.domain.action import ActionKind, ActionStatus, Team
from plugin.services.actions import Wanted, add_action, last_year
from plugin.services.conversion import deals_behind
from plugin.services.objectives import Goal, Target, change_objective, set_goal, set_objective
from plugin.services.reminders import Answer
from plugin.services.viewer import Viewer
from plugin.services.workspace import Workspace
from plugin.store.tables import Action, ActionReminder, CompanyGoal, Objective, Touchpoint, UserAccount

# Objectives were set some months ago, and hold for a year.
BEGAN, ENDS = -200, 165
SOME_DAYS = timedelta(days=5)
SET_AGO, CHANGED_AGO = timedelta(days=190), timedelta(days=75)


def plan_for_demo(workspace: Workspace, viewer: Viewer) -> None:
    """Once: where anything of a plan is there already, people have had their hands on it."""
    content = yaml.safe_load((files("plugin.services.demo_company") / "plan.yaml").read_text(encoding="utf-8"))
    with workspace.database.writing.begin() as session:
        if any(session.scalar(select(func.count()).select_from(one)) for one in (CompanyGoal, Objective, Action)):
            return
        _goal(session, workspace, viewer, content["goal"])
        for one in content["objectives"]:
            was = next((it for it in content["changed"] if it["stage"] == one["stage"]), None)
            _objective(session, workspace, viewer, one, was)
        touchpoints = {one["name"]: _touchpoint(session, workspace, one) for one in content["touchpoints"]}
        people = {row[0]: row[1] for row in session.execute(select(UserAccount.email, UserAccount.id))}
        for one in content["actions"]:
            if one["stage"] in workspace.journey:
                public_id = add_action(session, workspace, viewer, _wanted(workspace, one, touchpoints, people))
                _reach(session, workspace, viewer, public_id, one)


def _goal(session: Session, workspace: Workspace, viewer: Viewer, told: dict[str, Any]) -> None:
    year = workspace.clock().year
    amount = Decimal(told["amount"])
    goal = Goal(told["text"], told["measure"], amount, None, date(year, 1, 1), date(year, 12, 31))
    set_goal(session, workspace, viewer, goal, 0)


def _objective(
    session: Session, workspace: Workspace, viewer: Viewer, told: dict[str, Any], was: dict[str, Any] | None
) -> None:
    if told["stage"] not in workspace.journey:
        return
    now = workspace.clock()
    first = _day(now, told.get("first", BEGAN))
    target = Target(told["share"], told["within"], first, _day(now, ENDS), tuple(told["teams"]))
    before = replace(target, share=was["share"], within_days=was["within"]) if was else target
    began = replace(workspace, clock=lambda: now - SET_AGO)
    objective = set_objective(session, began, viewer, told["stage"], before, told["why"])
    if was:
        later = replace(workspace, clock=lambda: now - CHANGED_AGO)
        change_objective(session, later, viewer, objective, target, was["why"], 0)


def _reach(session: Session, workspace: Workspace, viewer: Viewer, public_id: str, told: dict[str, Any]) -> None:
    """Answered reminders: a few days after each deal had entered the stage."""
    action_id = session.scalars(select(Action.id).filter_by(public_id=public_id)).one()
    for figure, deals in told.get("reached", {}).items():
        behind = deals_behind(session, workspace, last_year(workspace), told["stage"], figure)
        long_enough = (one for one in behind.lines if (one.days or 0) > SOME_DAYS.days and one.passage.entered_at)
        for one in islice(long_enough, deals):
            entered = one.passage.entered_at or workspace.clock()
            session.add(
                ActionReminder(
                    action_id=action_id,
                    deal_id=one.deal.id,
                    entered_at=entered,
                    answer=Answer.DONE.value,
                    user_id=viewer.user_id,
                    answered_at=entered + SOME_DAYS,
                )
            )


def _touchpoint(session: Session, workspace: Workspace, told: dict[str, Any]) -> int:
    row = session.scalar(select(Touchpoint).filter_by(name=told["name"]))
    if row is None:
        row = Touchpoint(public_id=uuid4().hex, created_at=workspace.clock(), **told)
        session.add(row)
        session.flush()
    return row.id


def _wanted(workspace: Workspace, told: dict[str, Any], touchpoints: dict[str, int], people: dict[str, int]) -> Wanted:
    first, last = told.get("entering", (None, None))
    cost = told.get("cost")
    return Wanted(
        stage=told["stage"],
        persona=told.get("persona"),
        team=Team(told["team"]),
        kind=ActionKind(told["kind"]),
        template=told.get("template"),
        title=told["title"],
        touchpoint_id=touchpoints.get(told.get("touchpoint", "")),
        due_on=_day(workspace.clock(), told["day"]) if "day" in told else None,
        days_from=first,
        days_to=last,
        how=told.get("how", ""),
        cost=Decimal(cost) if cost is not None else None,
        currency="EUR" if cost is not None else None,
        owner_id=people.get(told["owner"]),
        owner_name="",
        status=ActionStatus(told["status"]),
        placed=told.get("placed"),
        placed_why=told.get("placed_why", ""),
    )


def _day(now: datetime, days: int) -> date:
    return now.date() + timedelta(days=days)
