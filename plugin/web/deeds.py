"""What somebody did here, recorded: in the transaction of what they changed, or by itself where they only looked."""

from __future__ import annotations

from plugin.rendering.workspace import workspace
from plugin.services.audit import record
from plugin.web.edge import commit, session, viewer


def note_change(act: str, about: str = "") -> None:
    """In the request's own transaction."""
    record(session(), viewer().user_id, act, about, workspace().clock())


def note_deed(act: str, about: str = "") -> None:
    """In a transaction of its own, as a page that is looked at only reads. What it read until now is let go first: on
    SQLite who writes would wait for it for ever."""
    who = viewer().user_id
    commit()
    with workspace().database.writing.begin() as writing:
        record(writing, who, act, about, workspace().clock())
