"""Journeys written here: a draft that several people may edit, checked, published, and taken back again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from plugin.domain.journey import Journey, Text
from plugin.library.faults import Fault, Refused
from plugin.library.journeys import (
    faults_by_stage,
    load_journey,
    read_journey_text,
    shipped_journeys,
)
from plugin.services.journey_form import Fields, Gap, fields_of, gaps, key_from, text_of
from plugin.services.journey_use import By, Origin, put_in_use, version_of
from plugin.services.viewer import Viewer
from plugin.services.workspace import Workspace
from plugin.store.queries.journeys import (
    JourneyDraftLine,
    PipelineLine,
    find_journey_version,
    journey_drafts,
    pipelines_with_journeys,
)
from plugin.store.tables import JourneyDraft

# More than anybody can tell apart, and few enough for one file of columns.
MOST_IN_USE = 12


@dataclass(frozen=True, slots=True)
class Draft:
    """What is being written. ``line`` is None before the first save: then it is the version in use, or the one that
    ships with us.

    ``gaps`` is what nobody has written yet, ``faults`` what is wrong otherwise, each with the place of its stage.
    """

    key: str
    fields: Fields
    revision: int
    line: JourneyDraftLine | None
    gaps: tuple[Gap, ...]
    faults: tuple[tuple[int | None, Fault], ...]

    @property
    def complete(self) -> bool:
        return not self.gaps and not self.faults

    @property
    def journey(self) -> Journey:
        """Raises Refused where it is not complete."""
        return read_journey_text(text_of(self.key, self.fields))


@dataclass(frozen=True, slots=True)
class Clash:
    """Somebody saved since this form was opened. Nothing was stored; this is what they wrote."""

    theirs: Draft


@dataclass(frozen=True, slots=True)
class JourneyLine:
    """A journey in use with the pipelines that follow it."""

    journey: Journey
    version: str
    main: bool
    pipelines: tuple[PipelineLine, ...]
    draft: JourneyDraftLine | None


@dataclass(frozen=True, slots=True)
class JourneyList:
    """``drafts`` are of journeys that are not in use, ``offered`` those that ship with us and are not."""

    lines: tuple[JourneyLine, ...]
    drafts: tuple[JourneyDraftLine, ...]
    offered: tuple[Journey, ...]

    @property
    def full(self) -> bool:
        return len(self.lines) >= MOST_IN_USE


def journey_lines(session: Session, workspace: Workspace) -> JourneyList:
    known, drafts = workspace.journeys, journey_drafts(session)
    pipelines = pipelines_with_journeys(session)
    lines = tuple(
        JourneyLine(
            journey,
            version_of(journey),
            journey is known.main,
            tuple(one for one in pipelines if known.named(one.journey) is journey),
            drafts.get(journey.key),
        )
        for journey in known
    )
    return JourneyList(
        lines,
        tuple(line for key, line in drafts.items() if key not in known),
        tuple(load_journey(path) for key, path in shipped_journeys().items() if key not in known),
    )


def open_draft(session: Session, workspace: Workspace, key: str) -> Draft | None:
    """The draft of a journey, else the version in use or the one that ships with us to begin with; None where there is
    none of them. Looking stores nothing."""
    line = journey_drafts(session).get(key)
    if line:
        return _checked(workspace, key, dict(line.fields), line)
    journey = workspace.journeys.by_key.get(key) or _shipped(key)
    return _checked(workspace, key, fields_of(journey), None) if journey else None


def _shipped(key: str) -> Journey | None:
    path = shipped_journeys().get(key)
    return load_journey(path) if path else None


def checked(workspace: Workspace, draft: Draft, fields: Fields) -> Draft:
    """The draft with other fields, looked through, and not stored."""
    return _checked(workspace, draft.key, fields, draft.line)


def save_draft(
    session: Session, workspace: Workspace, viewer: Viewer, key: str, fields: Fields, revision: int
) -> Draft | Clash | None:
    """Store the fields, gaps and all, on top of the revision that they were opened on. None where there is no such
    journey. Fields that say the same as what is stored clash with nothing."""
    draft = open_draft(session, workspace, key)
    if draft is None:
        return None
    if draft.revision != revision and draft.fields != fields:
        return Clash(draft)
    _store(session, workspace, viewer, key, fields)
    return open_draft(session, workspace, key)


def begin_draft(
    session: Session, workspace: Workspace, viewer: Viewer, journey: Journey, name: Text | None = None
) -> str:
    """A draft that begins as this journey; under a ``name`` of its own it is another journey. Returns its key."""
    if name is not None:
        return begin_anew(session, workspace, viewer, fields_of(journey), name)
    _store(session, workspace, viewer, journey.key, fields_of(journey))
    return journey.key


def begin_anew(session: Session, workspace: Workspace, viewer: Viewer, fields: Fields, name: Text) -> str:
    """A draft of another journey, which begins with these fields. Returns its key."""
    key = key_from(name.en, {*workspace.journeys.by_key, *journey_drafts(session), *shipped_journeys()})
    _store(session, workspace, viewer, key, {**fields, "name": asdict(name)})
    return key


def discard_draft(session: Session, key: str) -> None:
    session.execute(delete(JourneyDraft).where(JourneyDraft.key == key))


def publish(
    workspace: Workspace, viewer: Viewer, key: str, revision: int, note: str, main: bool = False
) -> bool | Clash | Draft | None:
    """Put a complete draft, or one that ships with us as it is, in use: whether its deals are read anew already. A
    draft that is not complete, or came one too many, is given back; None where there is none. ``revision`` is the one
    that was read before publishing."""
    with workspace.database.reading() as session:
        draft = open_draft(session, workspace, key)
    known = workspace.journeys
    if draft is None or (draft.line is None and key in known):
        return None
    if draft.revision != revision:
        return Clash(draft)
    if not draft.complete or (key not in known and len(list(known)) >= MOST_IN_USE):
        return draft
    origin = Origin.BROWSER if draft.line else Origin.SHIPPED
    at_once = put_in_use(workspace, draft.journey, origin, By(viewer.user_id, note), main)
    with workspace.database.writing.begin() as session:
        row = session.scalar(select(JourneyDraft).filter_by(key=key))
        if row is not None and row.revision == revision:
            session.delete(row)
    return at_once


def go_back_to(workspace: Workspace, viewer: Viewer, key: str, version: str) -> bool | None:
    """Put an earlier version in use again: whether its deals are read anew already; None where nobody kept one that
    can be read."""
    with workspace.database.reading() as session:
        line = find_journey_version(session, key, version)
    try:
        journey = read_journey_text(line.text) if line else None
    except Refused:
        return None  # Our reader has become stricter since.
    return put_in_use(workspace, journey, Origin.BROWSER, By(viewer.user_id)) if journey else None


def text_of_version(session: Session, workspace: Workspace, key: str, version: str | None) -> str | None:
    """The file of a version; of the draft where none is named. None where there is no such."""
    if not version:
        draft = open_draft(session, workspace, key)
        return text_of(key, draft.fields) if draft else None
    line = find_journey_version(session, key, version)
    if line:
        return line.text
    journey = workspace.journeys.by_key.get(key)
    return text_of(key, fields_of(journey)) if journey and version_of(journey) == version else None


def _checked(workspace: Workspace, key: str, fields: Fields, line: JourneyDraftLine | None) -> Draft:
    missing = tuple(gaps(fields))
    faults = () if missing else (*faults_by_stage(text_of(key, fields)), *_unknown_meetings(workspace, fields))
    return Draft(key, fields, line.revision if line else 0, line, missing, tuple(faults))


def _unknown_meetings(workspace: Workspace, fields: Mapping[str, Any]) -> list[tuple[int | None, Fault]]:
    known = workspace.library.meetings
    return [
        (place, Fault("journey.yaml", 1, 1, f"there is no meeting '{key}' here: name one that there is"))
        for place, stage in enumerate(fields["stages"])
        for key in stage["meetings"]
        if key not in known
    ]


def _store(session: Session, workspace: Workspace, viewer: Viewer, key: str, fields: Fields) -> None:
    row = session.scalar(select(JourneyDraft).filter_by(key=key).with_for_update())
    if row is None:
        current = workspace.journeys.by_key.get(key)
        row = JourneyDraft(key=key, base_version=version_of(current) if current else None, revision=0)
    row.fields, row.revision = fields, row.revision + 1
    row.edited_by, row.edited_at = viewer.user_id, workspace.clock()
    session.add(row)
    session.flush()
