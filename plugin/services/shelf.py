"""The meeting templates in use: those of the folders, and in their place what was published here."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from threading import Lock

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.library.bundle import read_bundle
from plugin.library.faults import Refused
from plugin.library.meeting import MeetingTemplate
from plugin.library.templates import Library
from plugin.store.database import Database
from plugin.store.queries.content import (
    VersionLine,
    find_pictures,
    find_version,
    versions_by_id,
    versions_in_use,
)
from plugin.store.tables import StoredPicture, TemplateVersion

# Another process may publish: how long its version may go unnoticed here.
LOOK_EVERY_SECONDS = 1.0


class Origin(StrEnum):
    """Where a version that is kept came from."""

    FOLDER = "folder"
    BROWSER = "browser"


class Shelf:
    """Hands out the library as it is now. Versions never change, so each is read once and kept in memory.

    ``folders`` are the templates of the folders, ``beside`` the company's personas and journeys that they may name.
    """

    def __init__(
        self,
        folders: Library,
        database: Database,
        beside: Sequence[Path] = (),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.folders = folders
        self.beside = tuple(beside)
        self._database = database
        self._monotonic = monotonic
        self._lock = Lock()
        self._in_use: dict[str, int] = {}
        self._library = folders
        self._looked_at = float("-inf")
        self._read: dict[tuple[str, str], MeetingTemplate] = {}

    @property
    def library(self) -> Library:
        """The templates in use, by key, as of the last look."""
        return self._library

    def look(self) -> None:
        """See what was published since, at most once a second.

        Not within a transaction: on SQLite who reads on a second connection while holding a first one may wait for a
        writer that waits for them.
        """
        with self._lock:
            if self._monotonic() - self._looked_at >= LOOK_EVERY_SECONDS:
                self._look()

    def look_again(self) -> None:
        """Something was published here and committed: the next to ask shall have it."""
        with self._lock:
            self._look()

    def version(self, session: Session, key: str, version: str) -> MeetingTemplate | None:
        """A template as it was in this version; None where nobody kept it."""
        for library in (self._library, self.folders):
            template = library.meetings.get(key)
            if template and template.version == version:
                return template
        line = find_version(session, key, version)
        return self._template(session, line) if line else None

    def _look(self) -> None:
        with self._database.reading() as session:
            in_use = versions_in_use(session)
            if in_use != self._in_use:
                published = {
                    line.key: self._template(session, line) for line in versions_by_id(session, in_use.values())
                }
                readable = {key: template for key, template in published.items() if template}
                self._library = Library({**self.folders.meetings, **readable})
                self._in_use = in_use
        self._looked_at = self._monotonic()

    def _template(self, session: Session, line: VersionLine) -> MeetingTemplate | None:
        """None where our reader has become stricter than it was when this was written."""
        if (line.key, line.version) not in self._read:
            digests = dict(line.pictures)
            stored = find_pictures(session, digests.values())
            pictures = {name: stored[digest].data for name, digest in digests.items() if digest in stored}
            try:
                self._read[line.key, line.version] = read_bundle(line.key, line.files, pictures, self.beside)
            except Refused:
                return None
        return self._read[line.key, line.version]


def keep_version(
    session: Session,
    template: MeetingTemplate,
    origin: Origin,
    now: datetime,
    user_id: int | None = None,
    note: str = "",
) -> int:
    """Store a template as it is, once for each version; returns the id of its row.

    A meeting that was held keeps the words that it was held with, whatever becomes of the folder that they came from.
    """
    known = session.scalar(select(TemplateVersion.id).filter_by(key=template.key, version=template.version))
    if known:
        return known
    for picture in template.pictures.values():
        keep_picture(session, picture.digest, picture.media_type, picture.data, now)
    row = TemplateVersion(
        key=template.key,
        version=template.version,
        origin=origin.value,
        files=dict(template.files),
        pictures={name: picture.digest for name, picture in template.pictures.items()},
        note=note,
        kept_by=user_id,
        kept_at=now,
    )
    session.add(row)
    session.flush()
    return row.id


def keep_picture(session: Session, digest: str, media_type: str, data: bytes, now: datetime) -> None:
    """Store a picture, once for each content."""
    if session.scalar(select(StoredPicture.id).filter_by(digest=digest)) is None:
        session.add(StoredPicture(digest=digest, media_type=media_type, data=data, stored_at=now))
        session.flush()
