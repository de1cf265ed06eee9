"""Alembic's entry: runs the migrations on the connection that ``plugin.store.migrate`` hands over."""

from alembic import context

from plugin.store.tables import Base
from plugin.store.types import UtcInstant


def render(kind, item, _context):  # type: ignore[no-untyped-def]
    """A migration must not change when a type of ours does: it names what is stored."""
    return "sa.BigInteger()" if kind == "type" and isinstance(item, UtcInstant) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    # SQLite can't change a table in place: it is made anew and copied.
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    render_item=render,
    # The caller holds one transaction, and a lock, around all of it.
    transactional_ddl=True,
)
context.run_migrations()
