"""How far a stream of HubSpot has been read: a small value that is stored as text with each page.

A *full* pass lists everything, by HubSpot's own paging. After it come *windows* of time, closed on both sides, each
read in the order of the record's id: the records of one window may be any number and share one instant. A window
reaches back behind the last one, because the index that is searched is a little late; and once an hour is over, it is
read a second time, because now and then it is more than a little late.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

# Milliseconds.
OVERLAP = 60_000
SETTLED_AFTER = 3_600_000
AGAIN_EVERY = 1_800_000


@dataclass(frozen=True, slots=True)
class Cursor:
    """``recent`` and ``settled``: all that changed up to then was read once, and again when the index had settled.

    ``after`` is HubSpot's paging mark within a full pass. ``upto`` is the end of an open window, ``record`` the last
    id that was read in it, ``again`` says that it is the second reading. Instants are milliseconds since 1970.
    """

    recent: int
    settled: int
    full: bool = False
    after: str = ""
    upto: int = 0
    record: str = ""
    again: bool = False

    @classmethod
    def beginning(cls, now: int) -> Cursor:
        return cls(now, now, full=True)

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        """None where it is of another form: then all is read from the beginning."""
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError):
            return None

    def __str__(self) -> str:
        return json.dumps(asdict(self))

    @property
    def window_from(self) -> int:
        return (self.settled if self.again else self.recent) - OVERLAP

    def behind_page(self, after: str) -> Cursor:
        """Behind a page of a full pass; without a mark the pass is over."""
        return replace(self, after=after, full=bool(after))

    def behind_record(self, record: str) -> Cursor:
        return replace(self, record=record)

    def opened(self, now: int) -> Cursor | None:
        """The next window to read; None where there is none to be read now."""
        if self.upto:
            return self
        if now > self.recent:
            return replace(self, upto=now, again=False)
        return None

    def closed(self, now: int) -> Cursor:
        """The open window was read whole. Behind a first reading may come a second one of what has settled since."""
        if self.again:
            return replace(self, settled=self.upto, upto=0, record="", again=False)
        done = replace(self, recent=self.upto, upto=0, record="")
        settled = now - SETTLED_AFTER
        if settled - done.settled >= AGAIN_EVERY:
            return replace(done, upto=settled, again=True)
        return done
