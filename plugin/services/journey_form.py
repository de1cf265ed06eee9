"""A journey as a form writes it: texts by field, with keys, places and distances worked out.

The fields are the file's own (docs/journeys.md), without ``position`` and ``distance``, and with ``was``: the key that
the stage has in the version in use (empty for a new one).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from plugin.domain.journey import BuyerStage, Journey, Loop
from plugin.domain.typed_text import tidy
from plugin.library.journeys import MOST_STAGES, as_yaml
from plugin.library.shapes import LONGEST_KEY

LANGUAGES = ("en", "fr")
MOST_EVIDENCE = 12
LONGEST_TEXT = 1_000  # characters

Fields = dict[str, Any]
Changed = Callable[[list[Fields], list[str]], list[Fields]]


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that nobody has written yet. ``place`` counts stages from 0 (None: the journey); ``field`` is name,
    question, objective, evidence or meetings; ``language`` is None where it is no text."""

    place: int | None
    field: str
    language: str | None


def fields_of(journey: Journey) -> Fields:
    return {"name": asdict(journey.name), "stages": [_fields(stage) for stage in journey.stages]}


def _fields(stage: BuyerStage) -> Fields:
    return {
        "key": stage.key,
        "was": stage.key,
        "formerly": list(stage.formerly),
        "name": asdict(stage.name),
        "loop": stage.loop.value,
        "question": asdict(stage.question),
        "objective": asdict(stage.objective),
        "evidence": [{"key": item.key, **asdict(item.text)} for item in stage.evidence],
        "meetings": list(stage.meetings),
    }


def empty_fields() -> Fields:
    """A journey that nobody has written yet: one stage, to begin with."""
    return {"name": {"en": "", "fr": ""}, "stages": [new_stage(Loop.PURCHASE.value)]}


def new_stage(loop: str) -> Fields:
    words = {"en": "", "fr": ""}
    return {
        "key": "",
        "was": "",
        "formerly": [],
        "name": dict(words),
        "loop": loop,
        "question": dict(words),
        "objective": dict(words),
        "evidence": [{"key": "", **words}],
        "meetings": [],
    }


def typed(form: Mapping[str, str], lists: Callable[[str], Sequence[str]]) -> Fields:
    """What a browser sent: ``form`` has single values, ``lists`` gives all values of a name."""
    count = min(_number(form.get("stages", "")), MOST_STAGES)
    stages = [_typed_stage(form, lists, f"stages.{place}") for place in range(count)]
    return {"name": _texts(form, "name"), "stages": in_loops(stages)}


def _typed_stage(form: Mapping[str, str], lists: Callable[[str], Sequence[str]], at: str) -> Fields:
    items = min(_number(form.get(f"{at}.items", "")), MOST_EVIDENCE)
    return {
        "key": form.get(f"{at}.key", "").strip()[:200],
        "was": form.get(f"{at}.was", "")[:LONGEST_KEY],
        "formerly": [key[:LONGEST_KEY] for key in form.get(f"{at}.formerly", "").split()],
        "name": _texts(form, f"{at}.name"),
        "loop": Loop.USAGE.value if form.get(f"{at}.loop") == Loop.USAGE else Loop.PURCHASE.value,
        "question": _texts(form, f"{at}.question"),
        "objective": _texts(form, f"{at}.objective"),
        "evidence": [
            {"key": form.get(f"{at}.evidence.{n}.key", "")[:200], **_texts(form, f"{at}.evidence.{n}")}
            for n in range(items)
        ],
        "meetings": [key[:LONGEST_KEY] for key in lists(f"{at}.meetings")],
    }


def _texts(form: Mapping[str, str], at: str) -> dict[str, str]:
    return {language: tidy(form.get(f"{at}.{language}"))[:LONGEST_TEXT] for language in LANGUAGES}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0


def in_loops(stages: Sequence[Fields]) -> list[Fields]:
    """The purchase loop first; within a loop the order stays."""
    return sorted(stages, key=lambda stage: stage["loop"] != Loop.PURCHASE)


def with_change(fields: Fields, change: str) -> Fields:
    """The fields with what a button does: ``add:usage``, ``up:3``, ``remove:3``, ``item:3``, ``unitem:3:1``…"""
    verb, *places = change.split(":")
    stages = [dict(stage) for stage in fields["stages"]]
    if verb in CHANGES:
        stages = CHANGES[verb](stages, places)
    return {**fields, "stages": in_loops(stages)}


def changed_stage(change: str, fields: Fields) -> int | None:
    """The place, behind the change, of the stage that a button is about; None where that is none any more."""
    verb, _, rest = change.partition(":")
    if verb == "add":
        return max((place for place, one in enumerate(fields["stages"]) if one["loop"] == rest), default=None)
    steps = {"up": -1, "down": 1, "item": 0, "unitem": 0}
    first = rest.partition(":")[0]
    if verb not in steps or not (first.isascii() and first.isdecimal() and len(first) < 4):
        return None
    return max(int(first) + steps[verb], 0)


