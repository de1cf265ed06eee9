"""What the past would read like with another journey: counted from the facts, in memory, and nothing is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from plugin.domain.conversion import Histogram, Period, StageConversion, measure, tally
from plugin.domain.journey import Journey
from plugin.domain.moves import OUTCOMES
from plugin.domain.visits import Passage, replay
from plugin.services.journey_use import OPEN, meanings_in
from plugin.services.workspace import Workspace
from plugin.store.derived import BATCH, batches, moves_of
from plugin.store.tables import CrmPipeline, CrmStage, Deal, StageMeaning, StageMoveFact

HORIZON = 90  # days
# Two seconds' work. Of more deals every second, third… is read.
MOST_DEALS = 5_000


@dataclass(frozen=True, slots=True)
class SupposedStage:
    """What a CRM stage means now, and what it would mean; None is outside the journey."""

    pipeline: str
    label: str
    now: str | None
    then: str | None


@dataclass(frozen=True, slots=True)
class Preview:
    """A quarter as it reads ``now`` and as it would read ``then``, over the same deals.

    ``read`` of the ``moved`` deals that moved in the quarter were counted. ``followed``: the pipelines follow this
    journey already; else those of the main one are shown as if they did.
    """

    period: Period
    now: Journey
    rows_now: tuple[StageConversion, ...]
    then: Journey
    rows_then: tuple[StageConversion, ...]
    stages: tuple[SupposedStage, ...]
    pipelines: tuple[str, ...]
    followed: bool
    moved: int
    read: int


def preview(session: Session, workspace: Workspace, then: Journey) -> Preview:
    """Last quarter with this journey, beside what it reads like with the one that its pipelines follow."""
    known = workspace.journeys
    now = known.named(then.key)
    pipelines = {
        id_: label
        for id_, label, key in session.execute(
            select(CrmPipeline.id, CrmPipeline.label, CrmPipeline.journey).order_by(CrmPipeline.id)
        )
        if known.named(key) is now
    }
    stages = session.scalars(
        select(CrmStage)
        .where(CrmStage.pipeline_id.in_(pipelines))
        .order_by(CrmStage.pipeline_id, CrmStage.position, CrmStage.id)
    ).all()
    period = last_quarter(workspace.clock().date())
    supposed = _supposed(session, now, then, stages)
    moved, deals = _deals(session, list(pipelines), period)
    count = _Counter(session, period, workspace.clock(), deals)
    return Preview(
        period,
        now,
        count.rows(now, {}),
        then,
        count.rows(then, supposed),
        tuple(
            SupposedStage(
                pipelines[one.pipeline_id], one.label, now.now_called.get(one.buyer_stage or ""), supposed[one.id]
            )
            for one in stages
            if one.outcome == OPEN
        ),
        tuple(pipelines.values()),
        then.key in known,
        moved,
        len(deals),
    )


def last_quarter(today: date) -> Period:
    """The whole quarter before the one of this day."""
    ended = date(today.year, (today.month - 1) // 3 * 3 + 1, 1) - timedelta(days=1)
    return Period(date(ended.year, ended.month - 2, 1), ended)


def _supposed(session: Session, now: Journey, then: Journey, stages: Sequence[CrmStage]) -> dict[int, str | None]:
    """As a publication would leave it: what was decided for this journey before, else what is proposed."""
    found: dict[int, str | None] = {}
    for pipeline_id in {stage.pipeline_id for stage in stages}:
        own = [stage for stage in stages if stage.pipeline_id == pipeline_id]
        if now.key == then.key:
            found |= {stage.id: then.now_called.get(stage.buyer_stage or "") for stage in own}
        else:
            found |= meanings_in(now, then, own)
    kept = session.execute(
        select(StageMeaning.stage_id, StageMeaning.buyer_stage).where(
            StageMeaning.stage_id.in_(found), StageMeaning.journey == then.key
        )
    )
    if now.key != then.key:
        found |= {stage_id: then.now_called.get(meaning or "") for stage_id, meaning in kept}
    return found | {stage.id: stage.outcome for stage in stages if stage.outcome in OUTCOMES}


def _deals(session: Session, pipelines: Sequence[int], period: Period) -> tuple[int, dict[int, datetime | None]]:
    """How many deals moved in the period, and those of them that are read, with when they were found gone."""
    moved: list[ColumnElement[bool]] = [
        Deal.pipeline_id.in_(pipelines),
        StageMoveFact.at >= period.start,
        StageMoveFact.at < period.end,
        StageMoveFact.withdrawn_at.is_(None),
    ]
    joined = StageMoveFact.deal_id == Deal.id
    total = session.scalar(select(func.count(Deal.id.distinct())).join(StageMoveFact, joined).where(*moved)) or 0
    every = -(-total // MOST_DEALS)
    if every > 1:
        moved.append(Deal.id % every == 0)
    rows = session.execute(select(Deal.id, Deal.gone_at).join(StageMoveFact, joined).where(*moved).distinct())
    return total, dict(rows.all())


@dataclass(frozen=True, slots=True)
class _Counter:
    """Counts the cohorts of a period among some deals."""

    session: Session
    period: Period
    now: datetime
    deals: Mapping[int, datetime | None]

    def rows(self, journey: Journey, supposed: Mapping[int, str | None]) -> tuple[StageConversion, ...]:
        found: dict[str, list[tuple[Passage, datetime | None]]] = {stage.key: [] for stage in journey.stages}
        for batch in batches(list(self.deals), BATCH):
            for deal_id, moves in moves_of(self.session, journey, batch, supposed):
                for passage in replay(moves, journey, self.now).passages:
                    found[passage.stage].append((passage, self.deals[deal_id]))
        return tuple(
            measure(stage, tally(Histogram(), passages, self.period, self.now), HORIZON)
            for stage, passages in found.items()
        )
