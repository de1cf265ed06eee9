"""The forms of the map: what it is asked for, and what people write on it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import request
from wtforms import DateField, RadioField, SelectField, StringField, TextAreaField, ValidationError

from plugin.domain.conversion import Period
from plugin.domain.stage_map import NoteKind, Verdict
from plugin.domain.typed_text import tidy
from plugin.rendering.formats import local
from plugin.rendering.forms import Form, QueryForm, Required, at_most, choose
from plugin.rendering.i18n import gettext
from plugin.rendering.wording import persona_name, verdict
from plugin.rendering.workspace import workspace
from plugin.services import improvements, map_notes
from plugin.services.improvements import Decision, Evaluation
from plugin.services.map_notes import Note
from plugin.store.queries.accounts import people
from plugin.store.queries.questions import Question
from plugin.store.queries.touchpoints import touchpoints_in_use
from plugin.web.edge import session
from plugin.web.question_form import PERIODS, current_period

USUAL_PERIOD = "12-months"
# Days that a person could mean by an evaluation: outside of them the year was mistyped.
AROUND = timedelta(days=2 * 365)
USUAL_WAIT = timedelta(days=90)


class MapForm(QueryForm):
    """What the map is asked for, in the address. What can't be understood is asked as usual."""

    period = SelectField(default=USUAL_PERIOD)
    persona = SelectField(default="")

    def question(self) -> Question:
        now = workspace().clock()
        known = current_period(self.period.data, now.date())
        return Question(known or current_period(USUAL_PERIOD, now.date()) or Period(), now)

    @property
    def wanted_persona(self) -> str | None:
        return self.persona.data if self.persona.data in {one.key for one in workspace().personas} else None

    def asked(self) -> dict[str, Any]:
        """What was asked otherwise than usual, for an address."""
        period = self.period.data if self.period.data in PERIODS else USUAL_PERIOD
        asked = {"period": "" if period == USUAL_PERIOD else period, "persona": self.wanted_persona or ""}
        return {name: value for name, value in asked.items() if value}


def map_form() -> MapForm:
    form = MapForm(request.args)
    choose(form.period, [(name, text()) for name, text in PERIODS.items()])
    choose(form.persona, persona_choices())
    return form


def persona_choices() -> list[tuple[str, str]]:
    return [("", gettext("Everybody")), *((one.key, persona_name(one.key)) for one in workspace().personas)]


class NoteForm(Form):
    """A line of one kind; a touchpoint alone says enough. ``kept`` is the touchpoint that a line has already."""

    text = TextAreaField(validators=[at_most(map_notes.TEXT_LENGTH)])
    touchpoint = SelectField(default="")
    persona = SelectField(default="")

    def __init__(self, kind: NoteKind, *args: Any, kept: tuple[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        offered = {one.public_id: one.name for one in touchpoints_in_use(session())} | dict([kept] if kept else [])
        choose(self.touchpoint, [("", "–"), *offered.items()])
        choose(self.persona, persona_choices())

    def validate_touchpoint(self, field: SelectField) -> None:
        if self.kind is NoteKind.TOUCHPOINT and not field.data:
            raise ValidationError(gettext("Choose a touchpoint."))

    def validate_text(self, field: TextAreaField) -> None:
        if self.kind is not NoteKind.TOUCHPOINT and not tidy(field.data):
            raise ValidationError(gettext("Fill this in."))

    def note(self) -> Note:
        return Note(self.kind, tidy(self.text.data), self.persona.data or None, self.touchpoint.data or None)


class ImprovementForm(Form):
    text = TextAreaField(validators=[Required(), at_most(improvements.TEXT_LENGTH)])
    evaluator = SelectField(validators=[Required()])
    due_on = DateField(validators=[Required()])
    persona = SelectField(default="")

    def validate_due_on(self, field: DateField) -> None:
        check_day(field.data)

    def decision(self) -> Decision:
        due_on = self.due_on.data or today()
        return Decision(tidy(self.text.data), self.persona.data or None, int(self.evaluator.data), due_on)


def improvement_form(persona: str | None, evaluator: int) -> ImprovementForm:
    form = ImprovementForm(
        prefix="improve-", persona=persona or "", evaluator=str(evaluator), due_on=today() + USUAL_WAIT
    )
    choose(form.evaluator, [(str(user_id), name) for user_id, name in people(session())])
    choose(form.persona, persona_choices())
    return form


class VerdictForm(Form):
    verdict = RadioField(validators=[Required()])
    learned = TextAreaField(validators=[at_most(improvements.TEXT_LENGTH)])

    def evaluation(self) -> Evaluation:
        return Evaluation(Verdict(self.verdict.data), tidy(self.learned.data))


def verdict_form(given: str | None = None, learned: str = "") -> VerdictForm:
    form = VerdictForm(verdict=given, learned=learned)
    choose(form.verdict, [(one.value, verdict(one.value)) for one in Verdict])
    return form


class TouchpointForm(Form):
    name = StringField(validators=[Required(), at_most(120)])
    where = RadioField(default="online")
    trace = RadioField(default="traceable")


def touchpoint_form(prefix: str = "", **values: str) -> TouchpointForm:
    form = TouchpointForm(prefix=prefix, **values)
    choose(form.where, [("online", gettext("Online")), ("offline", gettext("Offline"))])
    choose(form.trace, [("traceable", gettext("Leaves a trace")), ("untraceable", gettext("Leaves none"))])
    return form


def today() -> date:
    return local(workspace().clock()).date()


def check_day(day: date | None) -> None:
    if day and abs(day - today()) > AROUND:
        raise ValidationError(gettext("Check the year."))
