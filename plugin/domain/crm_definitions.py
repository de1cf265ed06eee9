"""The conversion of a stage as others define it: from the same deals, so that the difference can be explained.

HubSpot's two funnels as its help describes them ("all stages", "any stage"); Odoo groups deals by the stage of today;
spreadsheets divide what was won by what was closed, or count every open deal as lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from plugin.domain.conversion import StageConversion
from plugin.domain.journey import BuyerStage, Journey
from plugin.domain.moves import WON


class Definition(StrEnum):
    OURS = "ours"
    OPEN_AS_LOST = "open_as_lost"
    CLOSED_ONLY = "closed_only"
    ANY_STAGE = "any_stage"
    ALL_STAGES = "all_stages"
    SNAPSHOT = "snapshot"


@dataclass(frozen=True, slots=True)
class DefinedConversion:
    """``part`` of ``whole`` deals; ``share`` is None where there is nothing to divide by (ours: too few deals).

    A share may lie above 1: two stages that are counted independently of each other need not fit together.
    """

    definition: Definition
    part: int | None
    whole: int | None
    share: float | None


def following_in_loop(journey: Journey, stage: str) -> BuyerStage | None:
    """The next stage of the same loop; None for the loop's last one."""
    following = journey.after(stage)
    return following if following and following.loop is journey.stage(stage).loop else None


def stages_up_to(journey: Journey, stage: str) -> list[str]:
    """The stages of the loop from its first one to this."""
    return list(journey.stages_up_to[stage])


def by_definition(
    journey: Journey,
    row: StageConversion,
    next_entered: int,
    all_to_here: int,
    all_to_next: int,
    today: Mapping[tuple[str | None, str], int],
) -> tuple[DefinedConversion, ...]:
    """Every definition's figure for one stage.

    ``next_entered`` is how many entered the next stage of the loop in the period, ``all_to_here`` and ``all_to_next``
    how many entered every stage up to this one and the next one; ``today`` counts deals by stage and state.
    """
    found = [
        DefinedConversion(Definition.OURS, None, row.entered, row.estimate),
        _divided(Definition.OPEN_AS_LOST, row.advanced, row.entered),
        _divided(Definition.CLOSED_ONLY, row.advanced, row.advanced + row.lost),
    ]
    if following_in_loop(journey, row.stage):
        found.append(_divided(Definition.ANY_STAGE, next_entered, row.entered))
        found.append(_divided(Definition.ALL_STAGES, all_to_next, all_to_here))
    found.append(_snapshot(journey, row.stage, today))
    return tuple(found)


def _divided(definition: Definition, part: int, whole: int) -> DefinedConversion:
    return DefinedConversion(definition, part, whole, part / whole if whole else None)


def _snapshot(journey: Journey, stage: str, today: Mapping[tuple[str | None, str], int]) -> DefinedConversion:
    """Deals that stand behind this stage or are won, of those and the ones that stand in it, open or lost."""
    here = journey.stage(stage)
    beyond = sum(deals for (key, state), deals in today.items() if state == WON or _behind(journey, here, key))
    in_it = sum(deals for (key, state), deals in today.items() if key == stage and state != WON)
    return _divided(Definition.SNAPSHOT, beyond, beyond + in_it)


def _behind(journey: Journey, here: BuyerStage, key: str | None) -> bool:
    return key in journey and journey.stage(str(key)).position > here.position
