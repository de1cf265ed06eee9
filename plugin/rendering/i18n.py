"""French and English: messages from ``translations/*.po``, compiled in memory at the start; nothing to build.

Message ids are the English texts. The language belongs to the context (a request, or a test), not to the process.
A percent sign in a message is written twice, as every message is formatted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from flask import Flask

LANGUAGES = {"en": "English", "fr": "Français"}
SOURCE = "en"

_language: ContextVar[str] = ContextVar("language", default=SOURCE)


def language() -> str:
    return _language.get()


def use_language(code: str) -> None:
    """Speak this language from here on in this context; one that we don't speak reads English."""
    _language.set(code if code in LANGUAGES else SOURCE)


@contextmanager
def speaking(code: str) -> Iterator[None]:
    before = language()
    use_language(code)
    try:
        yield
    finally:
        use_language(before)


def gettext(message: str, **values: Any) -> str:
    return _raw_gettext(message) % values


def ngettext(one: str, many: str, n: int, **values: Any) -> str:
    return _raw_ngettext(one, many, n) % {"num": n, **values}


def pgettext(context: str, message: str, **values: Any) -> str:
    """For a word that means several things: ``context`` says which."""
    return _raw_pgettext(context, message) % values


def colon() -> str:
    """What stands between a name and what it is: French wants a space before it, which does not break."""
    return "\u00a0:" if language() == "fr" else ":"


def reader_first() -> tuple[str, ...]:
    """Both languages, that of the reader first: where a form asks for a text in each."""
    return (language(), *(code for code in LANGUAGES if code != language()))


def language_name(code: str) -> str:
    """As the reader says it: "anglais" in French."""
    return {"en": gettext("English"), "fr": gettext("French")}[code]


def install(app: Flask) -> None:
    """Give the functions to the templates (``_``, ``ngettext``, ``pgettext``) and read the catalogues now."""
    for code in LANGUAGES:
        catalogue(code)
    app.jinja_env.globals.update(language=language, languages=LANGUAGES, colon=colon)
    app.jinja_env.globals.update(reader_first=reader_first, language_name=language_name)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        _raw_gettext, _raw_ngettext, newstyle=True, pgettext=_raw_pgettext
    )


@cache
def catalogue(code: str) -> NullTranslations:
    """The messages of a language. English is the source and needs none."""
    if code == SOURCE:
        return NullTranslations()
    compiled = BytesIO()
    with (files("plugin.rendering") / "translations" / f"{code}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=code))
    compiled.seek(0)
    return GNUTranslations(compiled)


def _raw_gettext(message: str) -> str:
    return catalogue(language()).gettext(message)


def _raw_ngettext(one: str, many: str, n: int) -> str:
    """The number is written as the language groups its digits."""
    return catalogue(language()).ngettext(one, many, n).replace("%(num)s", format_decimal(n, locale=language()))


def _raw_pgettext(context: str, message: str) -> str:
    return catalogue(language()).pgettext(context, message)
