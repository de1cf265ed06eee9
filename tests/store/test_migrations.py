"""Migrations go up, down and up again on filled tables, on both engines, also when two processes run them at once."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Engine,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    create_engine,
    insert,
)
from sqlalchemy.types import JSON

from plugin.store import migrate
from plugin.store.folders import migrations_folder
from plugin.store.tables import Base

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROWS = 3

Rows = dict[str, list[dict[str, Any]]]


def revisions() -> list[str]:
    """Every revision, the oldest first."""
    return [script.revision for script in ScriptDirectory(str(migrations_folder())).walk_revisions()][::-1]


def value(column: Column[Any], number: int) -> Any:
    """Some value that the column takes, different for each row where rows must differ."""
    if column.foreign_keys or (column.primary_key and isinstance(column.type, Integer)):
        return number
    if isinstance(column.type, Boolean):
        return number % 2 == 0
    if isinstance(column.type, Float):
        return float(number)
    if isinstance(column.type, Numeric):
        return Decimal(number)
    if isinstance(column.type, Integer | BigInteger):
        return 1_700_000_000_000_000 + number if column.name.endswith("_at") or column.name == "at" else number
    if isinstance(column.type, Date):
        return date(2026, 3, number)
    if isinstance(column.type, LargeBinary):
        return bytes([number])
    if isinstance(column.type, JSON):
        return {"number": number}
    length = column.type.length if isinstance(column.type, String) else None
    return f"{column.name} {number} é"[-(length or 99) :]


# A revision may empty what can be derived again; with no note of a derivation, the next start does so.
DERIVED = ("derivation", "deal_standing", "stage_passage", "stage_visit", "stage_return")


def fill(engine: Engine) -> Rows:
    """Put a few rows into every table as it is in the database now; returns everything that is in there."""
    tables = reflected(engine)
    with engine.begin() as connection:
        for table in tables.sorted_tables:
            rows = [{column.name: value(column, n) for column in table.columns} for n in range(1, ROWS + 1)]
            if table.name != "alembic_version":
                connection.execute(insert(table), rows)
    return read(engine)


def reflected(engine: Engine) -> MetaData:
    tables = MetaData()
    tables.reflect(engine)
    return tables


def read(engine: Engine) -> Rows:
    with engine.connect() as connection:
        return {
            table.name: sorted((dict(row) for row in connection.execute(table.select()).mappings()), key=repr)
            for table in reflected(engine).sorted_tables
            if table.name != "alembic_version"
        }


def test_every_revision_goes_up_down_and_up_again_on_filled_tables(bare_database_url: str) -> None:
    """What a revision adds goes with it; what was there before it is there afterwards."""
    engine = create_engine(bare_database_url)
    for before, revision in zip([None, *revisions()], revisions(), strict=False):
        migrate.upgrade(bare_database_url, revision)
        stored = fill(engine)
        migrate.downgrade(bare_database_url, before or "base")
        kept = read(engine)
        migrate.upgrade(bare_database_url, revision)
        again = read(engine)
        for table, rows in kept.items():
            if table in DERIVED and not rows and not again.get(table):
                continue
            columns = rows[0].keys()
            assert [{name: row[name] for name in columns} for row in stored[table]] == rows
            assert [{name: row[name] for name in columns} for row in again[table]] == rows
        assert again.keys() == stored.keys()
        empty(engine)
    engine.dispose()


def empty(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in reversed(reflected(engine).sorted_tables):
            if table.name != "alembic_version":
                connection.execute(table.delete())


def test_a_refused_migration_leaves_the_database_as_it_was(bare_database_url: str) -> None:
    """A migration that fails half way must not leave half of its tables behind."""
    engine = create_engine(bare_database_url)
    with engine.begin() as connection:
        Table("deal_change", MetaData(), Column("id", Integer, primary_key=True)).create(connection)
    with pytest.raises(Exception, match="deal_change"):
        migrate.upgrade(bare_database_url)
    assert set(reflected(engine).tables) == {"deal_change"}
    assert migrate.current(bare_database_url) is None
    engine.dispose()


def test_the_migrated_tables_are_what_the_code_expects(database_url: str) -> None:
    assert migrate.current(database_url) == migrate.head()
    assert migrate.differences(database_url) is None


def test_a_difference_between_tables_and_code_is_found(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        Table("left_over", MetaData(), Column("id", Integer, primary_key=True)).create(connection)
    engine.dispose()
    assert "left_over" in (migrate.differences(database_url) or "")


def test_two_processes_migrating_at_once_do_no_harm(bare_database_url: str) -> None:
    command = [sys.executable, "-c", "import sys; from plugin.store.migrate import upgrade; upgrade(sys.argv[1])"]
    racers = [subprocess.Popen([*command, bare_database_url], stderr=subprocess.PIPE, text=True) for _ in range(3)]
    said = [racer.communicate(timeout=120)[1] for racer in racers]
    assert [racer.returncode for racer in racers] == [0, 0, 0], said
    assert migrate.differences(bare_database_url) is None


def test_every_table_and_constraint_has_a_name() -> None:
    unnamed = [
        (table.name, constraint)
        for table in Base.metadata.sorted_tables
        for constraint in table.constraints
        if constraint.name is None
    ]
    assert unnamed == []
