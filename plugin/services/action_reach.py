"""Which deals an action reached, and when: from what leaves a trace here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np
from sqlalchemy.orm import Session

from plugin.domain.action import ActionKind
from plugin.store.queries.actions import ActionLine, done_for
from plugin.store.queries.meetings import Held, HeldMeetings, held_meetings
from plugin.store.queries.questions import Question
from plugin.store.queries.touches import touches_at, touches_of_campaigns
from plugin.store.types import to_microseconds


def reached_by(session: Session, actions: Sequence[ActionLine], question: Question) -> dict[int, HeldMeetings]:
    """By action: the deals that it reached, as if each touch were a meeting. One that left no trace is missing.

    A meeting reached whom it was held with. Everything else reached the deals for which somebody answered its reminder
    with *done*, and those with a touch of the campaign that is called like it, or else at its touchpoint.
    """
    held = held_meetings(session, question) if any(_is_meeting(one) for one in actions) else None
    found = {one.id: held.of(_template(one)) for one in actions if held and _is_meeting(one)}
    others = [one for one in actions if one.id not in found]
    found |= {action: _touched(rows) for action, rows in _traces(session, others).items()}
    return {action: touches for action, touches in found.items() if len(touches.deal)}


def _is_meeting(action: ActionLine) -> bool:
    return action.kind is ActionKind.MEETING and action.template is not None


def _template(action: ActionLine) -> Callable[[Held], bool]:
    return lambda kind: kind[0] == action.template


def _traces(session: Session, actions: Sequence[ActionLine]) -> dict[int, list[tuple[int, int]]]:
    """By action: deal and instant (microseconds) of whatever tells that it reached the deal."""
    found: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for action, deal, at in done_for(session, [one.id for one in actions]):
        found[action].append((deal, to_microseconds(at)))
    titles = {one.id: one.title.casefold() for one in actions}
    places = {one.id: one.touchpoint_id for one in actions if one.touchpoint_id is not None}
    campaigns, at_places = touches_of_campaigns(session, titles.values()), touches_at(session, places.values())
    for action, title in titles.items():
        found[action] += campaigns.get(title) or at_places.get(places.get(action, 0), [])
    return found


def _touched(rows: Sequence[tuple[int, int]]) -> HeldMeetings:
    deal, at = np.array(sorted(rows), np.int64).reshape(-1, 2).T
    return HeldMeetings(deal, at, np.zeros(len(rows), np.int16), (("", None, None),))
