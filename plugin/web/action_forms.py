"""The forms of actions: what is asked of one, and what a list is narrowed to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import request
from wtforms import (
    DateField,
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import NumberRange, Optional

from plugin.domain.action import ActionKind, ActionStatus, Team
from plugin.domain.action_worth import Advice
from plugin.domain.typed_text import tidy
from plugin.rendering.forms import Form, OptionalRadio, QueryForm, Required, at_most, choose
from plugin.rendering.i18n import gettext, language, pgettext
from plugin.rendering.plan_words import action_kind, action_status, advice_name, team_name
from plugin.rendering.wording import meeting_title, persona_name, stage_name
from plugin.rendering.workspace import workspace
from plugin.services.actions import Wanted, last_year
from plugin.store.queries.actions import ActionLine, Filters, people_to_choose, touchpoints_to_choose, usual_currency
from plugin.store.queries.questions import Question
from plugin.web.edge import session
from plugin.web.objective_forms import LARGEST, AmountField, check_currency, check_year
from plugin.web.question_form import HORIZONS, PERIODS, current_period

DAY, ENTERING, OPEN = "day", "entering", "open"
OURS = "12-months"
WHEN: Mapping[str, Callable[[], str]] = {
    DAY: lambda: gettext("On a day"),
    ENTERING: lambda: gettext("Some days after a deal enters the stage"),
    OPEN: lambda: gettext("Not decided yet"),
}


class ActionForm(Form):
    title = StringField(validators=[Required(), at_most(160)])
    stage = SelectField()
    persona = SelectField(default="")
    team = RadioField(default=Team.MARKETING.value)
    kind = SelectField(default=ActionKind.CONTENT.value)
    template = SelectField(default="")
    touchpoint = SelectField(default="")
    when = RadioField(default=OPEN)
    due_on = DateField(validators=[Optional(), check_year])
    days_from = IntegerField(validators=[Optional(), NumberRange(0, 3650)])
    days_to = IntegerField(validators=[Optional(), NumberRange(0, 3650)])
    how = TextAreaField(validators=[at_most(4000)])
    cost = AmountField(validators=[Optional()], places=None)
    currency = StringField()
    owner = SelectField(default="")
    owner_name = StringField(validators=[at_most(120)])
    status = RadioField(default=ActionStatus.IDEA.value)
    placed = OptionalRadio(default="")
    placed_why = TextAreaField(validators=[at_most(1000)])
    revision = HiddenField(default="0")

    def offer(self, action: ActionLine | None = None) -> ActionForm:
        """Every choice that there is; what the action has keeps its place among them, though no other may take it."""
        choose(self.stage, [(one.key, stage_name(one.key)) for one in workspace().journey.stages])
        choose(self.team, [(one.value, team_name(one)) for one in Team])
        choose(self.kind, [(one.value, action_kind(one)) for one in ActionKind])
        choose(self.status, [(one.value, action_status(one)) for one in ActionStatus])
        choose(self.when, [(name, text()) for name, text in WHEN.items()])
        placings = [(one.value, advice_name(one)) for one in Advice if one is not Advice.UNKNOWN]
        choose(self.placed, [("", gettext("No judgement")), *placings])
        self._offer_what_may_go(action)
        return self

    def _offer_what_may_go(self, action: ActionLine | None) -> None:
        """Personas, meetings, touchpoints and people: an action may have one that is offered no longer."""
        templates = [(key, meeting_title(key)) for key in workspace().library.meetings]
        touchpoints = [(str(id_), name) for id_, name in touchpoints_to_choose(session())]
        people = [(str(id_), name) for id_, name in people_to_choose(session())]
        held = _held(action) if action else {}
        for field, none, known in (
            (self.persona, gettext("everybody"), _personas()),
            (self.template, gettext("no meeting of ours"), templates),
            (self.touchpoint, gettext("no touchpoint"), touchpoints),
            (self.owner, gettext("nobody, or somebody without an account"), people),
        ):
            kept = held.get(field.name, ("", ""))
            choose(field, [("", none), *known, *([kept] if kept[0] and kept[0] not in dict(known) else [])])

    def validate_when(self, field: RadioField) -> None:
        """What the choice needs. Something that was typed wrong there says so itself."""
        if field.data == DAY and _left_empty(self.due_on):
            raise ValidationError(gettext("Say on which day."))
        if field.data == ENTERING and (_left_empty(self.days_from) or _left_empty(self.days_to)):
            raise ValidationError(gettext("Say from which day to which: 3 to 5, for instance."))

    def validate_days_to(self, field: IntegerField) -> None:
        if None not in (self.days_from.data, field.data) and (field.data or 0) < (self.days_from.data or 0):
            raise ValidationError(gettext("The last day lies before the first."))

    def validate_cost(self, field: AmountField) -> None:
        if field.data is not None and not (field.data.is_finite() and 0 <= field.data <= LARGEST):
            raise ValidationError(gettext("Write what it costs as a number from 0 on, without a minus sign."))

    def validate_currency(self, field: StringField) -> None:
        """A cost without one could be added to no other."""
        field.data = tidy(field.data).upper()
        if self.cost.data is not None and not field.data:
            raise ValidationError(gettext("Say in which currency: three letters, as EUR."))
        check_currency(self, field)

    def validate_placed_why(self, field: TextAreaField) -> None:
        if self.placed.data and not tidy(field.data):
            raise ValidationError(gettext("Say why: others will read it."))

    def wanted(self) -> Wanted:
        entering, owner = self.when.data == ENTERING, self.owner.data
        return Wanted(
            stage=self.stage.data,
            persona=self.persona.data or None,
            team=Team(self.team.data),
            kind=ActionKind(self.kind.data),
            template=self.template.data or None if self.kind.data == ActionKind.MEETING else None,
            title=tidy(self.title.data),
            touchpoint_id=int(self.touchpoint.data) if self.touchpoint.data else None,
            due_on=self.due_on.data if self.when.data == DAY else None,
            days_from=self.days_from.data if entering else None,
            days_to=self.days_to.data if entering else None,
            how=tidy(self.how.data),
            cost=self.cost.data,
            currency=self.currency.data or None if self.cost.data is not None else None,
            owner_id=int(owner) if owner else None,
            owner_name="" if owner else tidy(self.owner_name.data),
            status=ActionStatus(self.status.data),
            placed=self.placed.data or None,
            placed_why=tidy(self.placed_why.data) if self.placed.data else "",
        )


def filled_with(action: ActionLine) -> ActionForm:
    """The form as it shows an action that there is."""
    when = DAY if action.due_on else ENTERING if action.window else OPEN
    shown: dict[str, Any] = {
        "touchpoint": str(action.touchpoint_id or ""),
        "owner": str(action.owner_id or ""),
        "owner_name": "" if action.owner_id else action.owner,
        "when": when,
        "template": action.template or "",
        "persona": action.persona or "",
        "placed": action.placed or "",
        "currency": action.currency or usual_currency(session()) or "",
    }
    same = ("title", "stage", "team", "kind", "due_on", "days_from", "days_to", "how", "cost", "status")
    rest = {name: getattr(action, name) for name in (*same, "placed_why", "revision")}
    return ActionForm(None, **shown, **rest).offer(action)


class FilterForm(QueryForm):
    """What a list of actions is narrowed to, and the period that its leaks are measured over."""

    team = SelectField(default="")
    persona = SelectField(default="")
    stage = SelectField(default="")
    period = SelectField(default=OURS)
    horizon = SelectField(default="90")

    def offer(self) -> FilterForm:
        every = ("", pgettext("teams, stages, sources", "All"))
        choose(self.team, [every, *((one.value, team_name(one)) for one in Team)])
        choose(self.persona, [("", gettext("All")), *_personas()])
        choose(self.stage, [every, *((one.key, stage_name(one.key)) for one in workspace().journey.stages)])
        choose(self.period, [(name, text()) for name, text in PERIODS.items()])
        choose(self.horizon, [(str(number), str(number)) for number in HORIZONS])
        return self

    def filters(self) -> Filters:
        return Filters(self.team.data or "", self.persona.data or "", self.stage.data or "")

    def question(self) -> Question:
        ours = last_year(workspace())
        period = current_period(self.period.data, ours.as_of.date()) or ours.period
        return Question(period, ours.as_of, int(self.horizon.data))

    def asked(self) -> dict[str, Any]:
        """What was asked, for an address; what is left open is left out."""
        return {field.name: field.raw_data[0] for field in self if field.raw_data and field.raw_data[0]}


def filter_form() -> FilterForm:
    return FilterForm(request.args).offer()


def _left_empty(field: Field) -> bool:
    return not tidy((field.raw_data or [""])[0])


def _personas() -> list[tuple[str, str]]:
    return [(one.key, one.name.in_language(language())) for one in workspace().personas]


def _held(action: ActionLine) -> dict[str, tuple[str, str]]:
    """What the action has, by field: the value, and what it is called."""
    return {
        "persona": (action.persona or "", persona_name(action.persona)),
        "template": (action.template or "", meeting_title(action.template)),
        "touchpoint": (str(action.touchpoint_id or ""), action.touchpoint or ""),
        "owner": (str(action.owner_id or ""), action.owner),
    }
