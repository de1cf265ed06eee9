"""Run as a program: ``sync_and_die.py FOLDER N`` syncs FOLDER into the configured database and is killed (SIGKILL)
when it is about to run its N-th writing statement. It exits with 0 where the sync ends before that."""

from __future__ import annotations

import os
import signal
import sys
from itertools import count
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from plugin.app import open_workspace
from plugin.services.connections import connect, sync
from plugin.settings import Settings


def main(folder: str, fatal: int) -> None:
    workspace = open_workspace(Settings.from_environment())
    connect(workspace, "csv", "company", {"folder": folder})
    statements = count(1)

    @event.listens_for(Engine, "before_cursor_execute")
    def die(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.lstrip().upper().startswith("SELECT") and next(statements) == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    results = sync(workspace, "company", lambda _name: lambda _stream, _read, _total: None)
    assert all(hasattr(result, "deals") for result in results.values()), results


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
