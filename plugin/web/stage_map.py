"""One stage of the map: what its logs say, what people wrote, what is to be done better; and the deals behind it."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from plugin.domain.journey import BuyerStage
from plugin.domain.meeting import Feeling
from plugin.domain.stage_map import NoteKind
from plugin.rendering.workspace import workspace
from plugin.services.figure8 import figure8
from plugin.services.stage_logs import LINES_SHOWN, behind, stage_logs
from plugin.services.stage_map import stage_column
from plugin.store.queries.actions import ActionLine, actions_of
from plugin.web.edge import session, viewer
from plugin.web.journey_map import aims
from plugin.web.map_forms import ImprovementForm, NoteForm, improvement_form, map_form

pages = Blueprint("journey_stage", __name__)


@pages.get("/journey/<stage>")
def page(stage: str) -> ResponseReturnValue:
    return show_stage(stage)


@pages.get("/journey/<stage>/deals")
def behind_(stage: str) -> ResponseReturnValue:
    """The meetings that a figure of the stage's page counts, with the buyers' words."""
    known, form, figure = find_stage(stage), map_form(), request.args.get("of", "met")
    logs = stage_logs(session(), workspace(), viewer(), stage, form.question(), form.wanted_persona)
    try:
        lines = behind(session(), logs, figure)
    except KeyError:
        abort(404)
    return render_template(
        "map_behind.html", stage=known, form=form, figure=figure, lines=lines, logs=logs, most=LINES_SHOWN
    )


def find_stage(key: str) -> BuyerStage:
    if key not in workspace().journey:
        abort(404)
    return workspace().journey.stage(key)


def _actions(stage: str, persona: str | None) -> list[ActionLine]:
    """What the teams do here, or mean to; for one persona also what is for everybody."""
    known = actions_of(session(), workspace().journey.key)
    wanted = (persona, None) if persona else None
    return [one for one in known if one.stage == stage and one.unfinished and (not wanted or one.persona in wanted)]


def show_stage(
    stage: str, refused_note: NoteForm | None = None, refused_improvement: ImprovementForm | None = None
) -> ResponseReturnValue:
    """The page of a stage; a form that was refused comes back with what was typed."""
    found, form = find_stage(stage), map_form()
    persona = form.wanted_persona
    forms = {kind: NoteForm(kind, formdata=None, prefix=f"{kind}-", persona=persona or "") for kind in NoteKind}
    if refused_note is not None:
        forms[refused_note.kind] = refused_note
    eight = figure8(session(), workspace(), form.question(), persona)
    page = render_template(
        "stage_map.html",
        stage=found,
        form=form,
        column=stage_column(session(), workspace(), viewer(), stage, form.question(), persona),
        crowd=next(one for one in eight.crowds if one.stage == stage),
        leak=eight.leak,
        aims=aims(),
        actions=_actions(stage, persona),
        feelings=list(Feeling),
        kinds=NoteKind,
        persona_type=next((one.type for one in workspace().personas if one.key == persona), None),
        note_forms=forms,
        improvement=refused_improvement or improvement_form(persona, viewer().user_id),
    )
    return page, 422 if refused_note or refused_improvement else 200
