"""Hostile strings, made by rules: the same ones in every run, of every kind that has broken a program somewhere.

``PARCOURS_HOSTILE_STRINGS`` may name a JSON file with a list of more of them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from tests.hostile import injections, letters

# Read before any test begins: tests see no settings of the person who runs them.
_MORE = os.environ.get("PARCOURS_HOSTILE_STRINGS")

KINDS = (
    *(injections.elements, injections.ways_out, injections.markdown, injections.braces, injections.formulas),
    *(injections.places, injections.queries, injections.markup),
    *(letters.signs, letters.directions, letters.scripts, letters.lengths, letters.values),
)


def of_others() -> list[str]:
    return [str(text) for text in json.loads(Path(_MORE).read_text(encoding="utf-8"))] if _MORE else []


OURS = tuple(dict.fromkeys(one for make in KINDS for one in make()))
STRINGS = tuple(dict.fromkeys([*OURS, *of_others()]))


def batches(strings: Iterable[str], most: int, between: str = "\n") -> list[str]:
    """The strings one behind the other in texts of at most so many characters; what is longer is cut."""
    texts: list[str] = []
    for one in strings:
        piece = one[:most]
        if texts and len(texts[-1]) + len(between) + len(piece) <= most:
            texts[-1] += between + piece
        else:
            texts.append(piece)
    return texts
