"""What two versions of a meeting template say differently, file by file and line by line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

# Unchanged lines shown around a change.
AROUND = 2


@dataclass(frozen=True, slots=True)
class LinePair:
    """A line before and after; ``kind`` is same, changed, added, removed or gap (unchanged lines left out)."""

    kind: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class FileDifference:
    name: str
    lines: tuple[LinePair, ...]


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[FileDifference, ...]:
    """The files that differ, by name; a file that there is on one side only is all added or removed."""
    return tuple(
        FileDifference(name, tuple(_pairs(before.get(name, "").splitlines(), after.get(name, "").splitlines())))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    )


def _pairs(before: Sequence[str], after: Sequence[str]) -> Iterator[LinePair]:
    groups = SequenceMatcher(a=before, b=after, autojunk=False).get_grouped_opcodes(AROUND)
    for number, group in enumerate(groups):
        if number or group[0][1]:
            yield LinePair("gap", "", "")
        for kind, first, last, new_first, new_last in group:
            old, new = before[first:last], after[new_first:new_last]
            if kind == "equal":
                yield from (LinePair("same", line, line) for line in old)
            else:
                yield from (_pair(one, other) for one, other in zip_longest(old, new))


def _pair(old: str | None, new: str | None) -> LinePair:
    if old is None:
        return LinePair("added", "", new or "")
    return LinePair("removed", old, "") if new is None else LinePair("changed", old, new)
