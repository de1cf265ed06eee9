"""Keeping the list of touchpoints."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.services.audit import record
from plugin.services.viewer import Viewer
from plugin.services.workspace import Workspace
from plugin.store.tables import Touchpoint
from plugin.store.touches import claim_touches

NAME_LENGTH = 120


class NameTaken(Exception):
    """Another touchpoint in use goes by this name."""


@dataclass(frozen=True, slots=True)
class NewTouchpoint:
    name: str
    online: bool
    traceable: bool


def add_touchpoint(session: Session, workspace: Workspace, viewer: Viewer, new: NewTouchpoint) -> None:
    """Add one, or take one up again that was removed, with what hangs on it. Raises NameTaken."""
    row = _named(session, new.name)
    if row is not None and row.removed_at is None:
        raise NameTaken
    if row is None:
        row = Touchpoint(public_id=uuid4().hex, created_at=workspace.clock())
        session.add(row)
    _fill(row, new)
    session.flush()
    claim_touches(session, row.id, row.name)
    record(session, viewer.user_id, "touchpoint added", row.public_id, workspace.clock())


def add_missing(session: Session, workspace: Workspace, viewer: Viewer, wanted: Iterable[NewTouchpoint]) -> int:
    """Add those that nobody has named yet; returns how many."""
    missing = [new for new in wanted if _named(session, new.name) is None]
    for new in missing:
        add_touchpoint(session, workspace, viewer, new)
    return len(missing)


def change_touchpoint(
    session: Session, workspace: Workspace, viewer: Viewer, public_id: str, new: NewTouchpoint
) -> bool:
    """Another name, place or trace; False where there is none of this id. Raises NameTaken."""
    row = _find(session, public_id)
    if row is None:
        return False
    other = _named(session, new.name)
    if other is not None and other.id != row.id:
        raise NameTaken
    _fill(row, new)
    session.flush()
    claim_touches(session, row.id, row.name)
    record(session, viewer.user_id, "touchpoint changed", public_id, workspace.clock())
    return True


def remove_touchpoint(session: Session, workspace: Workspace, viewer: Viewer, public_id: str) -> bool:
    """Take it off the list; what hangs on it keeps its name. False where there is none of this id."""
    row = _find(session, public_id)
    if row is None:
        return False
    row.removed_at = workspace.clock()
    record(session, viewer.user_id, "touchpoint removed", public_id, workspace.clock())
    return True


def _fill(row: Touchpoint, new: NewTouchpoint) -> None:
    row.name, row.online, row.traceable, row.removed_at = new.name, new.online, new.traceable, None


def _named(session: Session, name: str) -> Touchpoint | None:
    return session.scalar(select(Touchpoint).filter_by(name=name))


def _find(session: Session, public_id: str) -> Touchpoint | None:
    return session.scalar(select(Touchpoint).filter_by(public_id=public_id, removed_at=None))
