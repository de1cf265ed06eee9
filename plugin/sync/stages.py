"""Pipelines and their stages as the CRM names them now. A stage is never forgotten: moves of long ago refer to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_adapters.port import Pipeline, StageOutcome
from plugin.domain.journey import Journey
from plugin.domain.journeys import Journeys
from plugin.store.tables import CrmPipeline, CrmStage


@dataclass
class StageIds:
    """Database ids of one connection's pipelines and stages, by the CRM's own ids."""

    connection_id: int
    pipelines: dict[str, int]
    stages: dict[tuple[int, str], int]

    @classmethod
    def read(cls, session: Session, connection_id: int) -> StageIds:
        pipelines = session.execute(
            select(CrmPipeline.crm_id, CrmPipeline.id).where(CrmPipeline.connection_id == connection_id)
        )
        stages = session.execute(
            select(CrmStage.pipeline_id, CrmStage.crm_id, CrmStage.id)
            .join(CrmPipeline, CrmPipeline.id == CrmStage.pipeline_id)
            .where(CrmPipeline.connection_id == connection_id)
        )
        return cls(
            connection_id,
            dict(pipelines.all()),
            {(pipeline_id, crm_id): id_ for pipeline_id, crm_id, id_ in stages},
        )

    def pipeline(self, session: Session, crm_id: str) -> int:
        """The pipeline called ``crm_id``; one that the CRM did not list is made, with its id for a label."""
        if crm_id not in self.pipelines:
            row = CrmPipeline(connection_id=self.connection_id, crm_id=crm_id, label=crm_id)
            session.add(row)
            session.flush()
            self.pipelines[crm_id] = row.id
        return self.pipelines[crm_id]

    def stage(self, session: Session, pipeline_id: int, crm_id: str, now: datetime) -> int:
        """The stage in the deal's pipeline, else where the connection has it (the deal moved over), else a new one.

        A new one is unmapped: it is shown with its deals counted until somebody says what it means to the buyer.
        """
        if (pipeline_id, crm_id) in self.stages:
            return self.stages[pipeline_id, crm_id]
        if elsewhere := next((id_ for (_, name), id_ in self.stages.items() if name == crm_id), None):
            return elsewhere
        row = CrmStage(pipeline_id=pipeline_id, crm_id=crm_id, first_seen_at=now)
        row.label, row.position, row.outcome, row.buyer_stage = crm_id, 0, StageOutcome.OPEN.value, None
        session.add(row)
        session.flush()
        self.stages[pipeline_id, crm_id] = row.id
        return row.id


def in_our_words(
    session: Session, connection_id: int, journeys: Journeys, pipelines: Iterable[Pipeline]
) -> list[Pipeline]:
    """Where a source names buyer stages of another journey than its pipeline follows, what was decided here stands in
    place of its word."""
    followed = dict(
        session.execute(
            select(CrmPipeline.crm_id, CrmPipeline.journey).where(CrmPipeline.connection_id == connection_id)
        ).all()
    )
    ours = _meanings(session, connection_id)
    return [
        one if _speaks_of(one, journeys.named(followed.get(one.id))) else _with_meanings(one, ours) for one in pipelines
    ]


def _speaks_of(pipeline: Pipeline, journey: Journey) -> bool:
    named = {stage.buyer_stage for stage in pipeline.stages if stage.buyer_stage}
    return not named or any(key in journey.now_called for key in named)


def _with_meanings(pipeline: Pipeline, meanings: Mapping[tuple[str, str], str | None]) -> Pipeline:
    stages = [replace(stage, buyer_stage=meanings.get((pipeline.id, stage.id))) for stage in pipeline.stages]
    return replace(pipeline, stages=tuple(stages))


def _meanings(session: Session, connection_id: int) -> dict[tuple[str, str], str | None]:
    rows = session.execute(
        select(CrmPipeline.crm_id, CrmStage.crm_id, CrmStage.buyer_stage)
        .join(CrmPipeline, CrmPipeline.id == CrmStage.pipeline_id)
        .where(CrmPipeline.connection_id == connection_id)
    )
    return {(pipeline, stage): meaning for pipeline, stage, meaning in rows}


def changing_stages(
    session: Session, connection_id: int, pipelines: Iterable[Pipeline], maps_stages: bool
) -> list[int]:
    """The known stages whose meaning to the buyer will be another one when these pipelines are stored.

    ``maps_stages``: the source says which buyer stage each means; else that is decided here, and stays.
    """
    known = {
        (pipeline, stage): (id_, meaning)
        for pipeline, stage, id_, *meaning in session.execute(
            select(CrmPipeline.crm_id, CrmStage.crm_id, CrmStage.id, CrmStage.outcome, CrmStage.buyer_stage)
            .join(CrmPipeline, CrmPipeline.id == CrmStage.pipeline_id)
            .where(CrmPipeline.connection_id == connection_id)
        )
    }
    now = {
        (pipeline.id, stage.id): [stage.outcome.value, stage.buyer_stage]
        for pipeline in pipelines
        for stage in pipeline.stages
    }
    means = slice(2 if maps_stages else 1)
    return [id_ for key, (id_, meaning) in known.items() if now.get(key, meaning)[means] != meaning[means]]


def store_pipelines(
    session: Session, connection_id: int, pipelines: Iterable[Pipeline], now: datetime, maps_stages: bool = True
) -> list[int]:
    """Bring labels, outcomes and (where the source maps them) buyer stages up to date; returns the stages whose meaning
    to the buyer changed."""
    known = {row.crm_id: row for row in session.scalars(select(CrmPipeline).filter_by(connection_id=connection_id))}
    changed: list[int] = []
    for pipeline in pipelines:
        row = known.get(pipeline.id) or CrmPipeline(connection_id=connection_id, crm_id=pipeline.id)
        row.label = pipeline.label
        session.add(row)
        session.flush()
        changed += _store_stages(session, row.id, pipeline, now, maps_stages)
    return changed


def _store_stages(
    session: Session, pipeline_id: int, pipeline: Pipeline, now: datetime, maps_stages: bool
) -> list[int]:
    known = {row.crm_id: row for row in session.scalars(select(CrmStage).filter_by(pipeline_id=pipeline_id))}
    changed = []
    for stage in pipeline.stages:
        row = known.pop(stage.id, None) or CrmStage(pipeline_id=pipeline_id, crm_id=stage.id, first_seen_at=now)
        buyer_stage = stage.buyer_stage if maps_stages else row.buyer_stage
        if row.id and (row.outcome, row.buyer_stage) != (stage.outcome.value, buyer_stage):
            changed.append(row.id)
        row.label, row.position, row.removed_at = stage.label, stage.position, None
        row.outcome, row.buyer_stage = stage.outcome.value, buyer_stage
        session.add(row)
    for row in known.values():
        row.removed_at = row.removed_at or now
    session.flush()
    return changed
