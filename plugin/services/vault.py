"""Secrets at rest: sealed with a key that lies beside the database, never in it."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.settings import Settings, SettingsError
from plugin.store.tables import ConnectionSecret

FILE = "connections.key"


class Vault:
    """``keys``: the first one seals, any of them opens. Raises SettingsError on a key that is none."""

    def __init__(self, keys: list[str]) -> None:
        try:
            self._keys = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise SettingsError(
                "PARCOURS_KEYS holds something that is no key: make one with "
                "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
            ) from error

    @classmethod
    def of(cls, settings: Settings) -> Vault:
        """The keys of PARCOURS_KEYS (separated by commas, the newest first), else the one in the folder of the data."""
        given = [key.strip() for key in settings.keys.split(",") if key.strip()]
        return cls(given or [_kept(settings.home / FILE)])

    def seal(self, text: str) -> str:
        return self._keys.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """Raises SettingsError where the key that sealed it is gone."""
        try:
            return self._keys.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise SettingsError(
                "a stored token can't be opened: its key is missing from PARCOURS_KEYS; add it, or connect anew"
            ) from error

    def rotate(self, sealed: str) -> str:
        return self._keys.rotate(sealed.encode()).decode()


def put_secret(session: Session, vault: Vault, connection_id: int, name: str, text: str, now: object) -> None:
    row = session.scalar(select(ConnectionSecret).filter_by(connection_id=connection_id, name=name))
    row = row or ConnectionSecret(connection_id=connection_id, name=name)
    row.sealed, row.changed_at = vault.seal(text), now  # type: ignore[assignment]
    session.add(row)


def secrets_of(session: Session, vault: Vault, connection_id: int) -> dict[str, str]:
    rows = session.scalars(select(ConnectionSecret).filter_by(connection_id=connection_id))
    return {row.name: vault.open(row.sealed) for row in rows}


def rotate_secrets(session: Session, vault: Vault) -> int:
    """Seal everything with the first key; returns how many there are."""
    rows = session.scalars(select(ConnectionSecret)).all()
    for row in rows:
        row.sealed = vault.rotate(row.sealed)
    return len(rows)


def _kept(path: Path) -> str:
    """Made once, readable by its owner only; two processes starting together end with one."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(Fernet.generate_key().decode())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii").strip()
