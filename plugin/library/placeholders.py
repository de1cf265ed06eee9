"""``{{company}}`` and the like in content: a fixed list, replaced by plain substitution, once.

A value is never looked at again, so braces in what a buyer said stay braces.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from plugin.domain.journey import Text
from plugin.library.faults import Fault
from plugin.library.source import INVISIBLE, Source

_UNHEARD = Text("(not heard yet: {})", "(pas encore entendu\u00a0: {})")

_ANSWERS = (
    Text("who lives the problem", "qui vit le problème"),
    Text("what made it visible", "ce qui l’a rendu visible"),
    Text("what is done today, and its cost", "ce qui se fait aujourd’hui, et son coût"),
    Text("the problem to solve", "le problème à résoudre"),
    Text("the wanted result", "le résultat voulu"),
    Text("the routes considered", "les voies envisagées"),
    Text("whom you trust", "à qui vous faites confiance"),
    Text("the criteria", "les critères"),
    Text("what holds you back", "ce qui vous retient"),
    Text("the path to a signature", "le chemin vers la signature"),
)

# Every placeholder, with what stands in its place while the value is not known.
FALLBACKS: Mapping[str, Text] = {
    "company": Text("your company", "votre entreprise"),
    "contact": Text("your contact", "votre interlocuteur"),
    "seller": Text("your salesperson", "votre commercial"),
    "our_company": Text("our company", "notre entreprise"),
    **{
        f"answer_{number}": Text(_UNHEARD.en.format(short.en), _UNHEARD.fr.format(short.fr))
        for number, short in enumerate(_ANSWERS, start=1)
    },
}

_PLACEHOLDER = re.compile(r"\{\{\s*([a-z0-9_]+)\s*\}\}")
_BRACES = re.compile(r"\{\{([^{}\n]*)(\}\})?|\}\}|(?<!\{)\{\s*([a-z0-9_]+)\s*\}(?!\})")
_BREAKING_SPACE = re.compile(r"[^\S\u00a0\u202f]+")
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def fill(text: str, values: Mapping[str, str], language: str) -> str:
    """Plain text with its placeholders filled; what has no value gets a neutral text in ``language``."""
    return _replace(text, values, language, str)


def fill_markdown(text: str, values: Mapping[str, str], language: str) -> str:
    """Markdown with its placeholders filled; a value can't become Markdown, HTML or a new line."""
    return _replace(text, values, language, _escaped)


def placeholder_faults(source: Source, start: int, end: int) -> Iterator[Fault]:
    """What is wrong with the braces between two offsets of a file."""
    for found in _BRACES.finditer(source.text, start, end):
        if message := _wrong(found):
            yield source.fault(found.start(), message)


def _replace(text: str, values: Mapping[str, str], language: str, present: Callable[[str], str]) -> str:
    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        if name not in FALLBACKS:
            return found.group()
        return present(values.get(name, "").strip() or FALLBACKS[name].in_language(language))

    return _PLACEHOLDER.sub(value, text)


def _escaped(value: str) -> str:
    """One line, with a backslash before every ASCII punctuation mark, as CommonMark allows for all of them."""
    line = _BREAKING_SPACE.sub(" ", value.strip())
    return _PUNCTUATION.sub(r"\\\1", INVISIBLE.sub("", line))


def _wrong(found: re.Match[str]) -> str | None:
    inner, closing, single = found.groups()
    if single in FALLBACKS:
        return f"'{{{single}}}' has one brace: write {{{{{single}}}}}"
    if inner is None:
        return "'}}' closes nothing: write {{ before the name" if single is None else None
    if not closing:
        return f"'{{{{{inner[:20].rstrip()}' is not closed: write }}}} behind the name"
    if inner.strip() not in FALLBACKS:
        return f"'{found.group()}' is not known: use {_known()}"
    return None


def _known() -> str:
    return ", ".join(name for name in FALLBACKS if not name.startswith("answer_")) + ", answer_1 to answer_10"
