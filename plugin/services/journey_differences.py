"""What two versions of a journey say differently, in the words of its form: field by field, whatever moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from plugin.services.journey_form import LANGUAGES, Fields

Texts = Mapping[str, str]
# Under this language stands what is in none: a place, a loop, keys.
NO_LANGUAGE = ""
TEXTS = ("name", "question", "objective")


@dataclass(frozen=True, slots=True)
class Difference:
    """``stage`` is how the stage was called, by language (None: it is about the whole journey). ``field`` is stage,
    place, loop, key, name, question, objective, evidence or meetings. Both sides hold texts by language; they are empty
    where there is nothing."""

    stage: Texts | None
    field: str
    before: Texts
    after: Texts

    @property
    def changed(self) -> tuple[str, ...]:
        """The languages whose texts differ."""
        return tuple(
            code for code in (*LANGUAGES, NO_LANGUAGE) if self.before.get(code, "") != self.after.get(code, "")
        )

    @property
    def left_behind(self) -> str | None:
        """The language that still says what it said while the other one says something else; None where none does."""
        stayed = [code for code in LANGUAGES if self.before.get(code) and code not in self.changed]
        return stayed[0] if len(stayed) == 1 and len(self.changed) == 1 else None


def differences_between(before: Fields, after: Fields) -> tuple[Difference, ...]:
    """From one journey's fields to another's. A stage is the same one under a key that it has or had."""
    pairs = tuple(_pairs(before["stages"], after["stages"]))
    stayed = {id(old) for old in _in_order([old for old, _ in pairs if old], before["stages"])}
    found = list(_texts(None, "name", before["name"], after["name"]))
    for old, new in pairs:
        if old and new:
            found += _of_stage(old, new)
            if id(old) not in stayed:
                places = (str(before["stages"].index(old) + 1), str(after["stages"].index(new) + 1))
                found += _plain(old["name"], "place", *places)
        elif new:
            found.append(Difference(new["name"], "stage", {}, _words(new["name"])))
        elif old:
            found.append(Difference(old["name"], "stage", _words(old["name"]), {}))
    return tuple(found)


def _pairs(before: Sequence[Fields], after: Sequence[Fields]) -> Iterator[tuple[Fields | None, Fields | None]]:
    """Each stage with what it was, in the order of afterwards; behind them those that are gone."""
    left = {stage["key"]: stage for stage in before}
    for stage in after:
        keys = (stage["was"], stage["key"], *stage["formerly"])
        known = next((key for key in keys if key in left), None)
        yield (left.pop(known) if known is not None else None), stage
    yield from ((stage, None) for stage in left.values())


def _in_order(kept: Sequence[Fields], before: Sequence[Fields]) -> Iterator[Fields]:
    """Of the stages that are kept, those that did not move among each other."""
    afterwards = [id(stage) for stage in kept]
    was = [id(stage) for stage in before if id(stage) in afterwards]
    for block in SequenceMatcher(a=was, b=afterwards, autojunk=False).get_matching_blocks():
        yield from kept[block.b : block.b + block.size]


def _of_stage(old: Fields, new: Fields) -> Iterator[Difference]:
    name = old["name"]
    for field in TEXTS:
        yield from _texts(name, field, old[field], new[field])
    yield from _evidence(name, old["evidence"], new["evidence"])
    yield from _plain(name, "meetings", " ".join(old["meetings"]), " ".join(new["meetings"]))
    yield from _plain(name, "loop", str(old["loop"]), str(new["loop"]))
    # Without one, it is made from the name when the file is.
    yield from _plain(name, "key", old["key"], new["key"] or old["key"])


def _evidence(name: Texts, before: Sequence[Fields], after: Sequence[Fields]) -> Iterator[Difference]:
    left = {item["key"]: item for item in before}
    for item in after:
        yield from _texts(name, "evidence", left.pop(item["key"], {}) if item["key"] else {}, item)
    for item in left.values():
        yield from _texts(name, "evidence", item, {})


def _texts(stage: Texts | None, field: str, before: Texts, after: Texts) -> Iterator[Difference]:
    found = Difference(stage, field, _words(before), _words(after))
    if found.changed:
        yield found


def _plain(stage: Texts, field: str, before: str, after: str) -> Iterator[Difference]:
    if before != after:
        yield Difference(stage, field, {NO_LANGUAGE: before}, {NO_LANGUAGE: after})


def _words(texts: Texts) -> Texts:
    return {code: texts[code] for code in LANGUAGES if texts.get(code)}
