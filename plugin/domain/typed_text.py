"""Text as people and programs send it."""

from __future__ import annotations

import re
from unicodedata import category

_LINE_END = re.compile("\r\n?|[\x0b\x0c\x1c-\x1f\x85\u2028\u2029]")
# Control signs, halves of characters, what Unicode keeps free of characters, and signs that turn the direction of all
# that stands after them, our own words too.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
    + "]"
)


def tidy(text: str | None) -> str:
    """Typed text without signs that are none, and with one kind of line end; empty where nothing of it can be seen.

    Spaces that don't break, joiners and marks of other writings stay: a figure, an emoji, a name is made of them.
    """
    lines = _LINE_END.sub("\n", text or "")
    kept = _UNWANTED.sub("", lines).strip()
    return kept if any(_can_be_seen(sign) for sign in kept) else ""


def _can_be_seen(sign: str) -> bool:
    return not sign.isspace() and category(sign) != "Cf"
