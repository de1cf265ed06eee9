"""Writing on the map: lines that people add to a stage, correct and withdraw."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plugin.domain.stage_map import NoteKind
from plugin.services.audit import record
from plugin.services.viewer import Viewer
from plugin.services.workspace import Workspace
from plugin.store.tables import MapNote, Touchpoint

TEXT_LENGTH = 500
# A cell of the map is read at a glance.
MOST_NOTES = 200


@dataclass(frozen=True, slots=True)
class Note:
    """``persona`` None: it holds for everybody. ``touchpoint`` is a public id: it alone says enough; else there is a
    text."""

    kind: NoteKind
    text: str
    persona: str | None
    touchpoint: str | None


def add_note(session: Session, workspace: Workspace, viewer: Viewer, stage: str, note: Note) -> bool:
    """False where the stage is full."""
    journey = workspace.journey.key
    written = select(func.count()).where(
        MapNote.journey == journey, MapNote.stage == stage, MapNote.withdrawn_at.is_(None)
    )
    if (session.scalar(written) or 0) >= MOST_NOTES:
        return False
    row = MapNote(
        public_id=uuid4().hex, journey=journey, stage=stage, user_id=viewer.user_id, written_at=workspace.clock()
    )
    _fill(session, row, note)
    session.add(row)
    session.flush()
    return True


def is_told(session: Session, workspace: Workspace, stage: str, note: Note) -> bool:
    """Whether a touchpoint that comes without a sentence stands at the stage already, for the same persona."""
    if not note.touchpoint or note.text:
        return False
    same = select(MapNote.id).join(Touchpoint, Touchpoint.id == MapNote.touchpoint_id)
    same = same.filter(MapNote.journey == workspace.journey.key, MapNote.stage == stage, MapNote.kind == note.kind)
    same = same.filter(MapNote.withdrawn_at.is_(None), Touchpoint.public_id == note.touchpoint)
    return session.scalar(same.filter(MapNote.persona == note.persona).limit(1)) is not None


def correct_note(session: Session, workspace: Workspace, viewer: Viewer, public_id: str, note: Note) -> bool:
    """False where there is no such note."""
    row = _find(session, workspace, public_id)
    if row is None:
        return False
    _fill(session, row, note)
    row.changed_at = workspace.clock()
    record(session, viewer.user_id, "map note corrected", public_id, workspace.clock())
    return True


def withdraw_note(session: Session, workspace: Workspace, viewer: Viewer, public_id: str) -> bool:
    """False where there is no such note."""
    row = _find(session, workspace, public_id)
    if row is None:
        return False
    row.withdrawn_at = workspace.clock()
    record(session, viewer.user_id, "map note withdrawn", public_id, workspace.clock())
    return True


def _fill(session: Session, row: MapNote, note: Note) -> None:
    row.kind, row.text, row.persona = note.kind.value, note.text, note.persona
    row.touchpoint_id = session.scalar(select(Touchpoint.id).filter_by(public_id=note.touchpoint))


def _find(session: Session, workspace: Workspace, public_id: str) -> MapNote | None:
    return session.scalar(
        select(MapNote).filter_by(public_id=public_id, journey=workspace.journey.key, withdrawn_at=None)
    )
