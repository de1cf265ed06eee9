"""Reminders of actions: a person's own that are due, and the deals that an action is due for now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.domain.action import DECIDED
from plugin.domain.conversion import whole_days
from plugin.services.viewer import Viewer
from plugin.services.workspace import Workspace
from plugin.store.queries.actions import ActionLine, actions_of, answered, find_action
from plugin.store.queries.deals import DealLine, find_deal, open_lines
from plugin.store.queries.meetings import meetings_since
from plugin.store.tables import ActionReminder, Deal

SHOWN = 8
AHEAD = timedelta(days=7)
# After a weekend one still remembers; later the moment has passed.
LATEST = 3


class Answer(StrEnum):
    DONE = "done"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Reminder:
    """An action that is due for a deal, on its ``day`` in the stage; ``late`` by so many days."""

    action: ActionLine
    deal: DealLine
    day: int
    late: int


@dataclass(frozen=True, slots=True)
class Reminders:
    """``own``: the person's actions that are late or due within a week. ``deals``: the first of ``in_all``."""

    own: tuple[ActionLine, ...]
    deals: tuple[Reminder, ...]
    in_all: int


def reminders(session: Session, workspace: Workspace, viewer: Viewer) -> Reminders:
    """Of the open deals that the person looks after; what is latest comes first.

    A meeting that is planned or was held needs no reminder.
    """
    decided = {
        journey.key: [one for one in actions_of(session, journey.key) if one.status in DECIDED]
        for journey in workspace.journeys
    }
    actions = [one for several in decided.values() for one in several]
    deals = _recent(session, workspace, viewer, actions)
    due = [
        one
        for deal in deals
        for one in _due(decided[workspace.journeys.named(deal.journey).key], deal, workspace.clock())
    ]
    settled = answered(session, [one.id for one in actions], [one.deal.id for one in due])
    met = meetings_since(session, {one.deal.id: one.deal.since for one in due if one.deal.since})
    left = [
        one
        for one in due
        if (one.action.id, one.deal.id, one.deal.since) not in settled and (one.deal.id, one.action.template) not in met
    ]
    left.sort(key=lambda one: (-one.late, one.deal.since or workspace.clock(), one.deal.id, one.action.id))
    return Reminders(own_actions(actions, viewer, workspace.clock().date()), tuple(left[:SHOWN]), len(left))


def own_actions(actions: Iterable[ActionLine], viewer: Viewer, today: date) -> tuple[ActionLine, ...]:
    """The viewer's actions with a day that is past or near, the oldest day first."""
    mine = [one for one in actions if one.owner_id == viewer.user_id and one.status in DECIDED]
    near = [(one.due_on, one) for one in mine if one.due_on and one.due_on <= today + AHEAD]
    return tuple(one for _, one in sorted(near, key=lambda pair: (pair[0], pair[1].id)))


def answer_reminder(
    session: Session, workspace: Workspace, viewer: Viewer, action: str, deal: str, answer: Answer
) -> bool:
    """Keep what was done, or that it was not to be; False where these eyes have no such action or open deal.

    Answered twice, the first answer stays.
    """
    line = find_deal(session, deal, viewer.only_owner)
    found = find_action(session, workspace.journeys.named(line.journey).key, action) if line else None
    if found is None or line is None or line.state != "open" or line.since is None:
        return False
    # Sent twice at once, the second waits here and finds the answer of the first.
    session.execute(select(Deal.id).filter_by(id=line.id).with_for_update())
    if (found.id, line.id, line.since) not in answered(session, [found.id], [line.id]):
        session.add(
            ActionReminder(
                action_id=found.id,
                deal_id=line.id,
                entered_at=line.since,
                answer=answer.value,
                user_id=viewer.user_id,
                answered_at=workspace.clock(),
            )
        )
    return True


def _recent(
    session: Session, workspace: Workspace, viewer: Viewer, actions: Iterable[ActionLine]
) -> Sequence[DealLine]:
    """The deals that came into their stage so lately that some action may be due for them."""
    last = max((one.window.last for one in actions if one.window), default=None)
    if last is None:
        return ()
    return open_lines(session, viewer.only_owner, workspace.clock() - timedelta(days=last + LATEST + 1))


def _due(actions: Iterable[ActionLine], deal: DealLine, now: datetime) -> Iterator[Reminder]:
    for action in actions:
        if deal.stage != action.stage or deal.since is None or action.persona not in (None, deal.persona_key):
            continue
        day = whole_days(deal.since, now)
        late = action.window.late(day) if action.window else None
        if late is not None and late <= LATEST:
            yield Reminder(action, deal, day, late)
