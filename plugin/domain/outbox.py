"""When a message to the CRM is tried again, and when a person must look at it."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(minutes=30)
# A CRM that is away over a long weekend loses nothing; after this somebody must look.
GIVE_UP_AFTER = timedelta(days=14)
# A worker that holds a message for longer than this is dead.
LEASE = timedelta(minutes=5)


class MessageState(StrEnum):
    """``UNKNOWN``: a write may have happened, and is found out before anything is written again. ``REFUSED``: the CRM
    does not want it as it is. ``DEAD``: tried for too long. The last two wait for a person."""

    WAITING = "waiting"
    SENDING = "sending"
    UNKNOWN = "unknown"
    DONE = "done"
    REFUSED = "refused"
    DEAD = "dead"


# While one of these is there, later messages of the same deal wait behind it.
UNFINISHED = (MessageState.WAITING, MessageState.SENDING, MessageState.UNKNOWN)
NEEDS_SOMEBODY = (MessageState.REFUSED, MessageState.DEAD)


def next_try(now: datetime, attempts: int, retry_after: float | None = None) -> datetime:
    """Twice as long each time, never sooner than the CRM asks for. ``attempts`` have failed so far, at least one."""
    doubled: int = 2 ** min(attempts - 1, 20)
    wait = min(FIRST_WAIT * doubled, LONGEST_WAIT)
    return now + max(wait, timedelta(seconds=retry_after or 0))


def is_hopeless(now: datetime, created_at: datetime) -> bool:
    return now - created_at >= GIVE_UP_AFTER
