"""Improvements: decided on a stage's page, evaluated on a page of their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import ValidationError

from plugin.rendering.i18n import gettext
from plugin.rendering.workspace import workspace
from plugin.services.improvements import (
    decide_improvement,
    evaluate_improvement,
    put_off_evaluation,
    withdraw_improvement,
)
from plugin.services.report_rule import LEADING
from plugin.store.queries.stage_map import ImprovementLine, improvements_of
from plugin.web.edge import session, viewer
from plugin.web.map_forms import VerdictForm, check_day, improvement_form, map_form, verdict_form
from plugin.web.stage_map import find_stage, show_stage

pages = Blueprint("journey_improvements", __name__)


@pages.post("/journey/<stage>/improvements")
def decide(stage: str) -> ResponseReturnValue:
    find_stage(stage)
    form = improvement_form(None, viewer().user_id)
    if not form.validate():
        return show_stage(stage, refused_improvement=form)
    decide_improvement(session(), workspace(), viewer(), stage, form.decision())
    flash(gettext("Written down."))
    return redirect(_stage_page(stage), 303)


@pages.get("/journey/<stage>/improvements/<ref>")
def page(stage: str, ref: str) -> ResponseReturnValue:
    found = _find(stage, ref)
    return _show(stage, found, verdict_form(found.verdict, found.learned))


@pages.post("/journey/<stage>/improvements/<ref>")
def evaluate(stage: str, ref: str) -> ResponseReturnValue:
    found = _find(stage, ref)
    form = verdict_form()
    if not form.validate():
        return _show(stage, found, form, 422)
    if not evaluate_improvement(session(), workspace(), viewer(), ref, form.evaluation()):
        abort(404)
    flash(gettext("The verdict is kept."))
    return redirect(_stage_page(stage), 303)


@pages.post("/journey/<stage>/improvements/<ref>/change")
def change(stage: str, ref: str) -> ResponseReturnValue:
    """Another day for the evaluation, or the improvement withdrawn."""
    found = _find(stage, ref)
    doing = (session(), workspace(), viewer(), ref)
    if request.form.get("change") == "withdraw":
        done: Callable[[], bool] = partial(withdraw_improvement, *doing)
    else:
        try:
            done = partial(put_off_evaluation, *doing, _day(request.form.get("due_on", "")))
        except ValidationError as wrong:
            return _show(stage, found, verdict_form(), 422, str(wrong))
    if not done():
        abort(404)
    return redirect(_stage_page(stage), 303)


def _day(text: str) -> date:
    """Raises ValidationError."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValidationError(gettext("Give a day.")) from None
    check_day(day)
    return day


def _find(stage: str, ref: str) -> ImprovementLine:
    find_stage(stage)
    improvements = improvements_of(session(), workspace().journey.key, stage)
    found = next((one for one in improvements if one.public_id == ref), None)
    if found is None:
        abort(404)
    return found


def _show(
    stage: str, found: ImprovementLine, form: VerdictForm, status: int = 200, wrong_day: str = ""
) -> ResponseReturnValue:
    mine = viewer().role in LEADING or found.evaluator_id == viewer().user_id
    page = render_template(
        "improvement.html", stage=find_stage(stage), one=found, form=form, may_change=mine, wrong_day=wrong_day
    )
    return page, status


def _stage_page(stage: str) -> str:
    return url_for("journey_stage.page", stage=stage, _anchor="improvement", **map_form().asked())
