"""Why a stage's conversion is not the CRM's number: every definition on the same deals."""

from __future__ import annotations

from sqlalchemy.orm import Session

from plugin.domain.conversion import measure
from plugin.domain.crm_definitions import DefinedConversion, by_definition, following_in_loop, stages_up_to
from plugin.services.conversion import histograms
from plugin.services.workspace import Workspace
from plugin.store.queries.cohorts import Question, entered_all, standing_today


def crm_numbers(
    session: Session, workspace: Workspace, question: Question, stage: str
) -> tuple[DefinedConversion, ...]:
    """Ours first, then the others. The snapshot is of today, whatever the question's instant."""
    counted = histograms(session, workspace, question)
    following = following_in_loop(workspace.journey, stage)
    up_to_here = stages_up_to(workspace.journey, stage)
    return by_definition(
        workspace.journey,
        measure(stage, counted[stage], question.horizon),
        next_entered=counted[following.key].entered if following else 0,
        all_to_here=entered_all(session, question, up_to_here),
        all_to_next=entered_all(session, question, [*up_to_here, following.key]) if following else 0,
        today=standing_today(session, question),
    )
