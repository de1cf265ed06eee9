"""One Odoo that is started, stopped, killed and begun anew, on a PostgreSQL of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import requests

from tests.databases import NOBODY, binaries_of, is_root, short_folder
from tests.odoo_server.install import HERE, Installation, NoOdoo, alone, cache, fingerprint, installed, say

ROOT = HERE.parents[1]
ADD_ONS = ROOT / "crm_adapters/odoo/addon"
SEED = HERE / "seed.py"
DATABASE = "crm"
MODULES = ("crm", "calendar", "base_automation")
# PostgreSQL refuses to run as root.
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
SECONDS_TO_START = 60
# It outlives us by a moment: when our end of the pipe closes, even by kill -9, all is stopped and tidied up.
KEEP = """
bin=$1 folder=$2 as=$3
$as "$bin"/pg_ctl -D "$folder/pg" -l "$folder/pg/log" -w -t 60 start >"$folder/keeper.log" 2>&1 \\
    -o "-c listen_addresses= -k $folder -c fsync=off -c full_page_writes=off -c max_connections=80" &&
echo ready || cat "$folder/keeper.log" "$folder/pg/log"
exec >/dev/null
read -r _
[ -f "$folder/odoo.pid" ] && kill -9 "-$(cat "$folder/odoo.pid")" 2>/dev/null
$as "$bin"/pg_ctl -D "$folder/pg" -m fast -w stop >/dev/null 2>&1
rm -rf "$folder"
"""


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
    _odoo: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> OdooServer:
        self.installation = installed()
        template = _template(self.installation)
        self.folder = Path(tempfile.mkdtemp(dir=short_folder(), prefix="parcours-odoo-"))
        self.binaries = binaries_of(self.folder)
        shutil.copytree(template, self.folder, dirs_exist_ok=True)
        self._keeper = _keep(self.binaries, self.folder)
        made = json.loads((self.folder / "seed.json").read_text())
        self.keys, self.users = made["keys"], made["users"]
        self.port = _free_port()
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()
        _let_go(self._keeper)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "odoo.log"

    def start(self) -> None:
        """Returns when it answers."""
        with self.log.open("ab") as log:
            self._odoo = subprocess.Popen(
                self._command(
                    f"--http-port={self.port}", f"--workers={self.workers}", f"--db-filter=^{self.database}$"
                ),
                env=_environment(self.installation),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        (self.folder / "odoo.pid").write_text(str(self._odoo.pid))
        ends = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < ends and self._odoo.poll() is None:
            try:
                if requests.get(f"{self.address}/json/version", timeout=5).ok:
                    return
            except requests.RequestException:
                time.sleep(0.1)
        raise NoOdoo(f"Odoo did not start:\n{self.said()}")

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def said(self, lines: int = 40) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Straight into its database: for what no client may do, like the dates of history."""
        with psycopg.connect(f"host={self.folder} user=odoo dbname={self.database}", autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def call(self, login: str, model: str, method: str, **named: Any) -> Any:
        """As somebody, over the wire, by no code of ours."""
        headers = {"Authorization": f"bearer {self.keys[login]}", "X-Odoo-Database": self.database}
        answer = requests.post(f"{self.address}/json/2/{model}/{method}", json=named, headers=headers, timeout=60)
        if not answer.ok:
            raise AssertionError(f"{model}.{method}: {answer.status_code} {answer.text[:500]}")
        return answer.json()

    def run(self, *arguments: str, given: str = "") -> str:
        """Another Odoo on the same database, until it ends: ``shell`` with a script, or an update."""
        done = subprocess.run(
            self._command(*arguments, program_first=True),
            env=_environment(self.installation),
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise AssertionError(done.stdout[-2000:] + done.stderr[-4000:])
        return done.stdout + done.stderr

    def _command(self, *arguments: str, program_first: bool = False) -> list[str]:
        command = [str(self.installation.python), str(self.installation.program)]
        # A subcommand like «shell» comes first.
        first, rest = (arguments[:1], arguments[1:]) if program_first and arguments[0][0] != "-" else ((), arguments)
        return [*command, *first, *_settings(self.installation, self.folder), f"--database={self.database}", *rest]

    def _end(self, how: signal.Signals) -> None:
        if self._odoo is None:
            return
        try:
            os.killpg(self._odoo.pid, how)
            self._odoo.wait(timeout=20)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(self._odoo.pid, signal.SIGKILL)
            self._odoo.wait()
        self._odoo = None


def _template(installation: Installation) -> Path:
    """A PostgreSQL cluster with an Odoo that has our add-on and three users: made once for each state of the files."""
    sources = sorted(path for path in ADD_ONS.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    parts = [str(path.relative_to(ROOT)).encode() + path.read_bytes() for path in (*sources, SEED, Path(__file__))]
    folder = cache() / f"odoo-database-{fingerprint(installation.folder.name.encode(), *parts)}"
    with alone("odoo-database"):
        if not folder.exists():
            say("Making Odoo's database, this once for each state of the add-on")
            for old in cache().glob("odoo-database-*"):
                shutil.rmtree(old, ignore_errors=True)
            _make_template(installation, folder)
    return folder


def _make_template(installation: Installation, folder: Path) -> None:
    making = Path(tempfile.mkdtemp(dir=short_folder(), prefix="parcours-odoo-"))
    binaries = binaries_of(making)
    initdb = [str(binaries / "initdb"), "--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
    as_ = _unprivileged(making)
    _run([*as_, *initdb, "--username=odoo", "-D", str(making / "pg")])
    keeper = _keep(binaries, making)
    try:
        modules = ",".join([*MODULES, *(path.name for path in ADD_ONS.glob("*"))])
        server = OdooServer()
        server.installation, server.folder = installation, making
        with psycopg.connect(f"host={making} user=odoo dbname=postgres", autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{DATABASE}"'.encode())
        server.run(f"--init={modules}", "--load-language=en_US,fr_FR", "--without-demo=True", "--stop-after-init")
        said = server.run("shell", "--no-http", given=SEED.read_text())
        made = next(line for line in said.splitlines() if line.startswith("{"))
        _run([*as_, str(binaries / "pg_ctl"), "-D", str(making / "pg"), "-m", "fast", "-w", "stop"])
        draft = folder.with_name(f"{folder.name}.draft")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        for name in ("pg", "data"):
            if (making / name).exists():
                shutil.copytree(making / name, draft / name)
        (draft / "seed.json").write_text(made)
        draft.rename(folder)
    finally:
        _let_go(keeper)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    if done.returncode:
        raise NoOdoo(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def _settings(installation: Installation, folder: Path) -> list[str]:
    add_ons = [installation.packages / "odoo/addons", *([ADD_ONS] if ADD_ONS.exists() else [])]
    return [
        f"--db_host={folder}",
        "--db_user=odoo",
        f"--data-dir={folder / 'data'}",
        f"--addons-path={','.join(map(str, add_ons))}",
        "--http-interface=127.0.0.1",
        # Nothing is sent, and nothing happens by itself.
        "--smtp=127.0.0.1",
        "--smtp-port=9",
        "--max-cron-threads=0",
        "--no-database-list",
    ]


def _environment(installation: Installation) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in ("HOME", "PATH", "LANG", "TMPDIR")}
    return {**kept, "PYTHONPATH": str(installation.packages), "TZ": "UTC"}


def _keep(binaries: Path, folder: Path) -> subprocess.Popen[str]:
    keeper = subprocess.Popen(
        ["sh", "-c", KEEP, "sh", str(binaries), str(folder), " ".join(_unprivileged(folder))],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert keeper.stdout is not None
    said = keeper.stdout.readline()
    if said != "ready\n":
        raise NoOdoo(f"PostgreSQL did not start:\n{said}{keeper.stdout.read()}")
    return keeper


def _let_go(keeper: subprocess.Popen[str]) -> None:
    assert keeper.stdin is not None
    keeper.stdin.close()
    keeper.wait()


def _unprivileged(folder: Path) -> tuple[str, ...]:
    """What comes before a command of PostgreSQL."""
    if not is_root():
        return ()
    subprocess.run(["chown", f"{NOBODY}:{NOBODY}", str(folder)], check=True)
    if (folder / "pg").exists():
        subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", str(folder / "pg")], check=True)
    return AS_NOBODY


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
