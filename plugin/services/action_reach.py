"""Which deals an action reached, and when: from what leaves a trace here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sqlalchemy.orm import Session

from plugin.domain.action import ActionKind
from plugin.store.queries.actions import ActionLine, done_for
from plugin.store.queries.meetings import HeldMeetings, held_meetings
from plugin.store.types import to_microseconds


def reached_by(session: Session, actions: Sequence[ActionLine]) -> dict[int, HeldMeetings]:
    """By action: the deals that it reached, as if each touch were a meeting. One that left no trace is missing.

    A meeting reached whom it was held with; everything else, the deals for which somebody answered its reminder with
    *done*. Whoever knows of other touches (a campaign's, a touchpoint's) adds them here.
    """
    held = held_meetings(session) if any(_is_meeting(one) for one in actions) else None
    found = {one.id: _held(held, one) for one in actions if held and _is_meeting(one)}
    found |= _done(session, [one.id for one in actions if one.id not in found])
    return {action: touches for action, touches in found.items() if len(touches.deal)}


def _is_meeting(action: ActionLine) -> bool:
    return action.kind is ActionKind.MEETING and action.template is not None


def _held(held: HeldMeetings, action: ActionLine) -> HeldMeetings:
    return held.of(lambda kind: kind[0] == action.template)


def _done(session: Session, action_ids: Sequence[int]) -> dict[int, HeldMeetings]:
    rows = sorted((action, deal, to_microseconds(at)) for action, deal, at in done_for(session, action_ids))
    found = {}
    for action in {row[0] for row in rows}:
        mine = [row[1:] for row in rows if row[0] == action]
        deal, at = np.array(mine, np.int64).T
        found[action] = HeldMeetings(deal, at, np.zeros(len(mine), np.int16), (("", None, None),))
    return found
