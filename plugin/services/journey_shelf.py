"""The journeys in use: that of the settings until one is published here, then what was published."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

from sqlalchemy.orm import Session

from plugin.domain.journey import Journey
from plugin.domain.journeys import Journeys
from plugin.library.faults import Refused
from plugin.library.journeys import read_journey_text
from plugin.services.shelf import LOOK_EVERY_SECONDS
from plugin.store.database import Database
from plugin.store.queries.journeys import journeys_in_use


class JourneyShelf:
    """Hands out the journeys as they are now. Versions never change, so each is read once and kept in memory.

    ``start`` is the journey of the settings.
    """

    def __init__(self, start: Journey, database: Database, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.start = start
        self._database = database
        self._monotonic = monotonic
        self._lock = Lock()
        self._journeys = Journeys(start)
        self._looked_at = float("-inf")
        self._read: dict[int, Journey | None] = {}

    @property
    def journeys(self) -> Journeys:
        """The journeys in use, as of the last look."""
        return self._journeys

    def look(self) -> None:
        """See what was published since, at most once a second. Not within a transaction (see ``Shelf.look``)."""
        with self._lock:
            if self._monotonic() - self._looked_at >= LOOK_EVERY_SECONDS:
                self._look()

    def look_again(self) -> None:
        """Something was published here and committed, or must not be missed."""
        with self._lock:
            self._look()

    def in_use(self, session: Session) -> Journeys:
        """The journeys as this transaction sees them, the main one first."""
        found = [self._journey(line.version_id, line.text) for line in journeys_in_use(session)]
        readable = [journey for journey in found if journey]
        return Journeys(readable[0], tuple(readable[1:])) if readable else Journeys(self.start)

    def _look(self) -> None:
        with self._database.reading() as session:
            self._journeys = self.in_use(session)
        self._looked_at = self._monotonic()

    def _journey(self, version_id: int, text: str) -> Journey | None:
        """None where our reader has become stricter than it was when this was written."""
        if version_id not in self._read:
            try:
                self._read[version_id] = read_journey_text(text)
            except Refused:
                self._read[version_id] = None
        return self._read[version_id]
