"""The personas in use: the file's until somebody changes them here."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256
from threading import Lock

from sqlalchemy import delete
from sqlalchemy.orm import Session

from plugin.domain.persona import Persona
from plugin.library.personas import written
from plugin.services.shelf import LOOK_EVERY_SECONDS
from plugin.store.assigning import finish_assigning, reassign
from plugin.store.database import Database
from plugin.store.queries.personas import personas_in_use, revision_of_personas
from plugin.store.tables import PersonaSet, StoredPersona


class PersonaShelf:
    """Hands them out as they are now. Like the shelf of templates it looks once a second, never in a transaction."""

    def __init__(
        self,
        of_the_file: Sequence[Persona],
        database: Database,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.of_the_file = tuple(of_the_file)
        self._database = database
        self._monotonic = monotonic
        self._lock = Lock()
        self._revision: int | None = None
        self._personas = self.of_the_file
        self._looked_at = float("-inf")

    @property
    def personas(self) -> tuple[Persona, ...]:
        """In their order, as of the last look."""
        return self._personas

    def look(self) -> None:
        """See what was changed since, at most once a second."""
        with self._lock:
            if self._monotonic() - self._looked_at >= LOOK_EVERY_SECONDS:
                self._look()

    def look_again(self) -> None:
        """Something was changed here and committed: the next to ask shall have it."""
        with self._lock:
            self._look()

    def follow_file(self, now: datetime) -> None:
        """Take over a file that is new, unless somebody has changed the personas here; end what was begun."""
        digest = sha256(written(self.of_the_file).encode()).hexdigest()
        with self._database.reading() as session:
            known = session.get(PersonaSet, 1)
        if known is None or known.file not in (None, digest):
            with self._database.writing.begin() as session:
                put_personas(session, self.of_the_file, None, now).file = digest
                reassign(session, now)
        finish_assigning(self._database)
        self.look_again()

    def _look(self) -> None:
        with self._database.reading() as session:
            revision = revision_of_personas(session)
            if revision is not None and revision != self._revision:
                self._personas, self._revision = personas_in_use(session), revision
        self._looked_at = self._monotonic()


def put_personas(session: Session, personas: Sequence[Persona], user_id: int | None, now: datetime) -> PersonaSet:
    """These in place of all that there are."""
    session.execute(delete(StoredPersona))
    for position, persona in enumerate(personas):
        row = StoredPersona(key=persona.key, position=position, content=persona.plain)
        row.changed_by, row.changed_at = user_id, now
        session.add(row)
    return changed(session)


def changed(session: Session) -> PersonaSet:
    """Count a change, and that the personas are no file's any more."""
    known = session.get(PersonaSet, 1, with_for_update=True) or PersonaSet(id=1, revision=0)
    known.revision, known.file = (known.revision or 0) + 1, None
    session.add(known)
    session.flush()
    return known
