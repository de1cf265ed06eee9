"""Which buyer stage each CRM stage means: proposed from its name and place, decided by an admin, changeable later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plugin.domain.journey import Journey
from plugin.domain.stage_proposal import Proposal, propose_stage
from plugin.services.connections import recomputing
from plugin.services.journey_use import OPEN, place_of
from plugin.services.workspace import Workspace
from plugin.store.derived import buyer_target, deals_through, derive_each
from plugin.store.recomputing import AT_ONCE
from plugin.store.tables import Connection, CrmPipeline, CrmStage, StageMoveFact


@dataclass(frozen=True, slots=True)
class StageLine:
    """A CRM stage, what it means now in the ``journey`` of its pipeline, what we propose, and how many deals ever moved
    into it."""

    id: int
    pipeline_id: int
    pipeline: str
    journey: Journey
    label: str
    outcome: str
    buyer_stage: str | None
    proposal: Proposal
    deals: int
    removed: bool


def stages_of(session: Session, workspace: Workspace, name: str) -> tuple[StageLine, ...] | None:
    """The stages of a connection's pipelines, in their order; None where no connection goes by that name."""
    connection_id = session.scalar(select(Connection.id).filter_by(name=name))
    if connection_id is None:
        return None
    rows = session.execute(
        select(CrmStage, CrmPipeline, func.count(StageMoveFact.deal_id.distinct()))
        .join(CrmPipeline, CrmPipeline.id == CrmStage.pipeline_id)
        .outerjoin(StageMoveFact, StageMoveFact.crm_stage_id == CrmStage.id)
        .where(CrmPipeline.connection_id == connection_id)
        .group_by(CrmStage.id, CrmPipeline.id)
        .order_by(CrmPipeline.id, CrmStage.position, CrmStage.id)
    ).all()
    last = {stage.pipeline_id: stage.position for stage, _, _ in rows if stage.outcome == OPEN}
    return tuple(
        StageLine(
            stage.id,
            pipeline.id,
            pipeline.label,
            journey,
            stage.label,
            stage.outcome,
            buyer_target(journey, None, stage.buyer_stage),
            propose_stage(journey, stage.label, place_of(stage, last.get(stage.pipeline_id, 0))),
            deals,
            stage.removed_at is not None,
        )
        for stage, pipeline, deals in rows
        for journey in [workspace.journeys.named(pipeline.journey)]
    )


def funnel_of(session: Session, journey: Journey, meaning: Mapping[int, str | None]) -> dict[str, int]:
    """A preview: by buyer stage, how many deals ever moved into it if the CRM's stages meant this."""
    found = {}
    for stage in journey.stages:
        ids = [id_ for id_, key in meaning.items() if key == stage.key]
        found[stage.key] = (
            session.scalar(
                select(func.count(StageMoveFact.deal_id.distinct())).where(
                    StageMoveFact.crm_stage_id.in_(ids), StageMoveFact.withdrawn_at.is_(None)
                )
            )
            if ids
            else 0
        ) or 0
    return found


def map_stages(workspace: Workspace, name: str, meaning: Mapping[int, str | None]) -> bool:
    """Decide what open stages mean, and read the history of the deals that went through them anew.

    Few deals are read anew at once; many in the background, by the worker or the next sync, and reports say so
    meanwhile. Returns False where they are many. KeyError on a stage that no journey in use has.
    """
    for key in meaning.values():
        if key is not None and not any(key in journey for journey in workspace.journeys):
            raise KeyError(key)
    with workspace.database.writing.begin() as session:
        rows = session.scalars(
            select(CrmStage)
            .join(CrmPipeline, CrmPipeline.id == CrmStage.pipeline_id)
            .join(Connection, Connection.id == CrmPipeline.connection_id)
            .where(Connection.name == name, CrmStage.id.in_(list(meaning)), CrmStage.outcome == OPEN)
        ).all()
        changed = [row.id for row in rows if row.buyer_stage != meaning[row.id]]
        many = len(deals_through(session, changed, AT_ONCE + 1)) > AT_ONCE
    if many:
        recomputing(workspace).announce()
    with workspace.database.writing.begin() as session:
        for row in session.scalars(select(CrmStage).where(CrmStage.id.in_(changed))):
            row.buyer_stage = meaning[row.id]
        session.flush()
        if not many:
            derive_each(session, workspace.journeys, deals_through(session, changed))
    return not many
