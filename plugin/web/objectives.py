"""Objectives: the tree from the company's goal down to the actions, and the forms that set them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain.action import ActionStatus, Team
from plugin.domain.conversion import StageConversion
from plugin.domain.objective import proposed
from plugin.domain.typed_text import tidy
from plugin.rendering.formats import day
from plugin.rendering.i18n import gettext
from plugin.rendering.workspace import workspace
from plugin.services.objectives import (
    ChangedMeanwhile,
    Goal,
    PeriodTaken,
    change_objective,
    plan,
    remove_objective,
    set_goal,
    set_objective,
    standing_of_objective,
)
from plugin.store.queries.actions import actions_of
from plugin.store.queries.objectives import ObjectiveLine, changes_of, find_goal, find_objective
from plugin.web.edge import rollback, session, viewer
from plugin.web.interval_bar import interval_bar
from plugin.web.objective_forms import ChangeForm, GoalForm, ObjectiveForm, number_in, refreshed
from plugin.web.plan import today

pages = Blueprint("objectives", __name__)


@pages.get("/plan")
def page() -> ResponseReturnValue:
    found = plan(session(), workspace())
    actions = [one for one in actions_of(session(), workspace().journey.key) if one.status is not ActionStatus.STOPPED]
    return render_template(
        "objectives.html",
        plan=found,
        actions={one.stage: [it for it in actions if it.stage == one.stage] for one in found.stages},
        bar=interval_bar,
        behind=behind,
        today=today(),
    )


@pages.get("/plan/goal")
def goal() -> ResponseReturnValue:
    found = find_goal(session())
    return _show_goal(GoalForm(obj=found, revision=str(found.revision)) if found else _first_goal())


@pages.post("/plan/goal")
def save_goal() -> ResponseReturnValue:
    form = GoalForm().offer()
    if not form.validate():
        return _show_goal(form, 422)
    try:
        set_goal(session(), workspace(), viewer(), form.goal(), number_in(form.revision))
    except ChangedMeanwhile:
        return _show_goal(refreshed(form, (find_goal(session()) or Goal("")), form.text), 409)
    flash(gettext("Saved: everybody sees it from now on."))
    return redirect(url_for("objectives.page"), 303)


@pages.get("/plan/objectives/new")
def new() -> ResponseReturnValue:
    stage = _stage(request.args.get("stage", ""))
    return _show_objective(stage, ObjectiveForm(**_proposal(stage)))


@pages.post("/plan/objectives/new")
def add() -> ResponseReturnValue:
    stage, form = _stage(request.form.get("stage", "")), ObjectiveForm()
    if not form.validate():
        return _show_objective(stage, form, status=422)
    try:
        set_objective(session(), workspace(), viewer(), stage, form.target(), tidy(form.why.data))
    except PeriodTaken as taken:
        return _show_objective(stage, _with_taken(form, taken), status=409)
    flash(gettext("The objective is set: everybody sees it from now on."))
    return _to_stage(stage)


@pages.get("/plan/objectives/<public_id>")
def objective(public_id: str) -> ResponseReturnValue:
    found = _objective(public_id)
    teams = {team.value: team.value in found.teams for team in Team}
    form = ChangeForm(obj=found, revision=str(found.revision), **teams)
    return _show_objective(found.stage, form, found)


@pages.post("/plan/objectives/<public_id>")
def change(public_id: str) -> ResponseReturnValue:
    found, form = _objective(public_id), ChangeForm()
    if not form.validate():
        return _show_objective(found.stage, form, found, 422)
    try:
        change_objective(
            session(), workspace(), viewer(), found, form.target(), tidy(form.why.data), number_in(form.revision)
        )
    except PeriodTaken as taken:
        return _show_objective(found.stage, _with_taken(form, taken), found, 409)
    except ChangedMeanwhile:
        return _show_objective(found.stage, refreshed(form, found, form.share), found, 409)
    flash(gettext("Saved, with what it was before."))
    return _to_stage(found.stage)


@pages.post("/plan/objectives/<public_id>/remove")
def remove(public_id: str) -> ResponseReturnValue:
    found = _objective(public_id)
    remove_objective(session(), workspace(), viewer(), found)
    flash(gettext("The objective is taken away."))
    return _to_stage(found.stage)


def behind(row: StageConversion, objective: ObjectiveLine, figure: str) -> str:
    """Where the deals behind an objective's figure are: the same question."""
    asked: dict[str, Any] = {"from": objective.first_on.isoformat(), "to": objective.last_on.isoformat()}
    return url_for("conversion.behind", stage=row.stage, figure=figure, horizon=objective.within_days, **asked)


def _first_goal() -> GoalForm:
    this_year = today().year
    return GoalForm(first_on=date(this_year, 1, 1), last_on=date(this_year, 12, 31))


def _proposal(stage: str) -> dict[str, Any]:
    """What the journey proposes in words, for this quarter and the next one; shared by all teams."""
    share, within = proposed(workspace().journey.stage(stage).objective.en) or (60, 60)
    first = date(today().year, (today().month - 1) // 3 * 3 + 1, 1)
    ends = (first + timedelta(days=200)).replace(day=1) - timedelta(days=1)
    return {
        "share": share,
        "within_days": within,
        "first_on": first,
        "last_on": ends,
        **{team.value: True for team in (Team.MARKETING, Team.SALES)},
    }


def _with_taken(form: ObjectiveForm, taken: PeriodTaken) -> ObjectiveForm:
    rollback()
    other = taken.other
    form.first_on.errors = [
        gettext(
            "This stage has an objective from %(first)s to %(last)s: change that one, or begin after it.",
            first=day(other.first_on),
            last=day(other.last_on),
        )
    ]
    return form


def _stage(key: str) -> str:
    if key not in workspace().journey:
        abort(404)
    return key


def _objective(public_id: str) -> ObjectiveLine:
    found = find_objective(session(), workspace().journey.key, public_id)
    if found is None:
        abort(404)
    return found


def _to_stage(stage: str) -> ResponseReturnValue:
    return redirect(url_for("objectives.page", _anchor=f"stage-{stage}"), 303)


def _show_goal(form: GoalForm, status: int = 200) -> ResponseReturnValue:
    return render_template("goal.html", form=form.offer()), status


def _show_objective(
    stage: str, form: ObjectiveForm, found: ObjectiveLine | None = None, status: int = 200
) -> ResponseReturnValue:
    page = render_template(
        "objective.html",
        form=form,
        stage=workspace().journey.stage(stage),
        objective=found,
        progress=standing_of_objective(session(), workspace(), found, workspace().clock()) if found else None,
        changes=changes_of(session(), found.id) if found else (),
        bar=interval_bar,
        behind=behind,
        teams=tuple(Team),
    )
    return page, status
