"""The map of the journey: for each stage what the logs say, what people wrote, and what is to be done better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from plugin.domain.journey import BuyerStage
from plugin.domain.stage_map import NoteKind
from plugin.library.meeting import MeetingTemplate
from plugin.services.stage_logs import MOST_MEETINGS, StageLogs, stage_logs
from plugin.services.viewer import Viewer
from plugin.services.workspace import Workspace
from plugin.store.queries.questions import Question
from plugin.store.queries.stage_map import ImprovementLine, NoteLine, improvements_of, notes_of

# The whole map reads every stage at once.
MOST_A_COLUMN = 300


@dataclass(frozen=True, slots=True)
class StageColumn:
    """One stage of the map, for one persona or for everybody. ``templates`` are the meetings that serve it."""

    stage: BuyerStage
    logs: StageLogs
    notes: Mapping[NoteKind, tuple[NoteLine, ...]]
    improvements: tuple[ImprovementLine, ...]
    templates: tuple[MeetingTemplate, ...]

    @property
    def waiting(self) -> tuple[ImprovementLine, ...]:
        """The improvements that have no verdict yet."""
        return tuple(one for one in self.improvements if one.verdict is None)


def stage_column(
    session: Session,
    workspace: Workspace,
    viewer: Viewer,
    stage: str,
    question: Question,
    persona: str | None,
    most: int = MOST_MEETINGS,
) -> StageColumn:
    found = workspace.journey.stage(stage)
    journey = workspace.journey.key
    return StageColumn(
        stage=found,
        logs=stage_logs(session, workspace, viewer, stage, question, persona, most),
        notes=_by_kind(notes_of(session, journey, stage, persona)),
        improvements=improvements_of(session, journey, stage, persona),
        templates=serving(workspace, found),
    )


def whole_map(
    session: Session, workspace: Workspace, viewer: Viewer, question: Question, persona: str | None
) -> tuple[StageColumn, ...]:
    """Every stage, in journey order."""
    return tuple(
        stage_column(session, workspace, viewer, stage.key, question, persona, MOST_A_COLUMN)
        for stage in workspace.journey.stages
    )


def serving(workspace: Workspace, stage: BuyerStage) -> tuple[MeetingTemplate, ...]:
    """The meeting templates of a stage, the usual ones first."""
    meetings = workspace.library.meetings
    usual = [meetings[key] for key in stage.meetings if key in meetings]
    return (*usual, *(one for one in meetings.values() if one.stage == stage.key and one not in usual))


def _by_kind(notes: tuple[NoteLine, ...]) -> dict[NoteKind, tuple[NoteLine, ...]]:
    return {kind: tuple(note for note in notes if note.kind is kind) for kind in NoteKind}
