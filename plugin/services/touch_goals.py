"""Goals that are no purchase: tried out before they hold, and renewed whenever they change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plugin.domain.touch_goals import Goal, MatchedBy
from plugin.services.audit import record
from plugin.services.connections import recomputing
from plugin.services.workspace import Workspace
from plugin.store.derived import by_journey, derive_each, moves_of
from plugin.store.recomputing import AT_ONCE
from plugin.store.tables import StageMoveFact, TouchGoal
from plugin.store.touch_goals import TOUCH, deals_with_touch, goal_moves, goals_of, made_by

# Deals that a preview looks at; more are not moved one by one before anybody decided so.
TRIED = 20_000

# A deal with what a touch of it says: kind, channel, campaign.
Said = tuple[int, str | None, str | None, str | None]


@dataclass(frozen=True, slots=True)
class GoalLine:
    """A goal that holds, and how many deals passed by it (``deals``). ``known``: the journey still has its stage."""

    public_id: str
    field: MatchedBy
    value: str
    stage: str
    deals: int
    known: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """What a goal would do: so many deals have such a touch, and so many of them (at most all that were tried) would
    pass by it."""

    deals: int
    moved: int
    tried: int


def goal_lines(session: Session, workspace: Workspace) -> tuple[GoalLine, ...]:
    journey = workspace.journey
    rows = session.scalars(select(TouchGoal).filter_by(journey=journey.key, removed_at=None).order_by(TouchGoal.id))
    return tuple(
        GoalLine(
            row.public_id,
            MatchedBy(row.field),
            row.value,
            journey.now_called.get(row.stage, row.stage),
            _passed(session, row.id),
            row.stage in journey.now_called,
        )
        for row in rows
    )


def try_goal(session: Session, workspace: Workspace, field: MatchedBy, value: str, stage: str) -> Trial:
    """As if the goal held beside those that do; nothing is stored."""
    tried = Goal(0, field, value, stage)
    deals = _following(session, workspace, deals_with_touch(session, [tried]))
    some = deals[:TRIED]
    goals = [*goals_of(session, workspace.journey.key), tried]
    taken = goal_moves(session, workspace.journey, goals, some, moves_of)
    mine = f"{TOUCH}:0:"
    moved = sum(1 for touches in taken.values() if any(one.key.startswith(mine) for one in touches))
    return Trial(len(deals), moved, len(some))


def set_goal(workspace: Workspace, user_id: int | None, field: MatchedBy, value: str, stage: str) -> bool:
    """From now on such a touch is the passage. False where that is so already, KeyError on a stage that is none."""
    workspace.journey.stage(stage)
    goal = Goal(0, field, value, stage)
    with workspace.database.reading() as session:
        known = goals_of(session, workspace.journey.key)
        if any((one.field, one.stage) == (field, stage) and one.matches(value) for one in known):
            return False
        deals = _following(session, workspace, deals_with_touch(session, [goal]))
    with _deriving(workspace, deals) as session:
        row = TouchGoal(public_id=uuid4().hex, journey=workspace.journey.key, field=field.value, value=value)
        row.stage, row.created_at = stage, workspace.clock()
        session.add(row)
        session.flush()
        record(session, user_id, "touch goal set", row.public_id, workspace.clock())
    return True


def remove_goal(workspace: Workspace, user_id: int | None, public_id: str) -> bool:
    """Its moves are withdrawn; the touches stay."""
    with workspace.database.reading() as session:
        row = session.scalar(select(TouchGoal).filter_by(public_id=public_id, removed_at=None))
        if row is None:
            return False
        deals = session.scalars(select(StageMoveFact.deal_id).where(made_by(row.id)).distinct()).all()
    with _deriving(workspace, deals) as session:
        gone = session.scalars(select(TouchGoal).filter_by(public_id=public_id)).one()
        gone.removed_at = workspace.clock()
        session.flush()
        record(session, user_id, "touch goal removed", public_id, workspace.clock())
    return True


@contextmanager
def reading_anew(workspace: Workspace, said: Iterable[Said]) -> Iterator[Session]:
    """A transaction in which such touches come or go: the deals of which a goal may make something are read anew."""
    with workspace.database.reading() as session:
        goals = [goal for journey in workspace.journeys for goal in goals_of(session, journey.key)]
    deals = {deal_id for deal_id, *words in said for goal in goals if goal.matches(_word(goal, words))}
    with _deriving(workspace, sorted(deals)) as session:
        yield session


@contextmanager
def _deriving(workspace: Workspace, deals: Sequence[int]) -> Iterator[Session]:
    """Few deals are read anew at once; many in the background, and reports say so meanwhile."""
    many = len(deals) > AT_ONCE
    if many:
        recomputing(workspace).announce()
    with workspace.database.writing.begin() as session:
        yield session
        session.flush()
        if not many:
            derive_each(session, workspace.journeys, deals)


def _following(session: Session, workspace: Workspace, deals: Sequence[int]) -> Sequence[int]:
    """Those whose pipeline follows the journey that is looked at."""
    return dict(by_journey(session, workspace.journeys, deals)).get(workspace.journey, ())


def _word(goal: Goal, words: Sequence[str | None]) -> str | None:
    return words[[MatchedBy.KIND, MatchedBy.CHANNEL, MatchedBy.CAMPAIGN].index(goal.field)]


def _passed(session: Session, goal_id: int) -> int:
    return session.scalar(select(func.count(StageMoveFact.deal_id.distinct())).where(made_by(goal_id))) or 0
