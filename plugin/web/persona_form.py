"""A persona as a form: who they are, in both languages, and the rule that says which deals are theirs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from wtforms import FieldList, FormField, RadioField, SelectField, StringField, TextAreaField, ValidationError
from wtforms import Form as PlainForm

from plugin.domain.journey import Text
from plugin.domain.persona import TOLD, Persona
from plugin.domain.segment import AmountCondition, Condition, Field, How, Rule, TextCondition
from plugin.domain.typed_text import tidy
from plugin.rendering.forms import Form, Required, at_most, choose
from plugin.rendering.i18n import gettext, language
from plugin.rendering.wording import persona_type, segment_field, segment_how

LONGEST_NAME, LONGEST_TEXT, LONGEST_LIST = 80, 2_000, 5_000
MOST_CONDITIONS = 20
LARGEST_AMOUNT = Decimal(10) ** 15
TYPES = ("decider", "user")


class ConditionForm(PlainForm):
    """One condition; an empty one says nothing."""

    field = SelectField(default=Field.ROLE.value)
    how = SelectField(default=How.CONTAINS.value)
    words = TextAreaField(validators=[at_most(LONGEST_TEXT)])
    least = StringField()
    most = StringField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self.field, [(one.value, segment_field(one)) for one in Field])
        choose(self.how, [(one.value, segment_how(one)) for one in How])

    def validate_least(self, field: StringField) -> None:
        if self.field.data == Field.AMOUNT:
            amount_of(field.data)

    def validate_most(self, field: StringField) -> None:
        if self.field.data != Field.AMOUNT:
            return
        least, most = amount_of(self.least.data, None), amount_of(field.data)
        if least is not None and most is not None and most < least:
            raise ValidationError(gettext("This is less than the least amount: exchange the two."))

    def condition(self) -> Condition | None:
        if self.field.data == Field.AMOUNT:
            least, most = amount_of(self.least.data, None), amount_of(self.most.data, None)
            return AmountCondition(least, most) if least is not None or most is not None else None
        values = lines(self.words.data)
        return TextCondition(Field(self.field.data), How(self.how.data), values) if values else None


class PersonaForm(Form):
    """``name_fr`` and the like may stay empty: both languages then say the same."""

    name_en = StringField(validators=[at_most(LONGEST_NAME)])
    name_fr = StringField(validators=[at_most(LONGEST_NAME)])
    type = RadioField(validators=[Required()])
    aliases = TextAreaField(validators=[at_most(LONGEST_LIST)])
    role_en = StringField(validators=[at_most(200)])
    role_fr = StringField(validators=[at_most(200)])
    goals_en = TextAreaField(validators=[at_most(LONGEST_TEXT)])
    goals_fr = TextAreaField(validators=[at_most(LONGEST_TEXT)])
    challenges_en = TextAreaField(validators=[at_most(LONGEST_TEXT)])
    challenges_fr = TextAreaField(validators=[at_most(LONGEST_TEXT)])
    habits_en = TextAreaField(validators=[at_most(LONGEST_TEXT)])
    habits_fr = TextAreaField(validators=[at_most(LONGEST_TEXT)])
    of = RadioField(default="any")
    conditions = FieldList(FormField(ConditionForm), max_entries=MOST_CONDITIONS)

    others: Sequence[Persona] = ()

    def validate_name_en(self, _field: StringField) -> None:
        self._has_a_name("en")

    def validate_name_fr(self, _field: StringField) -> None:
        self._has_a_name("fr")

    def validate_aliases(self, field: TextAreaField) -> None:
        """A name leads to one persona only."""
        for alias in lines(field.data):
            owner = next((one for one in self.others if one.matches(alias)), None)
            if owner:
                raise ValidationError(
                    gettext(
                        "“%(alias)s” is a name of “%(persona)s” already: keep it in one place.",
                        alias=alias,
                        persona=owner.name.in_language(language()),
                    )
                )

    def persona(self, key: str) -> Persona:
        """What is typed, as far as it can be understood."""
        conditions = (entry.form.condition() for entry in self.conditions)
        return Persona(
            key,
            self.type.data or TYPES[0],
            self._text("name"),
            lines(self.aliases.data),
            **{name: self._text(name) for name in TOLD},
            rule=Rule(tuple(one for one in conditions if one), self.of.data == "all"),
        )

    def one_more_condition(self) -> None:
        if len(self.conditions) < MOST_CONDITIONS:
            self.conditions.append_entry()

    @property
    def only_in_other(self) -> bool:
        """Whether something stands in the language that the reader does not read, or is wrong there, and only there."""
        pairs = [(self[f"{name}_{language()}"], self[f"{name}_{other_language()}"]) for name in ("name", *TOLD)]
        return any(theirs.errors or (tidy(theirs.data) and not tidy(mine.data)) for mine, theirs in pairs)

    def _has_a_name(self, code: str) -> None:
        """Told at the field in the reader's language."""
        if code == language() and not tidy(self.name_en.data) and not tidy(self.name_fr.data):
            raise ValidationError(gettext("Fill this in."))

    def _text(self, name: str) -> Text:
        english, french = (tidy(self[f"{name}_{language}"].data) for language in ("en", "fr"))
        return Text(english or french, french or english)


