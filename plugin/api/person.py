"""Whose token this is; and the journey with its objectives, which everybody shares."""

from __future__ import annotations

from datetime import date, datetime

from plugin.api.edge import bearer, session, workspace
from plugin.api.operations import Query, operation
from plugin.api.parameters import JOURNEY, look_at_asked
from plugin.api.shapes import Shape, TextShape
from plugin.domain.journey import Loop
from plugin.domain.objective import Verdict
from plugin.services.api_tokens import Scope
from plugin.services.objectives import StageObjective, plan
from plugin.services.viewer import Role


class PersonShape(Shape):
    name: str
    email: str
    role: Role
    language: str
    time_zone: str


class TokenShape(Shape):
    """A token by its name; the token itself is told nowhere."""

    name: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime


class Me(Shape):
    """The person who made the token, and what it opens until when."""

    viewer: PersonShape
    token: TokenShape


class EvidenceText(Shape):
    key: str
    text: TextShape


class TargetShape(Shape):
    """An objective in numbers, and where it stands. Shares are from 0 to 1; null is a figure that the data can't carry.

    Of the deals that enter the stage from ``first_on`` to ``last_on`` (UTC), ``share`` pass it within ``within_days``.
    ``undecided`` deals are still within their time; the ``verdict`` rests on the interval from ``low`` to ``high``.
    """

    share: float
    within_days: int
    first_on: date
    last_on: date
    teams: tuple[str, ...]
    entered: int
    estimate: float | None
    low: float | None
    high: float | None
    undecided: int
    verdict: Verdict


class StageShape(Shape):
    """``distance`` is in gates to the next purchase act; ``meetings`` are the kits that mirror the stage.

    ``objective`` is what the journey says in words, ``target`` what was agreed on here; null where nothing was.
    """

    key: str
    name: TextShape
    loop: Loop
    position: int
    distance: int
    question: TextShape
    objective: TextShape
    evidence: tuple[EvidenceText, ...]
    meetings: tuple[str, ...]
    target: TargetShape | None = None


class Objectives(Shape):
    """The buyer's journey, in its order."""

    key: str
    name: TextShape
    stages: tuple[StageShape, ...]


@operation("GET", "/me", Me)
def read_me() -> Me:
    """Whose token this is, and what it opens."""
    return Me.of(bearer())


class ObjectivesQuery(Query):
    journey: str | None = JOURNEY


@operation("GET", "/objectives", Objectives, scope=Scope.MEETINGS_READ, query=ObjectivesQuery, problems=(422,))
def read_objectives(query: ObjectivesQuery) -> Objectives:
    """Each buyer stage with its objective in words and numbers, its exit evidence and its meetings."""
    look_at_asked(query.journey)
    journey, stages = workspace().journey, plan(session(), workspace()).stages
    told = tuple(
        StageShape.of(stage).model_copy(update={"target": _target(found)})
        for stage, found in zip(journey.stages, stages, strict=True)
    )
    return Objectives(key=journey.key, name=TextShape.of(journey.name), stages=told)


def _target(found: StageObjective) -> TargetShape | None:
    objective, progress = found.objective, found.progress
    if objective is None or progress is None:
        return None
    row = progress.row
    return TargetShape(
        share=objective.target,
        within_days=objective.within_days,
        first_on=objective.first_on,
        last_on=objective.last_on,
        teams=objective.teams,
        entered=row.entered,
        estimate=row.estimate,
        low=row.low,
        high=row.high,
        undecided=progress.undecided,
        verdict=progress.verdict,
    )


OPERATIONS = (read_me, read_objectives)
