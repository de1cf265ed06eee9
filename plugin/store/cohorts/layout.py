"""Where the stages of several journeys lie among the places of one layer of columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from plugin.domain.journey import Journey


@dataclass(frozen=True)
class Block:
    """One journey's places: its stages from ``begins`` on, then one for the deals that stand in none of them."""

    begins: int
    stages: tuple[str, ...]

    @cached_property
    def places(self) -> dict[str | None, int]:
        return {key: self.begins + place for place, key in enumerate((*self.stages, None))}

    def place(self, stage: str | None) -> int:
        """A stage that the journey no longer has counts like none."""
        return self.places.get(stage, self.places[None])


@dataclass(frozen=True)
class Layout:
    """The blocks of the journeys, by their keys. Every layer keeps the one that it was made with: a stage is found in
    it by name, also after the journey has been changed."""

    blocks: Mapping[str, Block]

    @classmethod
    def of(cls, journeys: Iterable[Journey]) -> Layout:
        return cls.listed({journey.key: tuple(journey.places) for journey in journeys})

    @classmethod
    def listed(cls, stages: Mapping[str, Sequence[str]]) -> Layout:
        """As ``listing`` gave it away."""
        blocks, begins = {}, 0
        for key, own in stages.items():
            blocks[key] = Block(begins, tuple(own))
            begins += len(own) + 1
        return cls(blocks)

    @property
    def listing(self) -> dict[str, tuple[str, ...]]:
        return {key: block.stages for key, block in self.blocks.items()}

    @property
    def size(self) -> int:
        return sum(len(block.stages) + 1 for block in self.blocks.values())
