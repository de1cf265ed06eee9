"""Going slowly enough: never refused, and with room left for the company's other apps.

All processes of one machine that use one connection share a small file: when its latest requests were made. What
HubSpot's answers say of the quota left counts more than what we remember.
"""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

WINDOW = 10.0
# Of the quota of ten seconds, so much is ours.
OUR_SHARE = 0.9
SEARCHES_A_SECOND = 4.0
# The smallest quota that any account has, until an answer says more.
LEAST_QUOTA = 100


@dataclass
class Pace:
    """``file`` is shared by all workers of the connection; None keeps the pace within this object."""

    file: Path | None = None
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    _kept: dict[str, Any] = field(default_factory=dict)

    def wait(self, searching: bool) -> None:
        """Take a place in the queue and wait for it."""
        with self._state() as state:
            now = self.clock()
            lane = "search" if searching else "general"
            gap = 1 / SEARCHES_A_SECOND if searching else WINDOW / (state.get("quota", LEAST_QUOTA) * OUR_SHARE)
            at = max(now, state.get(lane, 0.0) + gap, state.get("not_before", 0.0))
            # A clock that was set back must not stop us for hours.
            at = min(at, now + 60 * WINDOW)
            state[lane] = at
        if at > now:
            self.sleep(at - now)

    def told(self, quota: int | None, remaining: int | None) -> None:
        """What an answer says of the ten seconds: the quota, and how much of it is left for everybody."""
        if quota is None or remaining is None:
            return
        with self._state() as state:
            state["quota"] = quota
            if remaining < quota * (1 - OUR_SHARE) / 2:
                state["not_before"] = max(state.get("not_before", 0.0), self.clock() + WINDOW / 4)

    def refused(self, seconds: float) -> None:
        """Nobody asks anything for so long."""
        with self._state() as state:
            state["not_before"] = max(state.get("not_before", 0.0), self.clock() + seconds)

    @contextmanager
    def _state(self) -> Iterator[dict[str, Any]]:
        if self.file is None:
            yield self._kept
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.open("a+", encoding="utf-8") as shared:
            fcntl.flock(shared, fcntl.LOCK_EX)
            shared.seek(0)
            try:
                state = json.loads(shared.read() or "{}")
            except ValueError:
                state = {}
            yield state
            shared.seek(0)
            shared.truncate()
            shared.write(json.dumps(state))
