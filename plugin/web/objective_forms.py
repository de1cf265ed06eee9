"""The forms of the company's goal and of a stage's objective, and what forms of the plan share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    HiddenField,
    IntegerField,
    RadioField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import NumberRange, Optional

from plugin.domain.action import Team
from plugin.domain.typed_text import tidy
from plugin.rendering.forms import Form, Required, at_most, choose
from plugin.rendering.i18n import gettext, language
from plugin.services.objectives import Goal, Target
from plugin.web.edge import rollback

# Outside of them the year was mistyped.
YEARS = range(2000, 2100)
LARGEST = 10**15


def check_year(_form: Form, field: DateField) -> None:
    if field.data and field.data.year not in YEARS:
        raise ValidationError(gettext("Check the year."))


def check_order(first: date | None, field: DateField) -> None:
    if first and field.data and field.data < first:
        raise ValidationError(gettext("The period ends before it begins."))


class AmountField(DecimalField):
    """An amount as the person writes it: ``1 200,50`` in French, ``1,200.50`` in English."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        plain = ["".join(text.split()) for text in valuelist]
        if language() == "fr":
            plain = [text.replace(",", ".") for text in plain]
        super().process_formdata([text.replace(",", "") for text in plain])


def check_currency(_form: Form, field: StringField) -> None:
    if field.data and (len(field.data) != 3 or not (field.data.isascii() and field.data.isalpha())):
        raise ValidationError(gettext("Write three letters, as EUR."))


class GoalForm(Form):
    text = StringField(validators=[Required(), at_most(300)])
    measure = RadioField(default="")
    amount = AmountField(validators=[Optional(), NumberRange(1, LARGEST)], places=None)
    currency = StringField(validators=[check_currency])
    first_on = DateField(validators=[Optional(), check_year])
    last_on = DateField(validators=[Optional(), check_year])
    revision = HiddenField(default="0")

    def offer(self) -> GoalForm:
        choose(
            self.measure,
            [("", gettext("No number")), ("customers", gettext("New customers")), ("revenue", gettext("New business"))],
        )
        return self

    def validate_measure(self, field: RadioField) -> None:
        if field.data and self.amount.data is None and not self.amount.errors:
            raise ValidationError(gettext("Say how many, or choose “No number”."))

    def validate_last_on(self, field: DateField) -> None:
        check_order(self.first_on.data, field)

    def goal(self) -> Goal:
        counted = bool(self.measure.data)
        return Goal(
            tidy(self.text.data),
            self.measure.data or "",
            self.amount.data if counted else None,
            (self.currency.data or "").upper() or None,
            self.first_on.data,
            self.last_on.data,
        )


class ObjectiveForm(Form):
    share = IntegerField(validators=[Required(), NumberRange(1, 99)])
    within_days = IntegerField(validators=[Required(), NumberRange(1, 3650)])
    first_on = DateField(validators=[Required(), check_year])
    last_on = DateField(validators=[Required(), check_year])
    marketing = BooleanField()
    sales = BooleanField()
    after_sales = BooleanField()
    why = TextAreaField(validators=[at_most(1000)])
    revision = HiddenField(default="0")

    def validate_last_on(self, field: DateField) -> None:
        check_order(self.first_on.data, field)

    def validate_after_sales(self, _field: BooleanField) -> None:
        if not any(self[team].data for team in Team):
            raise ValidationError(gettext("Choose at least one team: somebody must own it."))

    def target(self) -> Target:
        teams = tuple(team.value for team in Team if self[team].data)
        return Target(
            self.share.data or 0,
            self.within_days.data or 0,
            self.first_on.data or date.min,
            self.last_on.data or date.max,
            teams,
        )


class ChangeForm(ObjectiveForm):
    why = TextAreaField(validators=[Required(), at_most(1000)])


def number_in(field: HiddenField) -> int:
    """The revision that a form was opened with; none that there ever was where it can't be read."""
    text = field.data or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def refreshed(form: Any, stored: Any, told: Any) -> Any:
    """The form with what was typed and the revision of today: sent again, it holds."""
    rollback()
    form.revision.data = str(getattr(stored, "revision", 0))
    told.errors = [
        gettext("Somebody else saved this since you opened it. Nothing of yours is lost: look at it, then save again.")
    ]
    return form
