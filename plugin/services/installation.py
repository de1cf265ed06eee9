"""Preparing a place to work in: the data folder and a database of the right shape."""

from __future__ import annotations

from dataclasses import dataclass

from plugin.settings import Settings
from plugin.store import migrate


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """``at`` is the revision of the database (None: never migrated), ``head`` the one that this version needs."""

    at: str | None
    head: str | None
    differences: str | None = None

    @property
    def current(self) -> bool:
        return self.at == self.head and self.differences is None


def prepare(settings: Settings) -> DatabaseState:
    """Make the data folder and bring the database up to date; returns the state that was found before."""
    settings.home.mkdir(parents=True, exist_ok=True)
    found = DatabaseState(migrate.current(settings.database_url), migrate.head())
    if not found.current:
        migrate.upgrade(settings.database_url)
    return found


def inspect(settings: Settings) -> DatabaseState:
    """Look at the database, change nothing (a missing SQLite file is not made)."""
    at, head = migrate.current(settings.database_url), migrate.head()
    differing = migrate.differences(settings.database_url) if at == head else None
    return DatabaseState(at, head, differing)
