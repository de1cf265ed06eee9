"""Texts without a person: their names become a dash, what they said goes whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from plugin.domain.names import NOBODY, Names, words_of

# A quote of fewer words is said by everybody: "yes" is taken out only where it stands alone.
TELLING = 3
# Within an object, what stands beside the name of who said it.
SAID_BY, SAID = "said_by", ("words", "text")


@dataclass(frozen=True)
class Redaction:
    """``quotes`` are the person's own words, as they are kept elsewhere."""

    names: Names
    quotes: frozenset[str] = frozenset()

    def of(self, value: Any) -> Any:
        """The text, or all texts within lists and objects, without the person."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            return {key: "" if self._said(value, key) else self.of(one) for key, one in value.items()}
        return [self.of(one) for one in value] if isinstance(value, list) else value

    def _text(self, text: str) -> str:
        if text.strip() in self.quotes:
            return ""
        for quote in sorted(self.quotes, key=len, reverse=True):
            if len(words_of(quote)) >= TELLING:
                text = text.replace(quote, NOBODY)
        return self.names.without(text)

    def _said(self, fields: dict[str, Any], key: str) -> bool:
        """Whether this field is what the person said: ``answer_5-words`` beside ``answer_5-said_by``."""
        end = next((one for one in SAID if key.endswith(one)), None)
        who = fields.get(key.removesuffix(end) + SAID_BY) if end else None
        return isinstance(who, str) and self.names.is_one(who)
