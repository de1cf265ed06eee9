"""All hostile strings, shared out to a few deals, so that each of them stands in every kind of place once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice

from tests.hostile.shape import kept
from tests.hostile.strings import STRINGS, batches

# How long the pages let a text of each kind be.
NAME, STEP, WORDS, GREETING, NOTE = 200, 300, 2_000, 4_000, 10_000
# How many of each kind go to one deal.
FIELDS = 9
PEOPLE, SAID, STEPS, ROUNDS = 36, 12, 24, 3


@dataclass(frozen=True)
class Portion:
    """The texts of one deal: who was there, what they said, what was planned, noted and written to them."""

    names: tuple[str, ...]
    words: tuple[str, ...]
    steps: tuple[str, ...]
    greetings: tuple[str, ...]
    note: str
    what_changed: str


def sendable(text: str) -> str:
    """As a browser sends it: half a character becomes the sign for what can't be read."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def told_by_a_file(text: str) -> str:
    """As a file can hold it: rows with NUL are refused, with a word."""
    return sendable(text).replace("\0", "") or "-"


def portions() -> list[Portion]:
    strings = [sendable(one) for one in STRINGS]
    notes = batches(strings, NOTE)
    count = len(notes)
    shares = {
        "names": _shared(batches(strings, NAME, " "), PEOPLE, count),
        "words": _shared(batches(strings, WORDS), SAID, count),
        "steps": _shared(batches(strings, STEP), STEPS, count),
        "greetings": _shared(batches(strings, GREETING), ROUNDS, count),
    }
    return [
        Portion(note=note, what_changed=notes[number - 1], **{kind: share[number] for kind, share in shares.items()})
        for number, note in enumerate(notes)
    ]


def of_the_crm() -> list[tuple[str, ...]]:
    """What a CRM says of a deal, from its name to its meeting's title: for as many deals as there must be."""
    texts = [told_by_a_file(sendable(one)) for one in batches(STRINGS, NAME - 20)]
    return _shared(texts, FIELDS, len(texts) // FIELDS + 1)


def calm() -> Portion:
    """As many texts, of which nobody need be afraid."""
    words = (f"calm {number}" for number in range(1_000))

    def some(number: int) -> tuple[str, ...]:
        return tuple(islice(words, number))

    return Portion(some(PEOPLE), some(SAID), some(STEPS), some(ROUNDS), next(words), next(words))


def _shared(texts: list[str], each: int, count: int) -> list[tuple[str, ...]]:
    """So many to each; what is over goes round, and nothing may be left out."""
    texts = list({kept(text): text for text in texts if kept(text)}.values())
    assert len(texts) <= each * count, f"{len(texts)} texts have no room: more to each"
    around: Iterator[str] = cycle(texts)
    return [tuple(islice(around, each)) for _ in range(count)]
