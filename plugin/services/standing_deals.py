"""Open deals where they stand now, read as columns: as many as there are, only few of them ever as objects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from plugin.domain.direction import Reading, Stays, read_direction
from plugin.domain.plan import days_late
from plugin.domain.visits import Standing
from plugin.services.readings import stays_by_stage
from plugin.services.workspace import Workspace
from plugin.store.cohorts.packed import UNDATED
from plugin.store.queries.plans import open_steps_due
from plugin.store.queries.questions import Question
from plugin.store.types import DAY_MICROSECONDS, from_microseconds, to_microseconds


@dataclass(frozen=True, slots=True)
class ReadDeals:
    """Open deals, the longest in their stage first, each with the place of its reading in ``readings``.

    Deals that came on the same day, in the same way and with the same next step are read once. ``since`` are
    microseconds (UNDATED where it is not known), ``owner`` numbers of the CRM's owners.
    """

    deal: npt.NDArray[np.int64]
    since: npt.NDArray[np.int64]
    owner: npt.NDArray[np.int64]
    reading: npt.NDArray[np.int64]
    readings: tuple[Reading, ...]


class StandingDeals:
    """Reads open deals a stage at a time, with what all stages share."""

    def __init__(self, session: Session, workspace: Workspace, question: Question) -> None:
        self.session, self.question = session, question
        self.now = workspace.clock()
        self.view = workspace.cohorts.view(session)
        self.stays = stays_by_stage(session, workspace, self.now, workspace.journey.places)
        today = self.now.date()
        self.late = {deal_id: days_late(due, today) for deal_id, due in open_steps_due(session).items()}

    def stage(self, stage: str) -> ReadDeals:
        rows = self.view.open_deals(self.session, self.question, stage)
        order = np.lexsort((rows["deal"], rows["since"]))
        deal, since, came_back, owner = (rows[name][order] for name in ("deal", "since", "came_back", "owner"))
        days = np.where(since == UNDATED, -1, (to_microseconds(self.now) - since) // DAY_MICROSECONDS)
        kinds, first, reading = np.unique(
            np.stack((days, came_back, self._days_late(deal)), axis=1), axis=0, return_index=True, return_inverse=True
        )
        stays = self.stays.get(stage, Stays())
        readings = tuple(
            read_direction(_standing(stage, int(since[place]), bool(back)), stays, self.now, late)
            for (_, back, late), place in zip(kinds.tolist(), first.tolist(), strict=True)
        )
        return ReadDeals(deal, since, owner, reading, readings)

    def _days_late(self, deals: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """By how many days each deal's oldest step is late; few deals have any."""
        late = np.zeros(len(deals), np.int64)
        for place in np.flatnonzero(np.isin(deals, list(self.late))).tolist():
            late[place] = self.late[int(deals[place])]
        return late


def _standing(stage: str, since: int, came_back: bool) -> Standing:
    instant = None if since == UNDATED else from_microseconds(since)
    return Standing(stage, "open", instant, came_back, 1, 1, instant)
