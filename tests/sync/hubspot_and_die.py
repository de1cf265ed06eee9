"""A worker's round (pull, then push) against a fake HubSpot, killed at a step.

Each side of a request is a step too: before it is sent, and behind its answer.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import select

from crm_adapters.hubspot import HubSpot
from crm_adapters.port import ConnectionSettings
from plugin.domain.journeys import Journeys
from plugin.store.database import Database
from plugin.store.recomputing import Recomputing
from plugin.store.tables import Connection
from plugin.sync.pull import Pull
from plugin.sync.push import Push
from tests.histories import JOURNEY
from tests.sync.sweeping import NEVER, die_at, serve


def round_(url: str, host: str, token: str, now: float, fatal: int) -> None:
    clock = datetime.fromtimestamp(now, UTC)
    values = {"token": token, "host": host, "page_size": "5"}
    adapter = HubSpot.from_settings(ConnectionSettings("hubspot", values))
    adapter.transport.pace.sleep = lambda _seconds: None
    # Where proxies are looked up by the system, a forked process may not do so.
    adapter.transport.session.trust_env = False
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
        adapter.transport.session.close()
        database.close()


def around_requests(step: Callable[[], None]) -> None:
    send = requests.Session.request

    def request(self: requests.Session, *given: Any, **more: Any) -> requests.Response:
        step()
        answer = send(self, *given, **more)
        step()
        return answer

    requests.Session.request = request  # type: ignore[method-assign,assignment]


if __name__ == "__main__":
    serve(round_)
