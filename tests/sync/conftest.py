"""A store, a journey and a way to pull a CSV folder into the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from crm_adapters.csv_folder import CsvFolder
from crm_adapters.port import ConnectionSettings
from plugin.domain.journey import Journey
from plugin.domain.journeys import Journeys
from plugin.store.database import Database
from plugin.store.recomputing import Recomputing
from plugin.store.tables import Connection
from plugin.sync.pull import Progress, Pull, Pulled
from tests.histories import JOURNEY

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database.at(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def journey() -> Journey:
    return JOURNEY


@pytest.fixture
def pull(database: Database, journey: Journey, tmp_path: Path) -> Callable[..., Pulled]:
    def run(folder: Path, now: datetime = NOW, report: Progress = lambda _stream, _read, _total: None) -> Pulled:
        with database.writing.begin() as session:
            row = session.scalar(select(Connection).filter_by(name="test"))
            if row is None:
                row = Connection(name="test", kind="csv", settings={"folder": str(folder)}, created_at=now)
                session.add(row)
                session.flush()
            connection_id = row.id
        adapter = CsvFolder.from_settings(ConnectionSettings("test", {"folder": str(folder)}))
        recomputing = Recomputing(database, Journeys(journey), tmp_path / "cohorts", lambda: now)
        return Pull(recomputing, connection_id, adapter, {}, report).run()

    return run
