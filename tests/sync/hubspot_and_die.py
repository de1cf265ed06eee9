"""A worker's round (pull, then push) against a fake HubSpot; it kills itself at the n-th step.

A step is a statement that writes, a commit, and each side of a request: before it is sent, and behind its answer.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import event, select
from sqlalchemy.engine import Engine

from crm_adapters.hubspot import HubSpot
from crm_adapters.port import ConnectionSettings
from plugin.store.database import Database
from plugin.store.recomputing import Recomputing
from plugin.store.tables import Connection
from plugin.sync.pull import Pull
from plugin.sync.push import Push
from tests.histories import JOURNEY


def main(url: str, host: str, token: str, now: str, fatal: int) -> None:
    clock = datetime.fromtimestamp(float(now), UTC)
    database = Database.at(url)
    with database.reading() as session:
        connection_id = session.scalars(select(Connection.id)).one()
    die_at(fatal)
    values = {"token": token, "host": host, "page_size": "5"}
    adapter = HubSpot.from_settings(ConnectionSettings("hubspot", values))
    adapter.transport.pace.sleep = lambda _seconds: None
    folder = Path(tempfile.gettempdir()) / "cohorts-of-nobody"
    Pull(Recomputing(database, JOURNEY, folder, lambda: clock), connection_id, adapter, {}).run()
    Push(database, JOURNEY, connection_id, adapter, lambda: clock, {}).run()


def die_at(fatal: int) -> None:
    steps = count(1)

    def step() -> None:
        if next(steps) == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    @event.listens_for(Engine, "before_cursor_execute")
    def statement(_connection: Any, _cursor: Any, text: str, *_rest: Any) -> None:
        if not text.lstrip().upper().startswith("SELECT"):
            step()

    @event.listens_for(Engine, "commit")
    def commit(_connection: Any) -> None:
        step()

    send = requests.Session.request

    def request(self: requests.Session, *given: Any, **more: Any) -> requests.Response:
        step()
        answer = send(self, *given, **more)
        step()
        return answer

    requests.Session.request = request  # type: ignore[method-assign,assignment]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5]))
