"""Where the demo's marketing and its buyers met: before a deal began, and while it stood in each stage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from itertools import pairwise
from random import Random
from typing import Any

import yaml
from sqlalchemy import select

from plugin.domain.touch_goals import MatchedBy
from plugin.services.demo_company.calendar import desk_time
from plugin.services.demo_company.content import Content
from plugin.services.demo_company.deal import Deal
from plugin.services.touch_goals import set_goal
from plugin.services.workspace import Workspace
from plugin.store.tables import TouchGoal

COLUMNS = ("deal", "at", "channel", "source", "campaign", "touchpoint", "kind")
DAYS_BEFORE = 75
MOST_A_STAGE = 3


@dataclass(frozen=True, slots=True)
class Touch:
    at: datetime | None
    channel: str
    source: str
    campaign: str
    touchpoint: str
    kind: str


def touches_of(deal_id: str, deal: Deal, content: Content) -> Iterator[Touch]:
    """The same deal gives the same touches, whatever happens to others: its dice are its own."""
    rng, habits = Random(deal_id), _habits()  # noqa: S311 - a demo's dice, no secret's
    if rng.random() < habits["untouched"]:
        return
    first = deal.created_at.date() - timedelta(days=rng.randint(0, DAYS_BEFORE))
    yield _touch(rng, habits["first"][deal.source], min(desk_time(rng, first), deal.created_at), habits)
    stages = {stage.key: stage.buyer for pipeline in content.pipelines for stage in pipeline.stages}
    dated = [(move.at, stages[move.stage]) for move in deal.moves if move.at]
    for (entered, stage), (left, _) in pairwise(dated):
        known = habits["stages"].get(stage)
        for _ in range(MOST_A_STAGE if known else 0):
            if rng.random() < known["often"] / 2:
                kind = rng.choices(known["touches"], [one["weight"] for one in known["touches"]])[0]
                yield _touch(rng, kind, entered + (left - entered) * rng.uniform(0.1, 0.95), habits)


def set_demo_goal(workspace: Workspace) -> None:
    """Once: whoever takes it away does not find it again."""
    goal = _habits()["goal"]
    with workspace.database.reading() as session:
        decided = session.scalar(select(TouchGoal.id).limit(1)) is not None
    if not decided and goal["stage"] in workspace.journey:
        set_goal(workspace, None, MatchedBy(goal["field"]), goal["value"], goal["stage"])


def _touch(rng: Random, about: dict[str, Any], at: datetime, habits: dict[str, Any]) -> Touch:
    named = {"year": at.year, "quarter": f"Q{(at.month + 2) // 3} {at.year}"}
    forgotten = rng.random() < habits["undated"]
    return Touch(
        at=None if forgotten else at.replace(microsecond=0),
        channel=about["channel"],
        source=rng.choice(about.get("source", [""])),
        campaign=about.get("campaign", "").format(**named),
        touchpoint=about["touchpoint"],
        kind=about["kind"],
    )


@cache
def _habits() -> dict[str, Any]:
    text = (files(__package__) / "touches.yaml").read_text(encoding="utf-8")
    read: dict[str, Any] = yaml.safe_load(text)
    return read
