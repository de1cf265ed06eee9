"""Many rows in few statements."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from plugin.store.tables import Base


def insert_rows(session: Session, table: type[Base], rows: list[dict[str, Any]]) -> None:
    """Insert rows that all name the same columns, as one statement with many parameters.

    The ORM's own bulk insert leaves out what is None and so falls apart into a statement for each pattern of Nones.
    """
    if rows:
        session.flush()
        session.connection().execute(insert(cast(Table, table.__table__)), rows)
