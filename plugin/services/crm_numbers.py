"""Why a stage's conversion is not the CRM's number: every definition on the same deals."""

from __future__ import annotations

import numpy as np
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
    every = [view.entered(session, question, one) for one in stages_up_to(workspace.journey, stage)]
    to_here = np.logical_and.reduce(every)
    to_next = to_here & view.entered(session, question, following.key) if following else to_here[:0]
    return by_definition(
        workspace.journey,
        measure(stage, counted[stage], question.horizon),
        next_entered=counted[following.key].entered if following else 0,
        all_to_here=int(np.count_nonzero(to_here)),
        all_to_next=int(np.count_nonzero(to_next)),
        today=view.standing(session, question),
    )
