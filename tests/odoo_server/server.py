"""One Odoo that is started, stopped, killed and begun anew, on a PostgreSQL of its own."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import requests

from tests.odoo_server import program
from tests.odoo_server.cluster import Cluster
from tests.odoo_server.install import NoOdoo, installed
from tests.odoo_server.template import DATABASE as BLANK
from tests.odoo_server.template import template

DATABASE = "crm"
SECONDS_TO_START = 60
# Odoo keeps what it has read until one of these tables has another last row.
SIGNALS = "SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'orm_signaling_%'"
APART = 1_000_000


@dataclass
class OdooServer:
    """``keys`` and ``users`` (ids) are by login: ``admin``, ``manager`` (of sales), ``seller`` (sees their own leads).
    Their passwords are their logins."""

    workers: int = 0
    database: str = DATABASE
    folder: Path = field(init=False)
    port: int = field(init=False)
    keys: Mapping[str, str] = field(init=False)
    users: Mapping[str, int] = field(init=False)
    _odoo: subprocess.Popen[str] | None = None
    _beginnings: Iterator[int] = field(default_factory=lambda: count(1))

    def __enter__(self) -> OdooServer:
        self.installation = installed()
        with template(self.installation) as begun:
            self.cluster = Cluster(begun)
        self.folder = self.cluster.folder
        try:
            made = json.loads((self.folder / "seed.json").read_text())
            self.keys, self.users = made["keys"], made["users"]
            self.port, self._events_port = free_port(), free_port()
            self.fresh()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self.kill()
        self.cluster.close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "odoo.log"

    @property
    def passwords(self) -> Mapping[str, str]:
        return {login: login for login in self.keys}

    def start(self) -> None:
        """Returns when it answers."""
        ports = (f"--http-port={self.port}", f"--gevent-port={self._events_port}")
        how = (f"--workers={self.workers}", f"--db-filter=^{self.database}$")
        command = program.command(self.installation, self.folder, self.database, *ports, *how)
        with self.log.open("ab") as log:
            environment = program.environment(self.installation, self.folder)
            self._odoo = self.cluster.start(command, environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        ends = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < ends and self._odoo.poll() is None:
            if self._answers():
                return
            time.sleep(0.1)
        raise NoOdoo(f"{self.said()}\n\nOdoo did not start; its log is above.")

    def stop(self) -> None:
        """As a person who looks after it would: what it is doing is done first."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.stop()
        self.start()

    def fresh(self) -> None:
        """The database as it was made, with no trace of what was done since; Odoo may go on running meanwhile."""
        self._copy_blank(self.database)
        # Each beginning says something else, so that nothing remembered from before it is taken for true.
        last = APART * next(self._beginnings)
        for (table,) in self.sql(SIGNALS):
            self.sql(f'INSERT INTO "{table}" (id) VALUES (%s)', last)
            self.sql(f"SELECT setval('{table}_id_seq', %s)", last)

    @contextmanager
    def another(self, database: str) -> Iterator[str]:
        """One more database as it was made, for as long as the block lasts."""
        self._copy_blank(database)
        try:
            yield database
        finally:
            self._drop(database)

    def said(self, lines: int = 40) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Straight into its database: for what no client may do, like the dates of history."""
        return self.cluster.sql(self.database, statement, *values)

    def call(self, login: str, model: str, method: str, **named: Any) -> Any:
        """As somebody, over the wire, by no code of ours."""
        answer = self.answer(login, model, method, **named)
        if not answer.ok:
            raise AssertionError(f"{model}.{method}: {answer.status_code} {answer.text[:500]}")
        return answer.json()

    def answer(self, login: str, model: str, method: str, **named: Any) -> requests.Response:
        """The same, for what it may refuse."""
        headers = {"Authorization": f"bearer {self.keys[login]}", "X-Odoo-Database": self.database}
        return self._ask("POST", f"/json/2/{model}/{method}", json=named, headers=headers, timeout=60)

    def shell(self, code: str) -> str:
        """What the code prints in «odoo shell»; it has to commit what it changes."""
        said, _noted = program.run(self.installation, self.cluster, self.database, "shell", "--no-http", given=code)
        return said

    def run(self, *arguments: str, given: str = "", database: str | None = None) -> str:
        """Another Odoo on the same database, until it ends: ``shell`` with a script, or an update."""
        return "".join(program.run(self.installation, self.cluster, database or self.database, *arguments, given=given))

    def update_addon(self) -> None:
        """After a change of its files."""
        self.stop()
        self.run("--update=parcours", "--stop-after-init")
        self.start()

    def _copy_blank(self, database: str) -> None:
        self._drop(database)
        self.cluster.sql("postgres", f'CREATE DATABASE "{database}" TEMPLATE "{BLANK}" STRATEGY FILE_COPY')
        files = self.folder / "data/filestore"
        shutil.copytree(files / BLANK, files / database)

    def _drop(self, database: str) -> None:
        self.cluster.sql("postgres", f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        shutil.rmtree(self.folder / "data/filestore" / database, ignore_errors=True)

    def _answers(self) -> bool:
        try:
            return self._ask("GET", "/json/version", timeout=5).ok
        except requests.RequestException:
            return False

    def _ask(self, method: str, path: str, **more: Any) -> requests.Response:
        with requests.Session() as session:
            # Not through a proxy of the person who runs us.
            session.trust_env = False
            return session.request(method, self.address + path, **more)

    def _end(self, how: signal.Signals) -> None:
        if self._odoo:
            self.cluster.end(self._odoo, how)
        self._odoo = None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
