"""Several journeys side by side: one of them is the main one, others are those of some pipelines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from plugin.domain.journey import Journey


@dataclass(frozen=True)
class Journeys:
    """The journeys in use. A pipeline that names none, or one that is in use no more, follows the main one."""

    main: Journey
    others: tuple[Journey, ...] = ()

    def __iter__(self) -> Iterator[Journey]:
        yield self.main
        yield from self.others

    def __contains__(self, key: object) -> bool:
        return key in self.by_key

    @cached_property
    def by_key(self) -> dict[str, Journey]:
        return {journey.key: journey for journey in self}

    def named(self, key: str | None) -> Journey:
        """The journey of who names this one."""
        return self.by_key.get(key or "", self.main)

    @cached_property
    def fingerprint(self) -> str:
        """Changes with whatever changes the reading of some history."""
        return sha256(repr([(journey.key, journey.fingerprint) for journey in self]).encode()).hexdigest()
