"""The figure 8: the crowd in each stage of the journey, where it goes, and where most of it is lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from plugin.domain.crowd import StageCrowd, largest_leak, led
from plugin.domain.direction import Direction
from plugin.services.movement import flow, open_deals
from plugin.services.workspace import Workspace
from plugin.store.queries.questions import Question


@dataclass(frozen=True, slots=True)
class Figure8:
    """The ``crowds`` of all stages in journey order; ``leak`` is where most deals leave, None where none did.

    ``dated`` is set while much is being recomputed: the figures are those of that moment.
    """

    crowds: tuple[StageCrowd, ...]
    leak: StageCrowd | None
    dated: datetime | None

    @property
    def deals(self) -> int:
        return sum(crowd.deals for crowd in self.crowds)

    @property
    def is_empty(self) -> bool:
        return not any(crowd.deals or crowd.led.entered for crowd in self.crowds)


def figure8(session: Session, workspace: Workspace, question: Question, persona: str | None) -> Figure8:
    """``question`` gives the period in which deals entered their stages; who stands where is told of today."""
    asked = replace(question, persona=persona)
    crowds = tuple(_crowds(session, workspace, asked))
    leak = largest_leak(workspace.journey, crowds)
    return Figure8(crowds, leak, workspace.cohorts.view(session).dated)


def _crowds(session: Session, workspace: Workspace, question: Question) -> Iterator[StageCrowd]:
    flows = flow(session, workspace, question)
    for stage, standing in zip(flows, open_deals(session, workspace, question), strict=True):
        ways = standing.directions
        yield StageCrowd(
            stage.stage,
            standing.deals,
            ways[Direction.FORWARD],
            ways[Direction.STILL],
            ways[Direction.BACK],
            led(workspace.journey, stage.stage, stage.led_to),
        )
