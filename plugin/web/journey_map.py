"""The map of the journey, at three levels: on one line, its stages as a figure 8, everything."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, render_template, request
from flask.typing import ResponseReturnValue

from plugin.rendering.crowd_map import CrowdMap, draw_crowd
from plugin.rendering.i18n import gettext
from plugin.rendering.wording import stage_name
from plugin.rendering.workspace import workspace
from plugin.services.figure8 import Figure8, figure8
from plugin.services.objectives import StageObjective, objectives_by_stage
from plugin.services.stage_map import whole_map
from plugin.store.queries.stage_map import ImprovementLine, evaluations_due, improvements_of, is_written_on
from plugin.web.edge import session, viewer
from plugin.web.map_forms import MapForm, map_form, today

pages = Blueprint("journey_map", __name__)

LEVELS = ("line", "stages", "all")


@pages.record_once
def _offer(state: object) -> None:
    app: Flask = state.app  # type: ignore[attr-defined]
    app.jinja_env.globals.update(evaluations_due=_mine_to_evaluate, today=today)


def _mine_to_evaluate() -> tuple[ImprovementLine, ...]:
    """The improvements of which whoever looks should say now what came of them."""
    return evaluations_due(session(), viewer().user_id, workspace().journey.key, today())


@pages.get("/journey")
def page() -> ResponseReturnValue:
    form = map_form()
    level = request.args.get("level", "")
    eight = figure8(session(), workspace(), form.question(), form.wanted_persona)
    return render_template(
        "journey_map.html",
        form=form,
        level=level if level in LEVELS else "stages",
        eight=eight,
        written=eight.is_empty and is_written_on(session(), workspace().journey.key),
        aims=aims(),
        **_level(level, form, eight),
    )


def aims() -> dict[str, StageObjective]:
    """By stage: its objective, and where that stands today."""
    found = objectives_by_stage(session(), workspace(), workspace().clock())
    return {one.stage: one for one in found}


def _level(level: str, form: MapForm, eight: Figure8) -> dict[str, Any]:
    """What only this level shows."""
    if level == "line":
        return {}
    if level == "all":
        return {"columns": whole_map(session(), workspace(), viewer(), form.question(), form.wanted_persona)}
    decided = improvements_of(session(), workspace().journey.key, persona=form.wanted_persona)
    return {"maps": [_drawn(eight, tall) for tall in (False, True)], "improvements": decided}


def _drawn(eight: Figure8, tall: bool) -> CrowdMap:
    names = {crowd.stage: stage_name(crowd.stage) for crowd in eight.crowds}
    return draw_crowd(workspace().journey, eight.crowds, eight.leak, names, gettext("Largest leak"), tall)