def _add(stages: list[Fields], places: list[str]) -> list[Fields]:
    return [*stages, new_stage(places[0])] if len(stages) < MOST_STAGES and places[0] in list(Loop) else stages


def _up(stages: list[Fields], places: list[str]) -> list[Fields]:
    place = _place(stages, places[0])
    if place and stages[place]["loop"] == stages[place - 1]["loop"]:
        stages[place - 1 : place + 1] = [stages[place], stages[place - 1]]
    return stages


def _down(stages: list[Fields], places: list[str]) -> list[Fields]:
    return _up(stages, [str(_number(places[0]) + 1)])


def _remove(stages: list[Fields], places: list[str]) -> list[Fields]:
    place = _place(stages, places[0])
    return [stage for number, stage in enumerate(stages) if number != place]


def _item(stages: list[Fields], places: list[str]) -> list[Fields]:
    place = _place(stages, places[0])
    if place is not None and len(stages[place]["evidence"]) < MOST_EVIDENCE:
        stages[place]["evidence"] = [*stages[place]["evidence"], {"key": "", "en": "", "fr": ""}]
    return stages


def _unitem(stages: list[Fields], places: list[str]) -> list[Fields]:
    place, item = _place(stages, places[0]), _number(places[-1])
    if place is not None:
        stages[place]["evidence"] = [one for n, one in enumerate(stages[place]["evidence"]) if n != item]
    return stages


def _place(stages: Sequence[Fields], text: str) -> int | None:
    place = _number(text)
    return place if text.isdecimal() and place < len(stages) else None


CHANGES: Mapping[str, Changed] = {
    "add": _add,
    "up": _up,
    "down": _down,
    "remove": _remove,
    "item": _item,
    "unitem": _unitem,
}


def gaps(fields: Fields) -> Iterator[Gap]:
    """What is missing, in the order of the form."""
    yield from _unwritten(None, "name", fields["name"])
    for place, stage in enumerate(fields["stages"]):
        for name in ("name", "question", "objective"):
            yield from _unwritten(place, name, stage[name])
        written = [item for item in stage["evidence"] if item["en"] or item["fr"]]
        if not written:
            yield Gap(place, "evidence", None)
        for item in written:
            yield from _unwritten(place, "evidence", item)
        if not stage["meetings"]:
            yield Gap(place, "meetings", None)
    if not fields["stages"]:
        yield Gap(None, "stages", None)


def _unwritten(place: int | None, field: str, texts: Mapping[str, str]) -> Iterator[Gap]:
    return (Gap(place, field, language) for language in LANGUAGES if not texts[language])


def text_of(key: str, fields: Fields) -> str:
    """The journey's file. A stage or a piece of evidence that has no key yet gets one from its English words."""
    stages = in_loops(fields["stages"])
    taken = {stage["key"] for stage in stages}
    said = {item["key"] for stage in stages for item in stage["evidence"]}
    left = {loop: sum(stage["loop"] == loop for stage in stages) for loop in Loop}
    plain = []
    for position, stage in enumerate(stages, 1):
        left[stage["loop"]] -= 1
        plain.append(_plain(stage, position, left[stage["loop"]], taken, said))
    return as_yaml({"key": key, "name": fields["name"], "stages": plain})


def _plain(stage: Fields, position: int, distance: int, taken: set[str], said: set[str]) -> Fields:
    key = stage["key"] or key_from(stage["name"]["en"], taken)
    former = [*stage["formerly"], *([stage["was"]] if stage["was"] and stage["was"] != key else [])]
    former = [one for one in dict.fromkeys(former) if one != key]
    return {
        "key": key,
        **({"formerly": former} if former else {}),
        "name": stage["name"],
        "loop": str(stage["loop"]),
        "position": position,
        "distance": distance,
        "question": stage["question"],
        "objective": stage["objective"],
        "evidence": [
            {"key": item["key"] or key_from(item["en"], said), "en": item["en"], "fr": item["fr"]}
            for item in stage["evidence"]
            if item["en"] or item["fr"]
        ],
        "meetings": stage["meetings"],
    }


def key_from(words: str, taken: Collection[str]) -> str:
    """A key that reads like the words and is not ``taken`` (a set takes it in)."""
    plain = unicodedata.normalize("NFKD", words.lower()).encode("ascii", "ignore").decode()
    base = re.sub("[^a-z0-9]+", "_", plain).strip("_")[:40].strip("_") or "stage"
    base = base if base[0].isalpha() else f"s_{base}"
    key = next(one for one in (base, *(f"{base}_{n}" for n in range(2, 1_000))) if one not in taken)
    if isinstance(taken, set):
        taken.add(key)
    return key
