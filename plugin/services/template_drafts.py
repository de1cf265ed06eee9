"""Meeting templates written here: a draft that several people may edit, checked, published, and taken back again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from plugin.library.bundle import MOST_FILES, is_text_name, read_bundle
from plugin.library.faults import Fault, Refused
from plugin.library.journeys import journey_text
from plugin.library.meeting import MeetingTemplate, Picture
from plugin.library.shapes import KEY
from plugin.services.audit import record
from plugin.services.shelf import Origin, keep_picture, keep_version
from plugin.services.template_bundles import Bundle
from plugin.services.viewer import Viewer
from plugin.services.workspace import Workspace
from plugin.store.queries.content import (
    DraftLine,
    VersionLine,
    find_draft,
    find_drafts,
    find_pictures,
    find_version,
    meetings_by_version,
    versions_in_use,
    versions_of,
)
from plugin.store.tables import TemplateDraft, TemplateInUse

LONGEST_FILE = 200_000  # characters
MOST_PICTURES = 30


@dataclass(frozen=True, slots=True)
class TemplateLine:
    """A template in the list. ``meetings`` counts those that used any version; ``published`` is None for a folder's."""

    template: MeetingTemplate
    published: VersionLine | None
    draft: DraftLine | None
    meetings: int


@dataclass(frozen=True, slots=True)
class VersionUse:
    """A version, and how many meetings used it; ``line`` is None for one of a folder that no meeting used."""

    version: str
    line: VersionLine | None
    meetings: int
    in_use: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """What is being written. ``line`` is None before the first save: then it is the version in use, word for word."""

    key: str
    files: Mapping[str, str]
    pictures: Mapping[str, str]
    revision: int
    line: DraftLine | None


@dataclass(frozen=True, slots=True)
class Clash:
    """Somebody saved since this form was opened. Nothing was stored; this is what they wrote."""

    theirs: Draft


def template_lines(session: Session, workspace: Workspace) -> tuple[TemplateLine, ...]:
    """Every template, in the order of the journey."""
    in_use, drafts = versions_in_use(session), find_drafts(session)
    positions = {stage.key: stage.position for stage in workspace.journey.stages}
    templates = sorted(
        workspace.library.meetings.values(), key=lambda one: (positions.get(one.stage, len(positions) + 1), one.key)
    )
    return tuple(
        TemplateLine(
            template=one,
            published=find_version(session, one.key, one.version) if one.key in in_use else None,
            draft=drafts.get(one.key),
            meetings=sum(map(len, meetings_by_version(session, one.key).values())),
        )
        for one in templates
    )


def version_uses(session: Session, workspace: Workspace, key: str) -> tuple[VersionUse, ...]:
    """Every version of a template that is known, the newest first, with the meetings that used it."""
    used = meetings_by_version(session, key)
    lines = {line.version: line for line in versions_of(session, key)}
    current = workspace.library.meetings.get(key)
    ours = workspace.shelf.folders.meetings.get(key)
    known = dict.fromkeys([*lines, *([ours.version] if ours else []), *used])
    return tuple(
        VersionUse(
            version, lines.get(version), len(used.get(version, ())), bool(current and current.version == version)
        )
        for version in known
    )


def open_draft(session: Session, workspace: Workspace, key: str) -> Draft | None:
    """The draft of a template, else the version in use to begin with; None where there is neither."""
    line = find_draft(session, key)
    if line:
        return Draft(key, line.files, line.pictures, line.revision, line)
    current = workspace.library.meetings.get(key)
    if current is None:
        return None
    pictures = {name: picture.digest for name, picture in current.pictures.items()}
    return Draft(key, current.files, pictures, 0, None)


def save_draft(
    session: Session, workspace: Workspace, viewer: Viewer, key: str, files: Mapping[str, str], revision: int
) -> Draft | Clash | None:
    """Store the texts, faults and all, on top of the revision that they were opened on.

    None where there is no such template, or the texts are none of a template's. Texts that say the same as what is
    stored clash with nothing.
    """
    draft = open_draft(session, workspace, key)
    if draft is None or not _may_be_stored(files):
        return None
    if draft.revision != revision and dict(draft.files) != dict(files):
        return Clash(draft)
    _store(session, workspace, viewer, draft, files, draft.pictures)
    return open_draft(session, workspace, key)


def begin_draft(
    session: Session, workspace: Workspace, viewer: Viewer, source: MeetingTemplate, key: str
) -> Draft | None:
    """A draft of ``source`` in place of the one that is there; under another key it is a new template.

    None where the key can't be one.
    """
    if not KEY.fullmatch(key) or len(key) > 60:
        return None
    files = dict(source.files)
    if key != source.key:
        files["meeting.yaml"] = files["meeting.yaml"].replace(f"key: {source.key}", f"key: {key}", 1)
    for picture in source.pictures.values():
        keep_picture(session, picture.digest, picture.media_type, picture.data, workspace.clock())
    there = find_draft(session, key)
    pictures = {name: picture.digest for name, picture in source.pictures.items()}
    _store(session, workspace, viewer, Draft(key, {}, {}, there.revision if there else 0, there), files, pictures)
    return open_draft(session, workspace, key)