def persona_form(persona: Persona | None, others: Sequence[Persona]) -> PersonaForm:
    """The form as it was sent, else as the persona is."""
    form = PersonaForm(data=_data(persona) if persona else None)
    form.others = others
    types = dict.fromkeys([*TYPES, *(one.type for one in others), *([persona.type] if persona else [])])
    choose(form.type, [(one, persona_type(one)) for one in types])
    choose(form.of, [("any", gettext("one of these holds")), ("all", gettext("all of these hold"))])
    if not len(form.conditions):
        form.one_more_condition()
    return form


def other_language() -> str:
    """The one of the two that the reader does not read."""
    return "fr" if language() == "en" else "en"


def lines(text: str | None) -> tuple[str, ...]:
    """One a line, each once."""
    return tuple(dict.fromkeys(filter(None, (tidy(line) for line in tidy(text).splitlines()))))


_RAISE = Decimal("NaN")


def amount_of(text: str | None, otherwise: Decimal | None = _RAISE) -> Decimal | None:
    """An amount as people write it, with spaces, commas or points; None for nothing.

    Raises ValidationError where it is none, or gives ``otherwise``.
    """
    plain = re.sub(r"\s", "", text or "")
    if not plain:
        return None
    plain = re.sub(r",(\d{1,2})$", r".\1", plain)
    try:
        amount = Decimal(plain.replace(",", ""))
    except InvalidOperation:
        amount = _RAISE
    if amount.is_finite() and abs(amount) <= LARGEST_AMOUNT:
        return amount
    if otherwise is _RAISE:
        raise ValidationError(gettext("Write an amount in figures: 12000."))
    return otherwise


def _data(persona: Persona) -> dict[str, Any]:
    texts = {name: getattr(persona, name) for name in ("name", *TOLD)}
    return {
        "type": persona.type,
        "aliases": "\n".join(persona.aliases),
        "of": "all" if persona.rule.every else "any",
        "conditions": list(map(_condition, persona.rule.conditions)),
        **{f"{name}_{language()}": text.in_language(language()) for name, text in texts.items()},
        **{f"{name}_{other_language()}": _otherwise(text) for name, text in texts.items()},
    }


def _otherwise(text: Text) -> str:
    """What the other language says; nothing where it says the same, so that a change of one changes both."""
    return "" if text.en == text.fr else text.in_language(other_language())


def _condition(condition: Condition) -> dict[str, str]:
    if isinstance(condition, AmountCondition):
        bounds = {"least": condition.least, "most": condition.most}
        return {"field": Field.AMOUNT.value, **{name: f"{one:f}" for name, one in bounds.items() if one is not None}}
    return {"field": condition.field.value, "how": condition.how.value, "words": "\n".join(condition.values)}
