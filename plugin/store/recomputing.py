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

from plugin.domain.journey import Journey
from plugin.store.cohorts.snapshot import Report, make_snapshot
from plugin.store.database import Database
from plugin.store.derived import deal_ids_after, derive
from plugin.store.tables import Deal, Derivation

# A second's work: fewer deals are recomputed where the need arises, in the same transaction.
AT_ONCE = 5_000


@dataclass(frozen=True)
class Recomputing:
    """``folder`` holds the snapshots; ``clock`` gives the present as an aware UTC instant."""

    database: Database
    journey: Journey
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
                derive(session, self.journey, session.scalars(select(Deal.id)).all())
                _close(session, self.journey, self.clock())
            report(total, total)
        return total

    def announce(self) -> None:
        """Keep the figures as they are now, and say that they are being recomputed; no harm where that was said."""
        with self.database.reading() as session:
            known = session.get(Derivation, 1)
        if known and known.journey == self.journey.fingerprint and known.recomputing_since is None:
            make_snapshot(self.database, self.journey, self.folder, self.clock())
        with self.database.writing.begin() as session:
            mark(session, self.journey, self.clock())

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
                ids = deal_ids_after(session, last)
                derive(session, self.journey, ids)
                session.get_one(Derivation, 1).recomputed_up_to = ids[-1] if ids else last
            if not ids:
                break
            done, last = done + len(ids), ids[-1]
            report(done, total)
        make_snapshot(self.database, self.journey, self.folder, self.clock())
        with self.database.writing.begin() as session:
            _close(session, self.journey, self.clock())


def mark(session: Session, journey: Journey, now: datetime) -> None:
    """Say, in the transaction that made it necessary, that everything is to be derived anew from the first deal."""
    session.merge(
        Derivation(id=1, journey=journey.fingerprint, derived_at=now, recomputing_since=now, recomputed_up_to=0)
    )


def derived_with(session: Session) -> str | None:
    """The fingerprint of the journey that everything derived was made with; None before anything was."""
    return session.scalar(select(Derivation.journey))


def _close(session: Session, journey: Journey, now: datetime) -> None:
    session.merge(
        Derivation(id=1, journey=journey.fingerprint, derived_at=now, recomputing_since=None, recomputed_up_to=0)
    )
