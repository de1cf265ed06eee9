"""Why a stage's conversion is not the CRM's number: every definition on the same deals."""

from __future__ import annotations

from sqlalchemy.orm import Session

from plugin.domain.conversion import measure
from plugin.domain.crm_definitions import DefinedConversion, by_definition, following_in_loop, stages_up_to
from plugin.services.conversion import cohorts_as_of
from plugin.services.workspace import Workspace
from plugin.store.queries.questions import Question


def crm_numbers(
    session: Session, workspace: Workspace, question: Question, stage: str
) -> tuple[DefinedConversion, ...]:
    """Ours first, then the others. The snapshot is of today, whatever the question's instant."""
    view = cohorts_as_of(session, workspace, question.as_of)
    counted = view.histograms(session, question)
    following = following_in_loop(workspace.journey, stage)
    up_to_here = stages_up_to(workspace.journey, stage)
    return by_definition(
        workspace.journey,
        measure(stage, counted[stage], question.horizon),
        next_entered=counted[following.key].entered if following else 0,
        all_to_here=view.entered_all(session, question, up_to_here),
        all_to_next=view.entered_all(session, question, [*up_to_here, following.key]) if following else 0,
        today=view.standing(session, question),
    )
