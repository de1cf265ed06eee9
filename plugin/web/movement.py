"""How deals move: the flow between stages, the cohorts of each month, the open deals of today."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, TypeVar

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from plugin.domain.direction import Direction, Pace
from plugin.domain.moves import LOST, WON
from plugin.rendering.workspace import workspace
from plugin.services.movement import cohorts_by_month, flow, open_deals, open_deals_behind
from plugin.web.edge import session
from plugin.web.interval_bar import interval_bar
from plugin.web.question_form import QuestionForm, asked_stage, question_form

Kind = TypeVar("Kind", bound=StrEnum)

pages = Blueprint("conversion_movement", __name__)

PAGE_SIZE = 100


@pages.get("/conversion/flow")
def flow_page() -> ResponseReturnValue:
    form = question_form()
    stages = workspace().journey.stages
    found = flow(session(), workspace(), form.question()) if form.validate() else None
    targets = (*(stage.key for stage in stages), WON, LOST, None)
    return _show("flow.html", form, flows=found, targets=targets)


@pages.get("/conversion/months")
def months_page() -> ResponseReturnValue:
    form, stage = question_form(), _stage()
    found = cohorts_by_month(session(), workspace(), form.question(), stage) if form.validate() else None
    return _show("months.html", form, months=found, stage=stage, bar=interval_bar)


@pages.get("/conversion/now")
def now_page() -> ResponseReturnValue:
    form = question_form()
    found = open_deals(session(), workspace(), form.question()) if form.validate() else ()
    paces = [pace for pace in Pace if pace is not Pace.UNKNOWN or any(one.paces[pace] for one in found)]
    return _show("now.html", form, stages=found, directions=Direction, paces=paces)


@pages.get("/conversion/now/deals")
def now_deals() -> ResponseReturnValue:
    form, stage = question_form(), _stage()
    direction, pace = _member(Direction, "direction"), _member(Pace, "pace")
    if not form.validate():
        abort(404)
    most = None if request.args.get("all") else PAGE_SIZE
    lines, total = open_deals_behind(
        session(),
        workspace(),
        form.question(),
        stage,
        direction,
        pace,
        most,
    )
    return _show("now_deals.html", form, lines=lines, total=total, stage=stage, direction=direction, pace=pace)


def _member(kind: type[Kind], name: str) -> Kind | None:
    """The member that the address names."""
    value = request.args.get(name)
    try:
        return kind(value) if value else None
    except ValueError:
        abort(404)


def _stage() -> str:
    """The stage asked for; the first one where none is."""
    return asked_stage() or abort(404)


def _show(template: str, form: QuestionForm, **values: Any) -> ResponseReturnValue:
    """Nothing is computed for a form that has something to put right."""
    return render_template(template, form=form, asked=form.asked(), **values), 422 if form.errors else 200
