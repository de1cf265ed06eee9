"""What our forms share: the person's language, our choices, and dates as a wall clock shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar

from flask_wtf import FlaskForm
from wtforms import FieldList, FormField, RadioField, SelectField, ValidationError
from wtforms import Form as PlainForm
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import StopValidation

from plugin.domain.typed_text import tidy
from plugin.rendering.i18n import gettext, language

__all__ = [
    "Form",
    "OptionalRadio",
    "QueryForm",
    "Required",
    "SelectChoice",
    "at_most",
    "choose",
    "errors_of",
]


class _Worded:
    """What WTForms says for programmers, said for people."""

    def __init__(self, theirs: Any) -> None:
        self._theirs = theirs

    def gettext(self, message: str) -> str:
        return OURS[message]() if message in OURS else str(self._theirs.gettext(message))

    def ngettext(self, one: str, many: str, n: int) -> str:
        return str(self._theirs.ngettext(one, many, n))


class _Speaking:
    """WTForms' own messages in the person's language."""

    @property
    def locales(self) -> list[str]:
        return [language()]

    def get_translations(self, form: Any) -> Any:
        return _Worded(super().get_translations(form))  # type: ignore[misc]

    # The language is the request's: a form class keeps no translation for the next one.
    cache_translations = False


class Form(FlaskForm):  # type: ignore[misc]
    """A form that changes something: it carries a token against forgery."""

    class Meta(_Speaking, FlaskForm.Meta):  # type: ignore[misc]
        pass


class QueryForm(PlainForm):
    """A form that only asks; it lives in the address."""

    class Meta(_Speaking):
        csrf = False


OURS: Mapping[str, Callable[[], str]] = {
    "Not a valid integer value.": lambda: gettext("Write a whole number, as 45."),
    "Not a valid choice.": lambda: gettext("Not a valid choice."),
}


class Required:
    """Something must be there."""

    field_flags: ClassVar[dict[str, Any]] = {"required": True}

    def __call__(self, _form: Any, field: Any) -> None:
        if not field.raw_data or not tidy(field.raw_data[0]):
            # An empty date could not be read as one either: that goes without saying.
            field.errors = []
            raise StopValidation(gettext("Choose.") if isinstance(field, SelectField) else gettext("Fill this in."))


class OptionalRadio(RadioField):
    """Nothing chosen is an answer too."""

    def pre_validate(self, form: Any) -> None:
        if self.data:
            super().pre_validate(form)


def at_most(letters: int) -> Any:
    """A text's greatest length, also told to the browser."""

    def check(_form: Any, field: Any) -> None:
        if field.data and len(field.data) > letters:
            raise ValidationError(gettext("Shorten this to %(most)s characters.", most=letters))

    check.field_flags = {"maxlength": letters}  # type: ignore[attr-defined]
    return check


def choose(field: SelectField, choices: Iterable[tuple[str, str]]) -> None:
    """Set a field's choices: (value, label)."""
    field.choices = [SelectChoice(value, label) for value, label in choices]


def errors_of(form: PlainForm, labels: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """What is wrong, for the summary: the id to jump to (empty: nowhere), the field's label, and the message."""
    return [error for field in form for error in _errors(field, labels)]


def _errors(field: Any, labels: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    label = labels.get(field.short_name, labels.get(field.name, ""))
    if isinstance(field, FieldList):
        for entry in field:
            yield from _errors(entry, {entry.short_name: label})
    elif isinstance(field, FormField):
        for inner in field.form:
            if inner.errors:
                yield inner.id, label, inner.errors[0]
    elif field.errors and field.name == "csrf_token":
        yield "", gettext("This page was too old"), gettext("It is fresh now, with all your text: send it again.")
    elif field.errors:
        yield f"{field.id}-0" if isinstance(field, RadioField) else field.id, label, field.errors[0]
