"""The radar: deals that went back or stand still, the returns between stages, and moments of truth."""

from __future__ import annotations

from itertools import groupby

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from plugin.domain.alert import Alert
from plugin.domain.going_back import most_returned
from plugin.domain.meeting import Effect, Feeling
from plugin.rendering.return_picture import draw
from plugin.rendering.workspace import workspace
from plugin.services.moments import moments_behind, moments_report
from plugin.services.radar import radar, radar_page
from plugin.services.radar_lines import radar_lines
from plugin.services.returns import returns_behind, stage_returns
from plugin.store.queries.moments import MomentFilter
from plugin.store.queries.owners import is_linked
from plugin.web.edge import session, viewer
from plugin.web.first_steps import once_deals_came
from plugin.web.question_form import question_form
from plugin.web.radar_form import page_number, radar_form

pages = Blueprint("radar", __name__)

LINES_SHOWN = 100
# What names a group of meetings in an address. The question has a persona of its own, and a meeting's stage is another
# thing than the one that a deal stands in.
GROUP = {
    "in": "stage",
    "template": "template",
    "version": "version",
    "who": "persona",
    "effect": "effect",
    "felt": "felt",
}


@pages.get("/radar")
@once_deals_came
def page() -> ResponseReturnValue:
    form = radar_form()
    found = radar(session(), workspace(), viewer(), form.question())
    number = min(page_number(), found.pages)
    lines = radar_lines(session(), workspace(), viewer(), radar_page(session(), workspace(), found, number))
    return render_template(
        "radar.html",
        form=form,
        found=found,
        page=number,
        sections=[(alert, list(some)) for alert, some in groupby(lines, key=lambda one: one.alert)],
        alerts=Alert,
        asked=form.asked(),
        linked=viewer().sees_all or is_linked(session(), viewer().user_id),
    )


@pages.get("/radar/returns")
def returns() -> ResponseReturnValue:
    form = question_form()
    if not form.validate():
        return render_template("returns.html", form=form, asked=form.asked(), stages=None, finding=None), 422
    found = stage_returns(session(), workspace(), form.question())
    ways = [told.way for stage in found for told in stage.ways]
    return render_template(
        "returns.html",
        form=form,
        asked=form.asked(),
        stages=found,
        finding=most_returned([(one.stage, one.share) for one in found]),
        pictures=draw(workspace().journey, ways),
    )


@pages.get("/radar/returns/deals")
def returned() -> ResponseReturnValue:
    """The moves back behind one number."""
    form, stage, target = question_form(), request.args.get("stage", ""), request.args.get("target") or None
    if not form.validate() or stage not in workspace().journey or target not in (None, *workspace().journey.by_key):
        abort(404)
    lines, total = returns_behind(session(), workspace(), form.question(), stage, target, _most())
    return render_template(
        "returned.html",
        question=form.question(),
        asked=form.asked(),
        stage=stage,
        target=target,
        lines=lines,
        total=total,
    )


@pages.get("/radar/moments")
def moments() -> ResponseReturnValue:
    form = question_form()
    report = moments_report(session(), workspace(), form.question()) if form.validate() else None
    shown = {"effects": Effect, "feelings": Feeling}
    return render_template(
        "moments.html", form=form, asked=form.asked(), report=report, **shown
    ), 200 if report else 422


@pages.get("/radar/moments/meetings")
def met() -> ResponseReturnValue:
    """The meetings behind one number."""
    form = question_form()
    if not form.validate():
        abort(404)
    wanted = moment_filter()
    lines, total = moments_behind(session(), workspace(), form.question(), wanted, _most())
    return render_template(
        "met.html",
        question=form.question(),
        asked=form.asked(),
        wanted=wanted,
        wanted_address={argument: request.args[argument] for argument in GROUP if argument in request.args},
        lines=lines,
        total=total,
    )


def moment_filter() -> MomentFilter:
    """What the address names, beside the question: a group of meetings, and what they did."""
    return MomentFilter(**{name: request.args.get(argument) for argument, name in GROUP.items()})


def _most() -> int | None:
    return None if request.args.get("all") else LINES_SHOWN
