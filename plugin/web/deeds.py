"""What somebody did by only looking: it is recorded too."""

from __future__ import annotations

from plugin.rendering.workspace import workspace
from plugin.services.audit import record
from plugin.web.edge import commit, viewer


def note_deed(act: str, about: str = "") -> None:
    """In a transaction of its own, as a page that is looked at only reads. What it read until now is let go first: on
    SQLite who writes would wait for it for ever."""
    who = viewer().user_id
    commit()
    with workspace().database.writing.begin() as session:
        record(session, who, act, about, workspace().clock())
