"""The returns between stages: of the deals that entered each stage, how many went back from it, where to, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from plugin.domain.going_back import WayBack, way_back
from plugin.domain.share import Share, share
from plugin.services.conversion import cohorts_as_of
from plugin.services.workspace import Workspace
from plugin.store.derived import BATCH, batches
from plugin.store.queries.deals import DealLine, lines_of
from plugin.store.queries.questions import Question
from plugin.store.queries.returns import (
    ChangeWords,
    ReturnLine,
    counted_returns,
    newest_words,
    return_lines,
    returned_deals,
)


@dataclass(frozen=True, slots=True)
class ToldWay:
    """A way back, with what changed in the buyers' words, the newest first."""

    way: WayBack
    words: tuple[ChangeWords, ...]


@dataclass(frozen=True, slots=True)
class StageReturns:
    """``share`` are the deals of the cohort of ``stage`` that went back from it, however often; ``ways`` the most
    travelled first."""

    stage: str
    share: Share
    moves: int
    ways: tuple[ToldWay, ...]


@dataclass(frozen=True, slots=True)
class ReturnedDeal:
    deal: DealLine
    line: ReturnLine


def stage_returns(session: Session, workspace: Workspace, question: Question) -> tuple[StageReturns, ...]:
    """Every stage that a buyer can go back from, in journey order."""
    journey = workspace.journey
    counted = cohorts_as_of(session, workspace, question.as_of).histograms(session, question)
    deals = returned_deals(session, journey, question)
    # While much is recomputed, cohorts are those of a moment ago and may know fewer deals.
    entered = {stage: max(one.entered, deals[stage]) for stage, one in counted.items()}
    ways = _told_ways(session, workspace, question, entered)
    return tuple(
        _of_stage(stage.key, share(deals[stage.key], entered[stage.key]), ways)
        for stage in journey.stages
        if deals[stage.key] or len(journey.stages_up_to[stage.key]) > 1
    )


def returns_behind(
    session: Session, workspace: Workspace, question: Question, stage: str, target: str | None, most: int | None = None
) -> tuple[tuple[ReturnedDeal, ...], int]:
    """The moves back behind a count, the newest first; and how many there are."""
    found, total = return_lines(session, workspace.journey, question, stage, target, most)
    lines: dict[int, DealLine] = {}
    for batch in batches([one.deal_id for one in found], BATCH):
        lines |= lines_of(session, batch)
    return tuple(ReturnedDeal(lines[one.deal_id], one) for one in found), total


def _told_ways(
    session: Session, workspace: Workspace, question: Question, entered: Mapping[str, int]
) -> Sequence[ToldWay]:
    """All ways back, the most travelled first."""
    words = newest_words(session, workspace.journey, question)
    ways = [
        ToldWay(way_back(stage, target, one.moves, one.deals, entered[stage]), words.get((stage, target), ()))
        for (stage, target), one in counted_returns(session, workspace.journey, question).items()
    ]
    return sorted(ways, key=lambda one: (-one.way.moves, workspace.journey.places[one.way.target]))


def _of_stage(stage: str, went_back: Share, ways: Sequence[ToldWay]) -> StageReturns:
    mine = tuple(one for one in ways if one.way.stage == stage)
    return StageReturns(stage, went_back, sum(one.way.moves for one in mine), mine)
