"""Conversion: the table of stages, and the deals behind each of its figures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain.curves import at_day
from plugin.rendering.workspace import workspace
from plugin.services.conversion import BehindLine, conversion, deals_behind, is_figure, pages_of_deals_behind, stage_row
from plugin.services.crm_numbers import crm_numbers
from plugin.services.stage_curves import COMPARISONS, PERIOD_BEFORE, stage_curves
from plugin.web.counted_as import COMPARED, counted_as
from plugin.web.curve_picture import axis_for, draw
from plugin.web.deeds import note_deed
from plugin.web.edge import session
from plugin.web.first_steps import once_deals_came
from plugin.web.interval_bar import interval_bar
from plugin.web.question_form import HORIZONS, QuestionForm, question_form
from plugin.web.report_files import COUNTS, as_csv

pages = Blueprint("conversion", __name__)

PAGE_SIZE = 100


@pages.get("/conversion")
@once_deals_came
def page() -> ResponseReturnValue:
    form = question_form()
    if not form.validate():
        return render_template("conversion.html", form=form, report=None, asked=form.asked()), 422
    report = conversion(session(), workspace(), form.question())
    return render_template(
        "conversion.html",
        form=form,
        report=report,
        bar=interval_bar,
        behind=_behind(form),
        counts=COUNTS,
        asked=form.asked(),
    )


@pages.get("/conversion/stage")
def stage_page() -> ResponseReturnValue:
    """One stage's curves, whole and compared."""
    form, stage, compare = question_form(), request.args.get("stage", ""), request.args.get("compare", "")
    if not form.validate() or stage not in workspace().journey:
        abort(404)
    report = stage_curves(session(), workspace(), form.question(), stage, compare)
    whole = [report.whole] if compare == PERIOD_BEFORE else []
    return render_template(
        "stage_curves.html",
        report=report,
        stage=stage,
        compare=compare,
        comparisons=(PERIOD_BEFORE, *COMPARISONS),
        asked=form.asked(),
        axis=axis_for([report.whole]),
        compared_axis=axis_for([*whole, *(group.curves for group in report.groups)]),
        draw=draw,
        at_day=at_day,
        horizons=HORIZONS,
        back=url_for("conversion.page", **form.asked()),
        behind=_behind(form),
        definitions=crm_numbers(session(), workspace(), form.question(), stage),
    )


@pages.get("/conversion/deals")
def behind() -> ResponseReturnValue:
    """The deals that one figure counts, with the dates that put them there."""
    form, stage, figure = question_form(), request.args.get("stage", ""), request.args.get("figure", "")
    if not form.validate() or stage not in workspace().journey or not is_figure(workspace(), figure):
        abort(404)
    question = form.question()
    most = None if request.args.get("all") else PAGE_SIZE
    found = deals_behind(session(), workspace(), question, stage, figure, most)
    return render_template(
        "behind.html",
        question=question,
        stage=stage,
        figure=figure,
        lines=found.lines,
        total=found.total,
        counted_as=partial(counted_as, figure, question=question, journey=workspace().journey),
        compares=figure in COMPARED,
        everything=_behind(form)(stage, figure, all=1),
        row=stage_row(session(), workspace(), question, stage),
        as_csv=url_for("conversion.behind_as_csv", **form.asked(), stage=stage, figure=figure),
        back=url_for("conversion.page", **form.asked()),
    )


@pages.get("/conversion/deals.csv")
def behind_as_csv() -> ResponseReturnValue:
    """The same deals for a spreadsheet, all of them."""
    form, stage, figure = question_form(), request.args.get("stage", ""), request.args.get("figure", "")
    if not form.validate() or stage not in workspace().journey or not is_figure(workspace(), figure):
        abort(404)
    note_deed("deals exported", f"{stage} {figure}")
    head = ("deal", "company", "owner", "entered_at", "outcome", "outcome_at", "days")
    pages = pages_of_deals_behind(session(), workspace(), form.question(), stage, figure)
    return as_csv(f"{stage}-{figure}", head, _rows(pages))


def _rows(pages: Iterator[tuple[BehindLine, ...]]) -> Iterator[tuple[object, ...]]:
    for lines in pages:
        for line in lines:
            yield (
                line.deal.name,
                line.deal.company,
                line.deal.owner,
                _iso(line.passage.entered_at),
                line.outcome,
                _iso(line.passage.outcome_at),
                line.days,
            )


def _iso(instant: datetime | None) -> str:
    return instant.isoformat() if instant else ""


def _behind(form: QuestionForm) -> Any:
    asked: dict[str, Any] = form.asked()
    return lambda stage, figure, **more: url_for("conversion.behind", **asked, stage=stage, figure=figure, **more)
