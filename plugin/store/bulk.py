"""Many rows in few statements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from sqlalchemy import Connection, Executable, Table, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session

from plugin.store.tables import Base

Row = dict[str, Any]

WORTH_A_COPY = 100


def insert_rows(session: Session, table: type[Base], rows: list[Row]) -> None:
    """Insert rows that all name the same columns, and every column that has a default.

    The ORM's own bulk insert leaves out what is None and so falls apart into a statement for each pattern of Nones.
    """
    if not rows:
        return
    if session.get_bind().dialect.name == "postgresql" and len(rows) >= WORTH_A_COPY:
        _copy(session, table, rows)
    else:
        _execute(session, table, insert(cast(Table, table.__table__)).inline(), rows)


def insert_new_rows(session: Session, table: type[Base], rows: list[Row], key: InstrumentedAttribute[str]) -> list[str]:
    """Insert those rows that meet none of a unique constraint; returns the ``key`` of each that was inserted."""
    if not rows:
        return []
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    adding = dialect.insert(cast(Table, table.__table__)).on_conflict_do_nothing().returning(key)
    return list(session.scalars(adding.values(rows)))


def put_rows(session: Session, table: type[Base], rows: list[Row]) -> None:
    """Insert rows like ``insert_rows``, each in place of the one with its primary key."""
    if not rows:
        return
    target = cast(Table, table.__table__)
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    adding = dialect.insert(target).inline()
    keys = [column.name for column in target.primary_key]
    changed = {name: adding.excluded[name] for name in rows[0] if name not in keys}
    _execute(session, table, adding.on_conflict_do_update(index_elements=keys, set_=changed), rows)


def _copy(session: Session, table: type[Base], rows: list[Row]) -> None:
    """PostgreSQL's own way in for many rows, in the same transaction."""
    session.flush()
    connection = session.connection()
    target, names = cast(Table, table.__table__), list(rows[0])
    quote = connection.dialect.identifier_preparer.quote
    columns = ", ".join(quote(name) for name in names)
    driver = cast(Any, connection.connection.driver_connection)
    with driver.cursor() as cursor, cursor.copy(f"COPY {quote(target.name)} ({columns}) FROM STDIN") as copy:
        for row in _converted(connection, table, rows):
            copy.write_row([row[name] for name in names])


def _execute(session: Session, table: type[Base], statement: Executable, rows: list[Row]) -> None:
    """Hand the driver its own kind of parameters: SQLAlchemy's preparation costs as much as the database's work."""
    session.flush()
    connection = session.connection()
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(rows[0]))  # type: ignore[attr-defined]
    rows = _converted(connection, table, rows)
    parameters = [tuple([row[name] for name in compiled.positiontup]) for row in rows] if compiled.positional else rows
    connection.exec_driver_sql(compiled.string, parameters)


def _converted(connection: Connection, table: type[Base], rows: list[Row]) -> list[Row]:
    converters: dict[str, Callable[[Any], Any]] = {}
    for name in rows[0]:
        convert = table.__table__.c[name].type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
        if convert:
            converters[name] = convert
    if not converters:
        return rows
    return [row | {name: convert(row[name]) for name, convert in converters.items()} for row in rows]
