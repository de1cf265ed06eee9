"""What followed the actions, and what to do with them: stop, improve, keep, extend, or wait for more deals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from plugin.domain.action import ActionStatus
from plugin.domain.action_worth import Worth, worth
from plugin.domain.effectiveness import effect, shrink
from plugin.domain.visits import Outcome
from plugin.services.action_reach import reached_by
from plugin.services.conversion import cohorts_as_of
from plugin.services.met_and_unmet import Cohort, MetAndUnmet
from plugin.services.workspace import Workspace
from plugin.store.queries.actions import EVERYTHING, ActionLine, Filters, actions_of
from plugin.store.queries.meetings import HeldMeetings
from plugin.store.queries.questions import Question


@dataclass(frozen=True, slots=True)
class ActionWorth:
    """``worth`` is None where the action left no trace: then only a person can judge it."""

    action: ActionLine
    worth: Worth | None


@dataclass(frozen=True, slots=True)
class _Followed:
    action: ActionLine
    found: MetAndUnmet
    passages: int


def worth_of_actions(
    session: Session, workspace: Workspace, question: Question, filters: Filters = EVERYTHING
) -> tuple[ActionWorth, ...]:
    """Every action beyond an idea. Actions are unlike each other: none lends its difference to another."""
    known = actions_of(session, workspace.journey.key)
    actions = [one for one in known if one.status is not ActionStatus.IDEA and filters.takes(one)]
    followed = list(_followed(session, workspace, question, actions))
    effects = [effect(one.found.followed, one.found.unmet, question.horizon) for one in followed]
    known_worth = {
        one.action.id: worth(drawn, _passed(one.found), one.passages)
        for one, drawn in zip(followed, shrink(effects, ()), strict=True)
    }
    return tuple(ActionWorth(one, known_worth.get(one.id)) for one in actions)


def _followed(
    session: Session, workspace: Workspace, question: Question, actions: list[ActionLine]
) -> Iterator[_Followed]:
    view = cohorts_as_of(session, workspace, question.as_of)
    reached = reached_by(session, actions)
    for stage in workspace.journey.stages:
        mine = {one.id: one for one in actions if one.stage == stage.key and one.id in reached}
        if not mine:
            continue
        touched: dict[int, HeldMeetings] = {key: reached[key] for key in mine}
        found = Cohort(session, view, question, stage.key, touched).found()
        passages = view.histogram(session, question, stage.key).advanced.total()
        yield from (_Followed(mine[key], one, passages) for key, one in found.items())


def _passed(found: MetAndUnmet) -> int:
    return sum(one.deals for one in found.followed if one.outcome is Outcome.ADVANCED)