def save_imported(session: Session, workspace: Workspace, viewer: Viewer, bundle: Bundle) -> None:
    """What came as a file is the draft now, faults and all, in place of the one that was there."""
    for picture in bundle.pictures:
        keep_picture(session, picture.digest, picture.media_type, picture.data, workspace.clock())
    there = find_draft(session, bundle.key)
    pictures = {picture.name: picture.digest for picture in bundle.pictures}
    draft = Draft(bundle.key, {}, {}, there.revision if there else 0, there)
    _store(session, workspace, viewer, draft, bundle.files, pictures)


def read_draft(session: Session, workspace: Workspace, draft: Draft) -> MeetingTemplate:
    """The draft as a template. Raises Refused with all its faults."""
    stored = find_pictures(session, draft.pictures.values())
    pictures = {name: stored[digest].data for name, digest in draft.pictures.items() if digest in stored}
    journeys = {journey.key: journey_text(journey) for journey in workspace.journeys}
    return read_bundle(draft.key, draft.files, pictures, workspace.shelf.beside, journeys)


def draft_faults(session: Session, workspace: Workspace, draft: Draft) -> tuple[Fault, ...]:
    try:
        read_draft(session, workspace, draft)
    except Refused as refused:
        return refused.faults
    return ()


def publish(
    session: Session, workspace: Workspace, viewer: Viewer, key: str, revision: int, note: str
) -> MeetingTemplate | Clash | tuple[Fault, ...] | None:
    """Put a draft without faults in use, and keep what it replaces. The shelf looks again once this is committed.

    None where there is no draft. ``revision`` is the one that was read before publishing.
    """
    draft = open_draft(session, workspace, key)
    if draft is None or draft.line is None:
        return None
    if draft.revision != revision:
        return Clash(draft)
    try:
        template = read_draft(session, workspace, draft)
    except Refused as refused:
        return refused.faults
    use_template(session, workspace, template, note, viewer.user_id)
    discard_draft(session, key)
    return template


def use_template(
    session: Session, workspace: Workspace, template: MeetingTemplate, note: str, user_id: int | None = None
) -> None:
    """Put a template in use, and keep the one that it replaces."""
    before = workspace.library.meetings.get(template.key)
    if before:
        keep_version(session, before, Origin.FOLDER, workspace.clock())
    version_id = keep_version(session, template, Origin.BROWSER, workspace.clock(), user_id, note)
    _use(session, template.key, version_id, workspace.clock())
    record(session, user_id, "template published", f"{template.key} {template.version}", workspace.clock())


def go_back_to(session: Session, workspace: Workspace, key: str, version: str) -> bool:
    """Put an earlier version in use again; False where nobody kept it. Commit, then let the shelf look again."""
    ours = workspace.shelf.folders.meetings.get(key)
    if ours and ours.version == version:
        session.execute(delete(TemplateInUse).where(TemplateInUse.key == key))
        return True
    line = find_version(session, key, version)
    if line:
        _use(session, key, line.id, workspace.clock())
    return line is not None


def discard_draft(session: Session, key: str) -> None:
    session.execute(delete(TemplateDraft).where(TemplateDraft.key == key))


def add_picture(session: Session, workspace: Workspace, viewer: Viewer, key: str, picture: Picture) -> Draft | None:
    """Put a picture that was checked into the draft, in place of one of the same name; None where it is full."""
    draft = open_draft(session, workspace, key)
    if draft is None or len({*draft.pictures, picture.name}) > MOST_PICTURES:
        return None
    keep_picture(session, picture.digest, picture.media_type, picture.data, workspace.clock())
    _store(session, workspace, viewer, draft, draft.files, {**draft.pictures, picture.name: picture.digest})
    return open_draft(session, workspace, key)


def remove_picture(session: Session, workspace: Workspace, viewer: Viewer, key: str, name: str) -> Draft | None:
    draft = open_draft(session, workspace, key)
    if draft is None:
        return None
    left = {one: digest for one, digest in draft.pictures.items() if one != name}
    _store(session, workspace, viewer, draft, draft.files, left)
    return open_draft(session, workspace, key)


def _may_be_stored(files: Mapping[str, str]) -> bool:
    return len(files) <= MOST_FILES and all(
        is_text_name(name) and len(text) <= LONGEST_FILE for name, text in files.items()
    )


def _store(
    session: Session,
    workspace: Workspace,
    viewer: Viewer,
    draft: Draft,
    files: Mapping[str, str],
    pictures: Mapping[str, str],
) -> None:
    row = session.scalar(select(TemplateDraft).filter_by(key=draft.key).with_for_update())
    if row is None:
        current = workspace.library.meetings.get(draft.key)
        row = TemplateDraft(key=draft.key, base_version=current.version if current else None, revision=0)
    if draft.line is None:
        _keep_pictures_of(session, workspace, draft.key)
    row.files, row.pictures = dict(files), dict(pictures)
    row.revision += 1
    row.edited_by, row.edited_at = viewer.user_id, workspace.clock()
    session.add(row)
    session.flush()


def _keep_pictures_of(session: Session, workspace: Workspace, key: str) -> None:
    current = workspace.library.meetings.get(key)
    for picture in current.pictures.values() if current else ():
        keep_picture(session, picture.digest, picture.media_type, picture.data, workspace.clock())


def _use(session: Session, key: str, version_id: int, now: datetime) -> None:
    row = session.get(TemplateInUse, key) or TemplateInUse(key=key)
    row.version_id, row.since = version_id, now
    session.add(row)
    session.flush()
