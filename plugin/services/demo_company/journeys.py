"""The demo's journeys: how marketing and sales came to the one in use, and a draft of another for the customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.domain.journey import Journey, Loop, Text
from plugin.services.journey_drafts import begin_draft
from plugin.services.journey_use import By, Origin, put_in_use
from plugin.services.viewer import Role, Viewer
from plugin.services.workspace import Workspace
from plugin.store.tables import JourneyInUse, UserAccount

RENEWALS = Text("Renewals", "Renouvellements")
# What stood there before marketing and sales sat down together.
BEFORE = {
    "problem": Text("Every lead is called within two days", "Chaque contact est appelé sous deux jours"),
    "search": Text("Two meetings with each prospect", "Deux rendez-vous avec chaque prospect"),
}


def keep_earlier_journeys(workspace: Workspace, people: Mapping[Role, str]) -> None:
    """Once: what people publish later is theirs."""
    with workspace.database.reading() as session:
        if session.scalar(select(JourneyInUse.key).limit(1)) is not None:
            return
        marketer, manager = (_person(session, people[role]) for role in (Role.MARKETER, Role.MANAGER))
    journey = workspace.journeys.main
    put_in_use(workspace, _before(journey), Origin.BROWSER, By(marketer.id, "What each team had in mind"))
    put_in_use(workspace.now(), journey, Origin.BROWSER, By(manager.id, "One objective a stage, agreed with Nora"))
    usage = _usage(journey)
    with workspace.database.writing.begin() as session:
        writer = Viewer(marketer.id, marketer.name, marketer.email, Role.MARKETER)
        if usage.stages:
            begin_draft(session, workspace.now(), writer, usage, RENEWALS)


def _before(journey: Journey) -> Journey:
    stages = tuple(replace(stage, objective=BEFORE.get(stage.key, stage.objective)) for stage in journey.stages)
    return replace(journey, stages=stages)


def _usage(journey: Journey) -> Journey:
    """The stages of use alone, as a journey of their own."""
    stages = [stage for stage in journey.stages if stage.loop is Loop.USAGE]
    return replace(
        journey, name=RENEWALS, stages=tuple(replace(stage, position=n) for n, stage in enumerate(stages, 1))
    )


def _person(session: Session, email: str) -> UserAccount:
    return session.scalars(select(UserAccount).filter_by(email=email)).one()
