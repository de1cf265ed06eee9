"""Deriving everything anew: in one transaction where deals are few, else in the background of those who read.

While it goes on, reports stay with the snapshot from before it, and say of when that is. Stopped anywhere, it goes on
behind the last batch that was stored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plugin.domain.journeys import Journeys
from plugin.store.cohorts.snapshot import Report, make_snapshot
from plugin.store.database import Database
from plugin.store.derived import deal_ids_after, derive_each
from plugin.store.tables import Deal, Derivation

# A second's work: fewer deals are recomputed where the need arises, in the same transaction.
AT_ONCE = 5_000


@dataclass(frozen=True)
class Recomputing:
    """``folder`` holds the snapshots; ``clock`` gives the present as an aware UTC instant."""

    database: Database
    journeys: Journeys
    folder: Path
    clock: Callable[[], datetime]

    def everything(self, report: Report) -> int:
        """Derive everything anew; returns how many deals there are."""
        with self.database.reading() as session:
            total = session.scalar(select(func.count()).select_from(Deal)) or 0
        if total > AT_ONCE:
            self.announce()
            self.finish(report)
        else:
            with self.database.writing.begin() as session:
                derive_each(session, self.journeys, session.scalars(select(Deal.id)).all())
                close(session, self.journeys, self.clock())
            report(total, total)
        return total

    def announce(self) -> None:
        """Keep the figures as they are now, and say that they are being recomputed; no harm where that was said."""
        with self.database.reading() as session:
            known = session.get(Derivation, 1)
        if known and known.journey == self.journeys.fingerprint and known.recomputing_since is None:
            make_snapshot(self.database, self.journeys, self.folder, self.clock())
        with self.database.writing.begin() as session:
            mark(session, self.journeys, self.clock())

    def finish(self, report: Report = lambda _done, _total: None) -> None:
        """Recompute what was announced and is not done yet; nothing where nothing was."""
        with self.database.reading() as session:
            known = session.get(Derivation, 1)
            total = session.scalar(select(func.count()).select_from(Deal)) or 0
        if known is None or known.recomputing_since is None:
            return
        done, last = 0, known.recomputed_up_to
        while True:
            with self.database.writing.begin() as session:
                note = session.get_one(Derivation, 1)
                if not self._is_mine(note, last):
                    return
                ids = deal_ids_after(session, last)
                derive_each(session, self.journeys, ids)
                note.recomputed_up_to = ids[-1] if ids else last
            if not ids:
                break
            done, last = done + len(ids), ids[-1]
            report(done, total)
        make_snapshot(self.database, self.journeys, self.folder, self.clock())
        with self.database.writing.begin() as session:
            if self._is_mine(session.get_one(Derivation, 1), last):
                close(session, self.journeys, self.clock())

    def _is_mine(self, note: Derivation, last: int) -> bool:
        """Nobody announced it anew meanwhile; who did so knows what to read with."""
        return note.journey == self.journeys.fingerprint and note.recomputed_up_to == last


class JourneysChanged(Exception):
    """Others are in use by now than those that this work began with: begin it again."""


def still_in_use(session: Session, journeys: Journeys) -> None:
    """Raises JourneysChanged where what is derived is made with others: what we would store could not be read."""
    if derived_with(session) not in (None, journeys.fingerprint):
        raise JourneysChanged


def mark(session: Session, journeys: Journeys, now: datetime) -> None:
    """Say, in the transaction that made it necessary, that everything is to be derived anew from the first deal."""
    session.merge(
        Derivation(id=1, journey=journeys.fingerprint, derived_at=now, recomputing_since=now, recomputed_up_to=0)
    )


def derived_with(session: Session) -> str | None:
    """The fingerprint of the journeys that everything derived is made with; None before anything was."""
    return session.scalar(select(Derivation.journey))


def close(session: Session, journeys: Journeys, now: datetime) -> None:
    """Say that everything is derived with these journeys."""
    session.merge(
        Derivation(id=1, journey=journeys.fingerprint, derived_at=now, recomputing_since=None, recomputed_up_to=0)
    )
