"""Improvements: decided for a stage, evaluated by somebody by a day, with what came of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.domain.stage_map import Verdict
from plugin.services.audit import record
from plugin.services.report_rule import LEADING
from plugin.services.viewer import Viewer
from plugin.services.workspace import Workspace
from plugin.store.tables import Improvement

TEXT_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done better for a persona (None: for everybody); who says by which day whether it helped."""

    text: str
    persona: str | None
    evaluator_id: int
    due_on: date


@dataclass(frozen=True, slots=True)
class Evaluation:
    verdict: Verdict
    learned: str


def decide_improvement(session: Session, workspace: Workspace, viewer: Viewer, stage: str, decision: Decision) -> None:
    row = Improvement(
        public_id=uuid4().hex,
        journey=workspace.journey.key,
        stage=stage,
        persona=decision.persona,
        text=decision.text,
        evaluator_id=decision.evaluator_id,
        due_on=decision.due_on,
        decided_by=viewer.user_id,
        decided_at=workspace.clock(),
    )
    session.add(row)
    session.flush()
    record(session, viewer.user_id, "improvement decided", row.public_id, workspace.clock())


def evaluate_improvement(
    session: Session, workspace: Workspace, viewer: Viewer, public_id: str, evaluation: Evaluation
) -> bool:
    """Keep the verdict, or another one instead. False where these eyes have none such to evaluate."""
    row = _find(session, workspace, viewer, public_id)
    if row is None:
        return False
    row.verdict, row.learned = evaluation.verdict.value, evaluation.learned
    row.evaluated_at = workspace.clock()
    record(session, viewer.user_id, "improvement evaluated", public_id, workspace.clock())
    return True


def put_off_evaluation(session: Session, workspace: Workspace, viewer: Viewer, public_id: str, due_on: date) -> bool:
    """Another day for an evaluation. False where these eyes have none such to evaluate."""
    row = _find(session, workspace, viewer, public_id)
    if row is None:
        return False
    row.due_on = due_on
    record(session, viewer.user_id, "improvement put off", public_id, workspace.clock())
    return True


def withdraw_improvement(session: Session, workspace: Workspace, viewer: Viewer, public_id: str) -> bool:
    """False where these eyes have no such improvement."""
    row = _find(session, workspace, viewer, public_id)
    if row is None:
        return False
    row.withdrawn_at = workspace.clock()
    record(session, viewer.user_id, "improvement withdrawn", public_id, workspace.clock())
    return True


def _find(session: Session, workspace: Workspace, viewer: Viewer, public_id: str) -> Improvement | None:
    """Whoever writes on the map looks after all of them, others after those that they evaluate."""
    row = session.scalar(
        select(Improvement).filter_by(public_id=public_id, journey=workspace.journey.key, withdrawn_at=None)
    )
    return row if row and (viewer.role in LEADING or row.evaluator_id == viewer.user_id) else None
