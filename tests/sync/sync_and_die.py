"""A sync of a folder, killed at a step."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from crm_adapters.csv_folder import CsvFolder
from crm_adapters.port import ConnectionSettings
from plugin.domain.journeys import Journeys
from plugin.store.database import Database
from plugin.store.recomputing import Recomputing
from plugin.store.tables import Connection
from plugin.sync.pull import Pull
from tests.histories import JOURNEY
from tests.sync.sweeping import NEVER, die_at, serve

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PAGE_SIZE = 20


def sync(url: str, folder: str, fatal: int) -> None:
    adapter = replace(CsvFolder.from_settings(ConnectionSettings("company", {"folder": folder})), page_size=PAGE_SIZE)
    database = Database.at(url)
    try:
        connection_id = connected(database)
        if fatal != NEVER:
            die_at(fatal)
        recomputing = Recomputing(database, Journeys(JOURNEY), Path(folder).parent / "cohorts", lambda: NOW)
        Pull(recomputing, connection_id, adapter, {}).run()
    finally:
        database.close()


def connected(database: Database) -> int:
    with database.writing.begin() as session:
        row = session.scalar(select(Connection))
        if row is None:
            row = Connection(name="company", kind="csv", settings={}, created_at=NOW)
            session.add(row)
            session.flush()
        return row.id


if __name__ == "__main__":
    serve(sync)
