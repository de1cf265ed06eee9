"""Our pages behind the server that ``parcours serve`` starts, for a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import waitress
from waitress import wasyncore


@contextmanager
def served(app: Any, host: str = "127.0.0.1") -> Iterator[str]:
    """The address of a WSGI application while it is served."""
    sockets: dict[int, Any] = {}
    server = waitress.create_server(app, map=sockets, host=host, port=0, threads=8, ident=None, ipv6=False)
    thread = Thread(target=server.run)
    thread.start()
    try:
        yield f"http://{host}:{server.effective_port}"
    finally:
        # Within its own loop, which ends when no socket is left.
        server.trigger.pull_trigger(lambda: wasyncore.close_all(sockets))
        thread.join()
        server.task_dispatcher.shutdown()
