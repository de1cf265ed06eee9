"""The databases that the other tests stand on."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from tests import databases as house
from tests.databases import Databases


def tables(url: str) -> set[str]:
    engine = create_engine(url)
    try:
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def test_a_database_comes_migrated_and_empty(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.connect() as connection:
        found = {name: connection.scalar(text(f'SELECT count(*) FROM "{name}"')) for name in tables(database_url)}
    engine.dispose()

    assert found.pop("alembic_version") == 1
    assert found.keys() >= {"connection", "stage_move", "deal_standing"}
    assert set(found.values()) == {0}


def test_a_bare_database_has_no_tables(bare_database_url: str) -> None:
    assert tables(bare_database_url) == set()


def test_two_databases_of_one_test_know_nothing_of_each_other(databases: Databases) -> None:
    one, other = databases.make(migrated=False), databases.make(migrated=False)
    engine = create_engine(one)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE mine (id INTEGER)"))
    engine.dispose()

    assert (tables(one), tables(other)) == ({"mine"}, set())
    databases.drop(one)
    databases.drop(other)


SERVE_AND_WAIT = """
from tests.databases import postgresql_server
with postgresql_server() as server:
    print(server.query["host"], flush=True)
    input()
"""


def test_the_server_goes_when_its_tests_are_killed() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "TEST_DATABASE_URL"}
    with subprocess.Popen(
        [sys.executable, "-c", SERVE_AND_WAIT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as tests:
        assert tests.stdout is not None
        folder = Path(tests.stdout.readline().strip())
        assert (folder / "data" / "postmaster.pid").exists()
        tests.kill()

    wait_until_gone(folder)
    assert not folder.exists()


def wait_until_gone(folder: Path) -> None:
    patience = 200
    while folder.exists() and patience:
        time.sleep(0.1)
        patience -= 1


def test_binaries_in_a_closed_folder_are_copied_with_their_libraries(tmp_path: Path) -> None:
    binaries = tmp_path / "wheel" / "pginstall18" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "initdb").touch()
    (tmp_path / "wheel.libs").mkdir()
    spare = tmp_path / "spare"
    spare.mkdir()

    copied = house._copied(binaries, spare)

    assert (copied / "initdb").exists()
    assert (copied.parents[2] / "wheel.libs").is_dir()


def test_without_any_postgresql_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(house, "find_spec", lambda _name: None)
    monkeypatch.setattr(house, "SYSTEM_BINARIES", str(tmp_path))

    with pytest.raises(RuntimeError, match=r"python3 dev\.py test.*TEST_DATABASE_URL"):
        house.binaries_of(tmp_path)
