"""Conversion: the table of stages, and the deals behind each of its figures."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import DateField, SelectField, ValidationError
from wtforms.validators import Optional

from plugin.domain.conversion import Period
from plugin.domain.curves import at_day
from plugin.services.conversion import FIGURES, conversion, deals_behind, stage_row
from plugin.services.crm_numbers import crm_numbers
from plugin.services.spreadsheet import csv_of
from plugin.services.stage_curves import COMPARISONS, PERIOD_BEFORE, stage_curves
from plugin.store.queries.questions import Choices, Question
from plugin.web.curve_picture import axis_for, draw
from plugin.web.edge import session, workspace
from plugin.web.formats import days
from plugin.web.forms import QueryForm, choose
from plugin.web.i18n import gettext
from plugin.web.interval_bar import interval_bar

pages = Blueprint("conversion", __name__)

HORIZONS = (30, 60, 90, 180)
DEFAULT_HORIZON = 90
COUNTS = ("entered", "reached", "skipped", "advanced", "lost", "open", "went_back", "reopened")
END_OF_DAY = time(23, 59, 59, tzinfo=UTC)
PAGE_SIZE = 100
# Outside of them the year was mistyped.
YEARS = range(1900, 3000)


def _check_year(_form: QueryForm, field: DateField) -> None:
    if field.data and field.data.year not in YEARS:
        raise ValidationError(gettext("Check the year."))


class QuestionForm(QueryForm):
    """The question of a report. Days are those of the UTC calendar."""

    first = DateField(name="from", validators=[Optional(), _check_year])
    last = DateField(name="to", validators=[Optional(), _check_year])
    as_of = DateField(name="as-of", validators=[Optional(), _check_year])
    horizon = SelectField(default=str(DEFAULT_HORIZON))
    pipeline = SelectField(default="")
    owner = SelectField(default="")
    persona = SelectField(default="")
    source = SelectField(default="")

    def offer(self, found: Choices) -> QuestionForm:
        choose(self.horizon, [(str(number), days(number)) for number in HORIZONS])
        for field, names in (
            (self.pipeline, found.pipelines),
            (self.owner, found.owners),
            (self.persona, found.personas),
            (self.source, found.sources),
        ):
            choose(field, [("", gettext("All")), *((name, name) for name in names)])
        return self

    def validate_last(self, field: DateField) -> None:
        if field.data and self.first.data and field.data < self.first.data:
            raise ValidationError(gettext("The period ends before it begins."))

    def question(self) -> Question:
        seen = datetime.combine(self.as_of.data, END_OF_DAY) if self.as_of.data else workspace().clock()
        return Question(
            period=Period(self.first.data, self.last.data),
            as_of=seen,
            horizon=int(self.horizon.data),
            pipeline=self.pipeline.data or None,
            owner=self.owner.data or None,
            persona=self.persona.data or None,
            source=self.source.data or None,
        )

    def asked(self) -> dict[str, Any]:
        """What was asked, for an address; what is left open is left out."""
        return {field.name: field.raw_data[0] for field in self if field.raw_data and field.raw_data[0]}


@pages.get("/conversion")
def page() -> ResponseReturnValue:
    form = _form()
    if not form.validate():
        return render_template("conversion.html", form=form, report=None), 422
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
    form, stage, compare = _form(), request.args.get("stage", ""), request.args.get("compare", "")
    if not form.validate() or stage not in workspace().journey:
        abort(404)
    report = stage_curves(session(), workspace(), form.question(), stage, compare)
    axis = axis_for([report.whole, *(group.curves for group in report.groups)])
    return render_template(
        "stage_curves.html",
        report=report,
        stage=stage,
        compare=compare,
        comparisons=(PERIOD_BEFORE, *COMPARISONS),
        asked=form.asked(),
        axis=axis,
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
    form, stage, figure = _form(), request.args.get("stage", ""), request.args.get("figure", "")
    if not form.validate() or stage not in workspace().journey or figure not in FIGURES:
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
        everything=_behind(form)(stage, figure, all=1),
        row=stage_row(session(), workspace(), question, stage),
        as_csv=url_for("conversion.behind_as_csv", **form.asked(), stage=stage, figure=figure),
        back=url_for("conversion.page", **form.asked()),
    )


@pages.get("/conversion/deals.csv")
def behind_as_csv() -> ResponseReturnValue:
    """The same deals for a spreadsheet, all of them."""
    form, stage, figure = _form(), request.args.get("stage", ""), request.args.get("figure", "")
    if not form.validate() or stage not in workspace().journey or figure not in FIGURES:
        abort(404)
    head = ("deal", "company", "owner", "entered_at", "outcome", "outcome_at", "days")
    rows = (
        (
            line.deal.name,
            line.deal.company,
            line.deal.owner,
            _iso(line.passage.entered_at),
            line.outcome,
            _iso(line.passage.outcome_at),
            line.days,
        )
        for line in deals_behind(session(), workspace(), form.question(), stage, figure).lines
    )
    answer = Response(csv_of(head, rows), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{stage}-{figure}.csv"'
    return answer


def _iso(instant: datetime | None) -> str:
    return instant.isoformat() if instant else ""


def _form() -> QuestionForm:
    return QuestionForm(request.args).offer(workspace().cohorts.view(session()).choices(session()))


def _behind(form: QuestionForm) -> Any:
    asked: dict[str, Any] = form.asked()
    return lambda stage, figure, **more: url_for("conversion.behind", **asked, stage=stage, figure=figure, **more)
