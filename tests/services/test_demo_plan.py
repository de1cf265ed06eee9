"""The demo's plan is there from the first start, says something of everything, and is left alone afterwards."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from plugin.domain.action import ActionStatus
from plugin.library.folders import shipped_folder
from plugin.library.journeys import load_journey, shipped_journeys
from plugin.library.personas import load_personas
from plugin.services.demo_company.plan import plan_for_demo
from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from plugin.store.queries.actions import actions_of
from plugin.store.queries.objectives import changes_of, find_goal, objectives_of
from plugin.store.tables import Action, Objective
from tests.services.test_logging import account


def test_a_second_start_keeps_what_people_changed(workspace: Workspace) -> None:
    max_ = account(workspace, "Max", Role.MANAGER)
    plan_for_demo(workspace, max_)
    with workspace.database.writing.begin() as session:
        for table in (Objective, Action):
            for row in session.scalars(select(table)).all()[1:]:
                session.delete(row)
    plan_for_demo(workspace, max_)
    with workspace.database.reading() as session:
        assert len(session.scalars(select(Objective)).all()) == 1
        assert len(session.scalars(select(Action)).all()) == 1


def test_it_has_something_of_everything(workspace: Workspace) -> None:
    journey = load_journey(shipped_journeys()["figure8"])
    personas = load_personas(shipped_folder() / "personas.yaml")
    demo = replace(workspace, journey=journey, personas=personas)
    plan_for_demo(demo, account(workspace, "Max", Role.MANAGER))
    with demo.database.reading() as session:
        assert find_goal(session)
        objectives, actions = objectives_of(session, "figure8"), actions_of(session, "figure8")
        assert max(len(changes_of(session, one.id)) for one in objectives) == 2
    assert {one.stage for one in actions} == set(journey.by_key)
    assert {one.status for one in actions} == set(ActionStatus)
    assert {one.persona for one in actions} - {None} <= {one.key for one in personas}
    assert {one.template for one in actions} - {None} <= set(demo.library.meetings)
