"""The question that every report is asked with: one form, in the address."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict
from wtforms import DateField, SelectField, ValidationError
from wtforms.validators import Optional

from plugin.domain.conversion import Period
from plugin.rendering.formats import days
from plugin.rendering.forms import QueryForm, choose
from plugin.rendering.i18n import gettext, language, pgettext
from plugin.rendering.wording import persona_name
from plugin.rendering.workspace import workspace
from plugin.store.queries.objectives import times_of_objectives
from plugin.store.queries.questions import Choices, Question, end_of
from plugin.web.edge import session

HORIZONS = (30, 60, 90, 180)
DEFAULT_HORIZON = 90
# Outside of them the year was mistyped.
YEARS = range(1900, 3000)


PERIODS: Mapping[str, Callable[[], str]] = {
    "quarter": lambda: gettext("This quarter"),
    "last-quarter": lambda: gettext("Last quarter"),
    "year": lambda: gettext("This year"),
    "12-months": lambda: gettext("The last 12 months"),
}


def current_period(name: str, today: date) -> Period | None:
    """One of PERIODS as of a day; None for any other name."""
    quarter = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    match name:
        case "quarter":
            return Period(quarter, today)
        case "last-quarter":
            ended = quarter - timedelta(days=1)
            return Period(date(ended.year, ended.month - 2, 1), ended)
        case "year":
            return Period(date(today.year, 1, 1), today)
        case "12-months":
            return Period(today - timedelta(days=364), today)
        case _:
            return None


def _check_year(_form: QueryForm, field: DateField) -> None:
    if field.data and field.data.year not in YEARS:
        raise ValidationError(gettext("Check the year."))


class QuestionForm(QueryForm):
    """The question of a report. Days are those of the UTC calendar."""

    first = DateField(name="from", validators=[Optional(), _check_year])
    last = DateField(name="to", validators=[Optional(), _check_year])
    as_of = DateField(name="as-of", validators=[Optional(), _check_year])
    period = SelectField(default="")
    horizon = SelectField(default=str(DEFAULT_HORIZON))
    journey = SelectField(default="")
    pipeline = SelectField(default="")
    owner = SelectField(default="")
    persona = SelectField(default="")
    source = SelectField(default="")

    def offer(self, found: Choices, times: Iterable[int] = ()) -> QuestionForm:
        """``times`` are those of objectives: whoever opens the deals behind one asks with the same."""
        choose(self.period, [("", gettext("Any, or dates")), *((name, text()) for name, text in PERIODS.items())])
        choose(self.horizon, [(str(number), days(number)) for number in sorted({*HORIZONS, *times})])
        self._offer_journeys()
        every = gettext("All")
        for field, all_, names in (
            (self.pipeline, every, found.pipelines),
            (self.owner, every, found.owners),
            (self.source, pgettext("teams, stages, sources", "All"), found.sources),
        ):
            choose(field, [("", all_), *((name, name) for name in names)])
        keys = dict.fromkeys([*(one.key for one in workspace().personas), *found.personas])
        choose(self.persona, [("", gettext("All")), *((key, persona_name(key)) for key in keys)])
        return self

    def _offer_journeys(self) -> None:
        """Asked only where there is a choice; the edge of the request has looked at the answer already."""
        known = workspace().journeys
        if not known.others:
            del self.journey
            return
        choose(self.journey, [(one.key, one.name.in_language(language())) for one in known])
        if not self.journey.data:
            self.journey.data = workspace().journey.key

    def validate_period(self, field: SelectField) -> None:
        if field.data and (self.first.data or self.last.data):
            raise ValidationError(gettext("Choose a period or give dates, not both."))

    def validate_last(self, field: DateField) -> None:
        if field.data and self.first.data and field.data < self.first.data:
            raise ValidationError(gettext("The period ends before it begins."))

    def question(self) -> Question:
        seen = end_of(self.as_of.data) if self.as_of.data else workspace().clock()
        return Question(
            period=current_period(self.period.data, seen.date()) or Period(self.first.data, self.last.data),
            as_of=seen,
            horizon=int(self.horizon.data),
            pipeline=self.pipeline.data or None,
            owner=(self.owner.data if self.owner else None) or None,
            persona=self.persona.data or None,
            source=self.source.data or None,
        )

    def asked(self) -> dict[str, Any]:
        """What was asked, for an address; what is left open is left out."""
        return {field.name: field.raw_data[0] for field in self if field.raw_data and field.raw_data[0]}


def asked_stage() -> str | None:
    """The stage that the address names, the first one where it names none, or one of another journey: whoever chooses
    another journey takes its stage along. None where there is no such stage."""
    stage, at = request.args.get("stage"), workspace()
    if stage in at.journey:
        return stage
    elsewhere = any(stage in one for one in at.journeys)
    return at.journey.stages[0].key if elsewhere or not stage else None


def question_form(asked: MultiDict[str, str] | None = None) -> QuestionForm:
    """The form as this request's address fills it, or as something else does."""
    known = workspace().cohorts.view(session()).choices(session())
    wanted = _of_today(request.args if asked is None else asked)
    return QuestionForm(wanted).offer(known, times_of_objectives(session()))


def _of_today(asked: MultiDict[str, str]) -> MultiDict[str, str]:
    """An address of before has the CRM's word for a persona: it means the persona that goes by it."""
    key = workspace().persona_called(asked.get("persona", ""))
    return (
        MultiDict([*((name, text) for name, text in asked.items(multi=True) if name != "persona"), ("persona", key)])
        if key
        else asked
    )
