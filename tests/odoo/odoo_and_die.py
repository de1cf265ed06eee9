"""A worker's round (pull, then push) against a real Odoo, killed at a step; each side of a request is a step too."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from crm_adapters.odoo import Odoo
from crm_adapters.port import ConnectionSettings
from plugin.domain.journeys import Journeys
from plugin.store.database import Database
from plugin.store.recomputing import Recomputing
from plugin.store.tables import Connection
from plugin.sync.pull import Pull
from plugin.sync.push import Push
from tests.histories import JOURNEY
from tests.sync.hubspot_and_die import around_requests
from tests.sync.sweeping import NEVER, die_at, serve


def round_(url: str, values: dict[str, str], now: float, fatal: int) -> None:
    clock = datetime.fromtimestamp(now, UTC)
    adapter = Odoo.from_settings(ConnectionSettings("odoo", values))
    folder = Path(tempfile.gettempdir()) / "cohorts-of-nobody"
    database = Database.at(url)
    try:
        with database.reading() as session:
            connection_id = session.scalars(select(Connection.id)).one()
        if fatal != NEVER:
            around_requests(die_at(fatal))
        Pull(Recomputing(database, Journeys(JOURNEY), folder, lambda: clock), connection_id, adapter, {}).run()
        Push(database, Journeys(JOURNEY), connection_id, adapter, lambda: clock, {}).run()
    finally:
        adapter.client.session.close()
        database.close()


if __name__ == "__main__":
    serve(round_)
