"""People's names in what others wrote: whole words, whatever their case, accents and spaces.

A text is read as words, a name as a row of words. "Bo Halle" stands in "BO HALLE's plan", in "Halle, Bo" and in
"bo.halle@buyer.example"; "Li" doesn't stand in "Lille", and "Jean" not in "Jean-Luc".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from unicodedata import category, east_asian_width, normalize

# What stands for the name in a sentence.
NOBODY = "—"
# Chinese, Japanese and Korean, which part no words: each sign is one.
_WIDE = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_WIDE_SIGN = re.compile(f"[{_WIDE}]")
_WORD = re.compile(f"[{_WIDE}]|[^\\W_{_WIDE}]+")
# What may part the words of one name.
_BETWEEN = re.compile(r"\s*[-\u2010-\u2013.,'’ʼ\"“”()@_]{0,2}\s*")
# What makes one word of two, so that neither is a name by itself; a longer name is parted by the hyphen only.
_GLUE, _HYPHEN = frozenset("-@._"), frozenset("-")
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "’": "'", "ʼ": "'", "‐": "-"})
_TITLES = frozenset(
    (
        *("m", "mr", "mrs", "ms", "mx", "miss", "sir", "madam", "mme", "mlle", "monsieur", "madame", "mademoiselle"),
        *("dr", "doctor", "docteur", "prof", "professor", "professeur", "herr", "frau", "senor", "senora", "sr", "sra"),
    )
)
# Parts of a name that are no name.
_PARTICLES = frozenset(
    (
        *("al", "ben", "bin", "da", "das", "de", "del", "della", "den", "der", "di", "do", "dos", "du"),
        *("el", "et", "la", "le", "les", "of", "van", "von", "zu"),
    )
)

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a text: folded, and where it stands there. ``whole``: no letter is cut in two by it."""

    text: str
    start: int
    end: int
    whole: bool
    before: str
    after: str

    @property
    def is_wide(self) -> bool:
        return east_asian_width(self.text[0]) == "W"


@dataclass(frozen=True)
class Names:
    """Every way in which some people are named. ``plain`` are the names as a field holds them."""

    plain: frozenset[str]
    rows: frozenset[Words]

    @classmethod
    def of(cls, names: Iterable[str]) -> Names:
        kept = [name for name in names if name.strip()]
        rows = {row for name in kept for row in _orders(words_of(name)) if _can_be_found(row)}
        return cls(frozenset(map(fold, kept)), frozenset(rows))

    def is_one(self, text: str | None) -> bool:
        """Whether the text is one of these names and nothing else."""
        return bool(text) and (fold(text or "") in self.plain or words_of(text or "") in self.rows)

    def within(self, text: str) -> bool:
        return next(self._places(text), None) is not None

    def without(self, text: str) -> str:
        return _cut(text, self._places(text))

    def _places(self, text: str) -> Iterator[tuple[int, int]]:
        return places(text, {len(row) for row in self.rows}, self.rows.__contains__)


def places(text: str, lengths: Collection[int], known: Callable[[Words], bool]) -> Iterator[tuple[int, int]]:
    """Where rows of so many words that are ``known`` stand, from left to right; the longest one where several begin."""
    words = _read(text) if lengths else []
    at = 0
    while at < len(words):
        tried = ((one, words[at : at + one]) for one in sorted(lengths, reverse=True))
        length = next((one for one, row in tried if len(row) == one and _stands(text, row, known)), 0)
        if length:
            yield words[at].start, words[at + length - 1].end
        at += length or 1


def without(text: str, lengths: Collection[int], known: Callable[[Words], bool]) -> str:
    return _cut(text, places(text, lengths, known))


def fold(text: str) -> str:
    """Equal for texts that differ in case, accents and spaces only."""
    return " ".join("".join(sign for sign, _ in _folded(text)).split())


def words_of(name: str) -> Words:
    return tuple(word.text for word in _read(name))


def stands_for(typed: str, name: str) -> bool:
    """Whether somebody who wrote ``typed`` may mean the person of this name: "Bo", "Mme Halle", "B. Halle"."""
    core = [word for word in words_of(typed) if word not in _TITLES]
    left = list(words_of(name))
    if not core or not left or not any(len(word) > 1 for word in core):
        return False
    for word in core:
        meant = next((one for one in left if one == word or (len(word) == 1 and one.startswith(word))), None)
        if meant is None:
            # "Bo Halle (finance)" says more than the name.
            return len(words_of(name)) > 1 and set(words_of(name)) <= set(core)
        left.remove(meant)
    return True


def parts_of(name: str) -> tuple[str, ...]:
    """The words of a name by which they may be called alone, as they are written in it; none of a name of one word."""
    words = [name[word.start : word.end] for word in _read(name)]
    told = [one for one in words if len(one) > 1 and fold(one) not in _TITLES | _PARTICLES]
    return tuple(dict.fromkeys(told)) if len(words) > 1 and "@" not in name else ()


def _orders(words: Words) -> Iterator[Words]:
    """A name, and with its last word or words first: "Halle, Bo"."""
    yield from (words[at:] + words[:at] for at in range(min(len(words), 4)))


def _can_be_found(row: Words) -> bool:
    """One letter is no name within a text: "a" is an article."""
    return bool(row) and (len(row) > 1 or len(row[0]) > 1 or east_asian_width(row[0]) == "W")


def _stands(text: str, words: list[_Word], known: Callable[[Words], bool]) -> bool:
    """Whether these words are a name there, and no part of a longer word."""
    if not known(tuple(word.text for word in words)):
        return False
    first, last, alone = words[0], words[-1], len(words) == 1
    glue = _GLUE if alone else _HYPHEN
    return (
        first.whole
        and last.whole
        and not (_glued(first.before, glue) or _glued(last.after[::-1], glue))
        and not (alone and first.is_wide and _WIDE_SIGN.search(first.before[-1:] + last.after[:1]))
        and all(_BETWEEN.fullmatch(text, one.end, other.start) for one, other in pairwise(words))
    )


def _glued(beside: str, glue: frozenset[str]) -> bool:
    """Whether another word is joined on: ``beside`` are the two signs there, the nearest one last."""
    return len(beside) == 2 and beside[1] in glue and beside[0].isalnum()


def _cut(text: str, found: Iterable[tuple[int, int]]) -> str:
    parts, behind = [], 0
    for start, end in found:
        parts += [text[behind:start], NOBODY]
        behind = end
    return "".join(parts) + text[behind:]


def _read(text: str) -> list[_Word]:
    signs = list(_folded(text))
    folded = "".join(sign for sign, _ in signs)
    at = [place for _, place in signs] + [len(text)]
    found = []
    for match in _WORD.finditer(folded):
        start, end = match.span()
        whole = (start == 0 or at[start - 1] != at[start]) and (end == len(signs) or at[end - 1] != at[end])
        beside = folded[max(start - 2, 0) : start], folded[end : end + 2]
        found.append(_Word(match[0], at[start], at[end], whole, *beside))
    return found


def _folded(text: str) -> Iterator[tuple[str, int]]:
    """Each sign without its case and accents, and the place that it came from."""
    for place, sign in enumerate(text):
        # Taken apart, a sign of Korean would be several, and a Japanese one another.
        plain = sign if east_asian_width(sign) == "W" else normalize("NFKD", sign)
        for part in plain.casefold().translate(_LETTERS):
            if category(part) not in ("Mn", "Cf"):
                yield part, place
