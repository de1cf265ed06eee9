"""One database, opened the same way by web, command line and tests."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session, sessionmaker

# Older ones can lose commits in WAL mode when several processes write (sqlite.org/wal.html, "WAL-reset bug").
SAFE_WAL = (3, 51, 3)
BUSY_MILLISECONDS = 15_000


@dataclass(frozen=True)
class Database:
    """``reading`` opens a session that only reads; ``writing`` one that holds the write lock from the start."""

    engine: Engine
    reading: sessionmaker[Session]
    writing: sessionmaker[Session]

    @classmethod
    def at(cls, url: str) -> Database:
        """Open the database at ``url`` (``sqlite:///…`` or ``postgresql://…``). Nothing is created but connections."""
        # An error of the database names its statement; the values are the buyers' words and belong in no log.
        engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"), hide_parameters=True)
        if engine.dialect.name == "sqlite":
            _prepare_sqlite(engine)
        # expire_on_commit would read every row again for a page that has been computed already.
        return cls(
            engine=engine,
            reading=sessionmaker(engine, expire_on_commit=False),
            writing=sessionmaker(engine.execution_options(writes=True), expire_on_commit=False),
        )

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @property
    def safe_name(self) -> str:
        """The address without its password, fit to be printed."""
        return make_url(self.engine.url).render_as_string(hide_password=True)

    def scrub(self) -> None:
        """Leave nothing of what was erased in SQLite's journal, which keeps the pages of before.

        The pages themselves are overwritten with zeros as they are freed. PostgreSQL does either in its own time.
        """
        if not self.is_sqlite:
            return
        with self.engine.connect() as connection:
            cursor = connection.connection.cursor()
            if cursor.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            else:
                _empty_journal(cursor)
            cursor.close()

    def close(self) -> None:
        self.engine.dispose()


def _prepare_sqlite(engine: Engine) -> None:
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)


def _on_connect(connection: Any, _record: Any) -> None:
    # pysqlite's own transaction handling would begin late, after the read that a write depends on.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA synchronous = FULL")
    # What is deleted is overwritten: a person who was erased is in no free page.
    cursor.execute("PRAGMA secure_delete = ON")
    # A page of a sync changes thousands of blocks: they fit, and the journal's file is used again, not made anew.
    cursor.execute("PRAGMA cache_size = -16000")
    cursor.execute("PRAGMA journal_mode = PERSIST")
    if sqlite3.sqlite_version_info >= SAFE_WAL:
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA wal_autocheckpoint = 16000")
    cursor.close()


def _empty_journal(cursor: Any) -> None:
    """The end of a transaction with this limit leaves a file of no length; any write will do."""
    version = cursor.execute("PRAGMA user_version").fetchone()[0]
    cursor.execute("PRAGMA journal_size_limit = 0")
    cursor.execute("BEGIN IMMEDIATE")
    cursor.execute(f"PRAGMA user_version = {version}")
    cursor.execute("COMMIT")
    cursor.execute("PRAGMA journal_size_limit = -1")


def _on_begin(connection: Connection) -> None:
    """A transaction that reads before it writes can't wait for another writer: it must hold the lock from the start."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
