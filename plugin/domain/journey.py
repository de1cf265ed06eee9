"""The buyer's journey: two loops of stages, as data.

A journey is loaded from a file (see ``plugin.library.journeys``); nothing here knows the names of its stages.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from hashlib import sha256


class Loop(StrEnum):
    """The purchase loop ends in a purchase act; the usage loop leads back into the next one."""

    PURCHASE = "purchase"
    USAGE = "usage"


@dataclass(frozen=True, slots=True)
class Text:
    """One text in both languages; neither is a translation's second choice."""

    en: str
    fr: str

    def in_language(self, language: str) -> str:
        """The text in ``language`` (``"fr"`` or ``"en"``; anything else reads English)."""
        return self.fr if language == "fr" else self.en


@dataclass(frozen=True, slots=True)
class ExitEvidence:
    """Something that the buyer says, gives or does, without which the stage is not left."""

    key: str
    text: Text


@dataclass(frozen=True, slots=True)
class BuyerStage:
    """One stage. ``position`` counts from 1 over both loops; ``distance`` is in gates to the purchase act.

    ``formerly`` are keys that it had before: what was stored under them is this stage's.
    """

    key: str
    name: Text
    loop: Loop
    position: int
    distance: int
    question: Text
    objective: Text
    evidence: tuple[ExitEvidence, ...]
    meetings: tuple[str, ...]
    formerly: tuple[str, ...] = ()


@dataclass(frozen=True)
class Journey:
    """Stages in journey order (ascending position)."""

    key: str
    name: Text
    stages: tuple[BuyerStage, ...]

    @cached_property
    def by_key(self) -> dict[str, BuyerStage]:
        return {stage.key: stage for stage in self.stages}

    def stage(self, key: str) -> BuyerStage:
        """The stage called ``key``; ``KeyError`` where the journey has none."""
        return self.by_key[key]

    def __contains__(self, key: object) -> bool:
        return key in self.by_key

    @cached_property
    def fingerprint(self) -> str:
        """Changes with whatever changes the reading of a history: the stages, their order and their loops."""
        stages = [(stage.key, stage.position, stage.loop.value, stage.formerly) for stage in self.stages]
        return sha256(repr(stages).encode()).hexdigest()

    @cached_property
    def now_called(self) -> dict[str, str]:
        """Every key that a stage has or had, with the one that it has now."""
        former = {old: stage.key for stage in self.stages for old in stage.formerly}
        return former | {key: key for key in self.by_key}

    @cached_property
    def places(self) -> dict[str, int]:
        """Each stage's place in ``stages``, from 0."""
        return {stage.key: place for place, stage in enumerate(self.stages)}

    @cached_property
    def stages_up_to(self) -> dict[str, tuple[str, ...]]:
        """By stage: the stages of its loop up to it, itself included."""
        return {
            stage.key: tuple(
                one.key for one in self.stages if one.loop is stage.loop and one.position <= stage.position
            )
            for stage in self.stages
        }

    @cached_property
    def stages_of_loop(self) -> dict[Loop, tuple[str, ...]]:
        return {loop: tuple(stage.key for stage in self.stages if stage.loop is loop) for loop in Loop}

    def mirrored_by(self, meeting: str, stage: str) -> str | None:
        """The stage that a meeting mirrors here: the one that its template names, else the first that plays it."""
        if stage in self:
            return stage
        return next((one.key for one in self.stages if meeting in one.meetings), None)

    def after(self, key: str) -> BuyerStage | None:
        """The next stage in journey order; None behind the last one."""
        position = self.stage(key).position
        return next((stage for stage in self.stages if stage.position > position), None)
