"""One deal's touches, told along its passages: what came before each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.domain.moves import OUTCOMES
from plugin.services.workspace import Workspace
from plugin.store.derived import history_of
from plugin.store.queries.touches import TouchLine, touches_of
from plugin.store.tables import StageMoveFact
from plugin.store.touch_goals import TOUCH


@dataclass(frozen=True, slots=True)
class Chapter:
    """The touches since the passage before, then the passage: ``to`` a stage or an outcome, None behind the last one.

    ``by_touch`` names the touch that a goal made this passage of.
    """

    touches: tuple[TouchLine, ...]
    to: str | None = None
    at: datetime | None = None
    by_touch: str | None = None


@dataclass(frozen=True, slots=True)
class TouchStory:
    """``chapters`` in the order of time; ``undated`` touches belong to none."""

    chapters: tuple[Chapter, ...]
    undated: tuple[TouchLine, ...]

    def __bool__(self) -> bool:
        return bool(self.undated) or any(one.touches for one in self.chapters)


def touch_story(session: Session, workspace: Workspace, deal_id: int) -> TouchStory:
    """A chapter for each passage forward that touches came before, and one for those behind the last passage."""
    touches = touches_of(session, [deal_id]).get(deal_id, ())
    dated = [one for one in touches if one.at]
    undated = tuple(one for one in touches if one.at is None)
    if not dated:
        return TouchStory((), undated)
    by_touch = _moves_by_touch(session, deal_id)
    chapters, told = [], 0
    for at, to in _passages(session, workspace, deal_id):
        passed = _count_by(dated, at)
        if passed > told or (at, to) in by_touch:
            chapters.append(Chapter(tuple(dated[told:passed]), to, at, by_touch.get((at, to))))
        told = max(told, passed)
    if told < len(dated):
        chapters.append(Chapter(tuple(dated[told:])))
    return TouchStory(tuple(chapters), undated)


def _passages(session: Session, workspace: Workspace, deal_id: int) -> list[tuple[datetime, str]]:
    """The dated steps forward: into a later stage (or any, where there was none), or won."""
    journey = workspace.journey
    found = []
    for step in history_of(session, journey, deal_id).steps:
        before, to = step.last_stage, step.to
        onward = to == "won" or (
            to not in OUTCOMES and (before is None or journey.stage(before).position < journey.stage(to).position)
        )
        if step.at and onward:
            found.append((step.at, to))
    return found


def _count_by(touches: Sequence[TouchLine], at: datetime) -> int:
    return sum(1 for one in touches if one.at and one.at <= at)


def _moves_by_touch(session: Session, deal_id: int) -> dict[tuple[datetime | None, str | None], str]:
    rows = session.execute(
        select(StageMoveFact.at, StageMoveFact.target, StageMoveFact.label).where(
            StageMoveFact.deal_id == deal_id, StageMoveFact.origin == TOUCH, StageMoveFact.withdrawn_at.is_(None)
        )
    )
    return {(at, target): label for at, target, label in rows}
