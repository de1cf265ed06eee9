"""Tokens at rest: sealed, opened by any of the keys, sealed anew with the newest one."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, text

from plugin.services.vault import FILE, Vault, put_secret, rotate_secrets, secrets_of
from plugin.services.workspace import Workspace
from plugin.settings import Settings, SettingsError
from plugin.store.tables import Connection
from tests.services.conftest import NOW

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


def stored(workspace: Workspace, vault: Vault) -> int:
    with workspace.database.writing.begin() as session:
        session.add(Connection(name="hub", kind="hubspot", settings={}, created_at=NOW))
        session.flush()
        connection_id = session.scalars(select(Connection.id)).one()
        put_secret(session, vault, connection_id, "token", "pat-secret", NOW)
        return connection_id


def test_a_token_stands_nowhere_in_the_database(workspace: Workspace) -> None:
    vault = Vault([OLD])
    connection_id = stored(workspace, vault)
    with workspace.database.reading() as session:
        rows = session.execute(text("SELECT * FROM connection_secret")).all()
        assert "pat-secret" not in str(rows)
        assert secrets_of(session, vault, connection_id) == {"token": "pat-secret"}


def test_a_key_is_changed_by_putting_a_new_one_in_front(workspace: Workspace) -> None:
    connection_id = stored(workspace, Vault([OLD]))
    both = Vault([NEW, OLD])
    with workspace.database.writing.begin() as session:
        assert secrets_of(session, both, connection_id) == {"token": "pat-secret"}
        assert rotate_secrets(session, both) == 1
    with workspace.database.reading() as session:
        assert secrets_of(session, Vault([NEW]), connection_id) == {"token": "pat-secret"}
        with pytest.raises(SettingsError, match="its key is missing"):
            secrets_of(session, Vault([OLD]), connection_id)


def test_the_key_lies_beside_the_database_for_its_owner_only(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url="sqlite://")
    sealed = Vault.of(settings).seal("x")
    assert Vault.of(settings).open(sealed) == "x", "the same key the next time"
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


def test_a_key_that_is_none_is_told_with_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="generate_key"):
        Vault.of(Settings(home=tmp_path, database_url="sqlite://", keys="nonsense"))
