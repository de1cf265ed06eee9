"""What people wrote on the map, and the improvements decided there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, aliased

from plugin.domain.stage_map import NoteKind, Verdict
from plugin.store.tables import Improvement, MapNote, Touchpoint, UserAccount


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A line of the map. ``by`` is None for an account that is gone; ``online`` is of the touchpoint."""

    public_id: str
    stage: str
    persona: str | None
    kind: NoteKind
    text: str
    touchpoint: str | None
    touchpoint_ref: str | None
    online: bool | None
    traceable: bool | None
    by: str | None
    at: datetime
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ImprovementLine:
    """An improvement. ``evaluator`` is None for an account that is gone; ``verdict`` until there is one."""

    verdict: Verdict | None
    public_id: str
    stage: str
    persona: str | None
    text: str
    evaluator_id: int | None
    evaluator: str | None
    due_on: date
    by: str | None
    decided_at: datetime
    learned: str
    evaluated_at: datetime | None


def notes_of(
    session: Session, journey: str, stage: str | None = None, persona: str | None = None
) -> tuple[NoteLine, ...]:
    """The notes on a stage (None: on every stage) that hold for a persona (None: for anybody), the oldest first."""
    rows = session.execute(
        select(
            MapNote.public_id,
            MapNote.stage,
            MapNote.persona,
            MapNote.kind,
            MapNote.text,
            Touchpoint.name,
            Touchpoint.public_id,
            Touchpoint.online,
            Touchpoint.traceable,
            UserAccount.name,
            MapNote.written_at,
            MapNote.changed_at,
        )
        .outerjoin(Touchpoint, Touchpoint.id == MapNote.touchpoint_id)
        .outerjoin(UserAccount, UserAccount.id == MapNote.user_id)
        .where(MapNote.journey == journey, MapNote.withdrawn_at.is_(None), *_narrowed(MapNote, stage, persona))
        .order_by(MapNote.id)
    )
    return tuple(_note(*row) for row in rows)


def improvements_of(
    session: Session, journey: str, stage: str | None = None, persona: str | None = None
) -> tuple[ImprovementLine, ...]:
    """The improvements of a stage (None: of every stage), what is to be evaluated first before what was, by day."""
    return _improvements(session, Improvement.journey == journey, *_narrowed(Improvement, stage, persona))


def evaluations_due(session: Session, user_id: int, journey: str, today: date) -> tuple[ImprovementLine, ...]:
    """The improvements of which this person should say by today what came of them, the longest due first."""
    return _improvements(
        session,
        Improvement.journey == journey,
        Improvement.evaluator_id == user_id,
        Improvement.verdict.is_(None),
        Improvement.due_on <= today,
    )


def improvements_due(session: Session, journey: str, by: date) -> tuple[ImprovementLine, ...]:
    """The improvements whose verdict is due by this day, whoever gives it; the longest due first."""
    waiting = Improvement.verdict.is_(None), Improvement.withdrawn_at.is_(None), Improvement.due_on <= by
    return _improvements(session, Improvement.journey == journey, *waiting)


def is_written_on(session: Session, journey: str) -> bool:
    """Whether people have written a line on the map or decided an improvement."""
    return any(
        session.scalar(select(one.id).where(one.journey == journey, one.withdrawn_at.is_(None)).limit(1))
        for one in (MapNote, Improvement)
    )


def _improvements(session: Session, *conditions: ColumnElement[bool]) -> tuple[ImprovementLine, ...]:
    evaluator, decider = aliased(UserAccount), aliased(UserAccount)
    rows = session.execute(
        select(
            Improvement.verdict,
            Improvement.public_id,
            Improvement.stage,
            Improvement.persona,
            Improvement.text,
            Improvement.evaluator_id,
            evaluator.name,
            Improvement.due_on,
            decider.name,
            Improvement.decided_at,
            Improvement.learned,
            Improvement.evaluated_at,
        )
        .outerjoin(evaluator, evaluator.id == Improvement.evaluator_id)
        .outerjoin(decider, decider.id == Improvement.decided_by)
        .where(Improvement.withdrawn_at.is_(None), *conditions)
        .order_by(Improvement.verdict.is_not(None), Improvement.due_on, Improvement.id)
    )
    return tuple(_improvement(*row) for row in rows)


def _note(public_id: str, stage: str, persona: str | None, kind: str, *others: Any) -> NoteLine:
    return NoteLine(public_id, stage, persona, NoteKind(kind), *others)


def _improvement(verdict: str | None, *others: Any) -> ImprovementLine:
    return ImprovementLine(Verdict(verdict) if verdict else None, *others)


def _narrowed(
    table: type[MapNote] | type[Improvement], stage: str | None, persona: str | None
) -> list[ColumnElement[bool]]:
    """What was written for everybody holds for each persona."""
    conditions: list[ColumnElement[bool]] = []
    if stage is not None:
        conditions.append(table.stage == stage)
    if persona is not None:
        conditions.append(or_(table.persona == persona, table.persona.is_(None)))
    return conditions
