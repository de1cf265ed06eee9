"""Making the file of columns: all deals as of a change, written aside and then listed in the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO
from uuid import uuid4

import numpy as np
from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from plugin.domain.journeys import Journeys
from plugin.store.cohorts import column_file
from plugin.store.cohorts.columns import DIMENSIONS, LEADS, unsorted
from plugin.store.cohorts.heap import Heap
from plugin.store.cohorts.layout import Layout
from plugin.store.cohorts.rows import NO_DEALS, DealRows, Numbers, no_numbers, rows_after
from plugin.store.database import Database
from plugin.store.tables import CohortSnapshot, DealChange, DealStanding

SUFFIX = ".cohorts"
# Enough for several machines that share a database, each with files of its own.
SNAPSHOTS_KEPT = 4
# Any number will do, as long as nobody else in the database takes it.
CHANGES_LOCK = 7_046_029_255

Report = Callable[[int, int], None]


def note_changes(session: Session, deal_ids: list[int]) -> None:
    """Say, in the transaction that changed them, that reports must read these deals anew."""
    if deal_ids:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("SELECT pg_advisory_xact_lock_shared(:key)"), {"key": CHANGES_LOCK})
        session.add(DealChange(deal_ids=np.array(deal_ids, "<i8").tobytes()))


def last_settled_change(database: Database) -> int:
    """A change such that it and all before it are committed: nothing may be numbered below it later.

    PostgreSQL hands out numbers before their transactions end, so this waits until those that hold one have ended.
    """
    with database.reading.begin() as session:
        if not database.is_sqlite:
            session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CHANGES_LOCK})
        return session.scalar(select(func.max(DealChange.id))) or _last_snapshot(session)


def _last_snapshot(session: Session) -> int:
    return session.scalar(select(func.max(CohortSnapshot.up_to))) or 0


def snapshot_lags(database: Database, most: int) -> bool:
    """More than ``most`` deals stand beside the newest snapshot (a deal that changed twice counts twice)."""
    with database.reading() as session:
        bytes_ = session.scalar(
            select(func.sum(func.length(DealChange.deal_ids))).where(DealChange.id > _last_snapshot(session))
        )
    return (bytes_ or 0) > most * np.dtype("<i8").itemsize


def make_snapshot(
    database: Database, journeys: Journeys, folder: Path, now: datetime, report: Report = lambda _done, _total: None
) -> Path:
    """Write all deals' columns to a new file in ``folder``, list it, and delete the files that nobody needs.

    The deals are read a few thousand at a time, each in its own transaction: a deal that changes meanwhile is noted as
    changed behind this snapshot, so it is read anew whichever of its states the file holds.
    """
    up_to = last_settled_change(database)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{uuid4().hex}{SUFFIX}"
    with TemporaryFile(dir=folder) as file:
        heaps, about = _gathered(database, journeys, file, report)
        column_file.write(path, heaps, about)
    with database.writing.begin() as session:
        kept = _list(session, path.name, up_to, now)
    for other in folder.glob(f"*{SUFFIX}"):
        if other.name not in kept:
            with suppress(FileNotFoundError):
                other.unlink()
    return path


def _gathered(
    database: Database, journeys: Journeys, file: BinaryIO, report: Report
) -> tuple[dict[str, Heap], dict[str, Any]]:
    """All deals' rows by the part that they belong to, put down in ``file``, and what is told beside them."""
    like, layout = unsorted(NO_DEALS.passages, NO_DEALS.standings), Layout.of(journeys)
    heaps = {part: Heap(file, like[part], lead, layout.size) for part, lead in LEADS.items()}
    numbers, seen = no_numbers(), {name: set[int]() for name in DIMENSIONS}
    for rows in _all_deals(database, journeys, numbers, report):
        for part, some in unsorted(rows.passages, rows.standings).items():
            heaps[part].add(some)
        for name, known in seen.items():
            known.update(np.unique(rows.standings[name]).tolist())
    return heaps, {
        "personas": list(numbers["persona"]),
        "sources": list(numbers["source"]),
        "journeys": layout.listing,
        **{f"{name}s_seen": sorted(known) for name, known in seen.items()},
    }


def _all_deals(database: Database, journeys: Journeys, numbers: Numbers, report: Report) -> Iterator[DealRows]:
    with database.reading() as session:
        total = session.scalar(select(func.count()).select_from(DealStanding)) or 0
    last, done = 0, 0
    while True:
        with database.reading() as session:
            rows, behind = rows_after(session, journeys, last, numbers)
        if behind is None:
            break
        yield rows
        last, done = behind, done + len(rows.standings["deal"])
        report(done, total)


def _list(session: Session, name: str, up_to: int, now: datetime) -> set[str]:
    session.add(CohortSnapshot(name=name, up_to=up_to, made_at=now))
    session.flush()
    listed = session.execute(
        select(CohortSnapshot.name, CohortSnapshot.up_to).order_by(CohortSnapshot.up_to.desc(), CohortSnapshot.name)
    ).all()
    kept = dict(listed[:SNAPSHOTS_KEPT]) | {name: up_to}
    session.execute(delete(CohortSnapshot).where(CohortSnapshot.name.not_in(kept)))
    session.execute(delete(DealChange).where(DealChange.id <= min(kept.values())))
    return set(kept)
