"""Goals, and the stage moves that they make of touches: facts that are renewed whenever what they rest on changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, literal_column, select
from sqlalchemy.orm import Session

from plugin.domain.journey import Journey
from plugin.domain.moves import ActorKind, StageMove
from plugin.domain.touch_goals import Goal, GoalTouch, MatchedBy, passages_by_touch
from plugin.store.bulk import insert_rows
from plugin.store.tables import StageMoveFact, Touch, TouchGoal

TOUCH = "touch"
# What such a move is called where moves are listed: a newsletter is one, "Newsletter (touch)".
LABEL, LONGEST_VALUE = "{} (touch)", 200
# Behind whatever the CRM tells of the same instant.
AFTER_THE_CRM = 1_000_000
# SQLite takes 32,766 parameters a statement.
IDS_A_STATEMENT = 5_000

ReadMoves = Callable[[Session, Journey, Sequence[int]], Iterable[tuple[int, list[StageMove]]]]


def goals_of(session: Session, journey: str) -> tuple[Goal, ...]:
    """The goals that hold in the journey of this key, the oldest first."""
    rows = session.scalars(select(TouchGoal).filter_by(journey=journey, removed_at=None).order_by(TouchGoal.id))
    return tuple(Goal(row.id, MatchedBy(row.field), row.value, row.stage) for row in rows)


def deals_with_touch(session: Session, goals: Sequence[Goal], most: int | None = None) -> list[int]:
    """The deals (``most`` of them) with a dated touch that one of the goals matches."""
    found: set[int] = set()
    for goal in goals:
        said = getattr(Touch, goal.field.value)
        # Databases fold capitals each in their own way: the goal itself says what is alike.
        words = [word for word in session.scalars(select(said).distinct()) if goal.matches(word)]
        holds = (said.in_(words), Touch.at.is_not(None), Touch.withdrawn_at.is_(None))
        found.update(session.scalars(select(Touch.deal_id).where(*holds).distinct().limit(most)))
    return sorted(found)[:most]


def goal_moves(
    session: Session, journey: Journey, goals: Sequence[Goal], deal_ids: Sequence[int], read: ReadMoves
) -> dict[int, tuple[GoalTouch, ...]]:
    """By deal, the touches that these goals make a passage; ``read`` is ``plugin.store.derived.moves_of``."""
    touches = _matched(session, journey, goals, deal_ids)
    found = {}
    ids = sorted(touches)
    for start in range(0, len(ids), IDS_A_STATEMENT):
        some = ids[start : start + IDS_A_STATEMENT]
        moves = dict(read(session, journey, some))
        for deal_id in some:
            told = [move for move in moves.get(deal_id, ()) if not is_goal_move(move.key)]
            found[deal_id] = passages_by_touch(told, touches[deal_id], journey)
    return {deal_id: taken for deal_id, taken in found.items() if taken}


def renew_goal_moves(session: Session, journey: Journey, deal_ids: Sequence[int], read: ReadMoves) -> set[int]:
    """Make these deals' moves by touches what goals and facts say now; returns the deals whose moves changed."""
    if session.scalar(select(TouchGoal.id).limit(1)) is None:
        return set()
    taken = goal_moves(session, journey, goals_of(session, journey.key), deal_ids, read)
    wanted = {(deal_id, touch.key): touch for deal_id, some in taken.items() for touch in some}
    now = datetime.now(UTC)
    changed = set()
    for fact in _made(session, deal_ids):
        touch = wanted.pop((fact.deal_id, fact.key), None)
        said = (fact.at, fact.target) if fact.withdrawn_at is None else None
        if said == ((touch.at, touch.stage) if touch else None):
            continue
        changed.add(fact.deal_id)
        fact.withdrawn_at = None if touch else now
        if touch:
            fact.at, fact.target = touch.at, touch.stage
    rows = [_row(deal_id, touch, now) for (deal_id, _), touch in wanted.items()]
    insert_rows(session, StageMoveFact, rows)
    return changed | {row["deal_id"] for row in rows}


def made_by(goal_id: int) -> ColumnElement[bool]:
    """The moves that a goal makes now. The origin stands there as a word: only so the databases use its index."""
    return and_(
        StageMoveFact.origin == literal_column(f"'{TOUCH}'"),
        StageMoveFact.key.startswith(f"{TOUCH}:{goal_id}:", autoescape=True),
        StageMoveFact.withdrawn_at.is_(None),
    )


def is_goal_move(key: str) -> bool:
    return key.startswith(f"{TOUCH}:")


def _matched(
    session: Session, journey: Journey, goals: Sequence[Goal], deal_ids: Sequence[int]
) -> dict[int, list[GoalTouch]]:
    """The dated touches that goals match, with what their stages are called now."""
    found: defaultdict[int, list[GoalTouch]] = defaultdict(list)
    if not goals:
        return found
    for deal_id, at, key, kind, channel, campaign in _dated(session, deal_ids):
        said = {MatchedBy.KIND: kind, MatchedBy.CHANNEL: channel, MatchedBy.CAMPAIGN: campaign}
        for goal in goals:
            if goal.matches(said[goal.field]):
                stage = journey.now_called.get(goal.stage, goal.stage)
                found[deal_id].append(GoalTouch(at, f"{TOUCH}:{goal.id}:{key}", stage, goal.value))
    return found


def _dated(session: Session, deal_ids: Sequence[int]) -> Iterator[Any]:
    columns = (Touch.deal_id, Touch.at, Touch.key, Touch.kind, Touch.channel, Touch.campaign)
    query = select(*columns).where(Touch.at.is_not(None), Touch.withdrawn_at.is_(None))
    for start in range(0, len(deal_ids), IDS_A_STATEMENT):
        yield from session.execute(query.where(Touch.deal_id.in_(deal_ids[start : start + IDS_A_STATEMENT])))


def _made(session: Session, deal_ids: Sequence[int]) -> Sequence[StageMoveFact]:
    """The moves that touches ever made of these deals."""
    made = select(StageMoveFact).where(StageMoveFact.deal_id.in_(deal_ids), StageMoveFact.origin == TOUCH)
    return session.scalars(made).all()


def _row(deal_id: int, touch: GoalTouch, now: datetime) -> dict[str, Any]:
    label = LABEL.format(touch.value[:LONGEST_VALUE])
    return {
        "deal_id": deal_id,
        "key": touch.key,
        "origin": TOUCH,
        "crm_stage_id": None,
        "target": touch.stage,
        "label": label,
        "at": touch.at,
        "ordinal": AFTER_THE_CRM,
        "actor_kind": ActorKind.AUTOMATION.value,
        # Named, so that it makes no burst with what the CRM's own rules did within the minute.
        "actor": label,
        "recorded_at": now,
        "withdrawn_at": None,
    }
