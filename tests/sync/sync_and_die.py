"""Run as a program: ``sync_and_die.py URL FOLDER N`` syncs FOLDER into the database at URL and is killed (SIGKILL)
when it is about to run its N-th writing statement. It exits with 0 where the sync ends before that."""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.engine import Engine

from crm_adapters.csv_folder import CsvFolder
from crm_adapters.port import ConnectionSettings
from plugin.store.database import Database
from plugin.store.recomputing import Recomputing
from plugin.store.tables import Connection
from plugin.sync.pull import Pull
from tests.histories import JOURNEY

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def main(url: str, folder: str, fatal: int) -> None:
    database = Database.at(url)
    with database.writing.begin() as session:
        row = session.scalar(select(Connection))
        if row is None:
            row = Connection(name="company", kind="csv", settings={}, created_at=NOW)
            session.add(row)
            session.flush()
        connection_id = row.id
    die_at(fatal)
    adapter = CsvFolder.from_settings(ConnectionSettings("company", {"folder": folder}))
    recomputing = Recomputing(database, JOURNEY, Path(folder).parent / "cohorts", lambda: NOW)
    Pull(recomputing, connection_id, adapter, {}).run()


def die_at(fatal: int) -> None:
    statements = count(1)

    @event.listens_for(Engine, "before_cursor_execute")
    def die(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.lstrip().upper().startswith("SELECT") and next(statements) == fatal:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
