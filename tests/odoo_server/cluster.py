"""A PostgreSQL in a folder, and the Odoos that work on it: none outlives the process that started it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import psycopg

from tests.databases import NOBODY, binaries_of, is_root, short_folder
from tests.odoo_server.install import NoOdoo

USER = "odoo"
SECONDS_TO_STOP = 20
# PostgreSQL refuses to run as root.
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
# It outlives us by a moment: when our end of the pipe closes, even by kill -9, all is stopped and tidied up.
KEEP = """
bin=$1 folder=$2 as=$3
$as "$bin"/pg_ctl -D "$folder/pg" -l "$folder/pg/log" -w -t 60 start >"$folder/keeper.log" 2>&1 \\
    -o "-c listen_addresses= -k $folder -c fsync=off -c full_page_writes=off -c max_connections=200" &&
echo ready || cat "$folder/keeper.log" "$folder/pg/log"
exec >/dev/null
read -r _
for one in "$folder"/running/*; do kill -9 "-${one##*/}" 2>/dev/null; done
$as "$bin"/pg_ctl -D "$folder/pg" -m fast -w stop >/dev/null 2>&1
rm -rf "$folder"
"""
# A program puts itself on the list of those that are to end with us, before it becomes what it is.
ENLIST = 'touch "$0/running/$$" && exec "$@"'


class Cluster:
    """What lies in ``folder`` is gone with it: ``pg`` is PostgreSQL's, the rest may be used."""

    def __init__(self, begun: Path | None = None) -> None:
        """As a copy of a cluster that was stopped, or a new one."""
        self.folder = Path(tempfile.mkdtemp(dir=short_folder(), prefix="parcours-odoo-"))
        try:
            self.binaries = binaries_of(self.folder)
            (self.folder / "running").mkdir()
            if begun:
                shutil.copytree(begun, self.folder, dirs_exist_ok=True)
            else:
                (self.folder / "pg").mkdir(mode=0o700)
            if is_root():
                subprocess.run(["chown", f"{NOBODY}:{NOBODY}", self.folder], check=True)
                subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", self.folder / "pg"], check=True)
            if not begun:
                settings = ("--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", f"--username={USER}")
                self._postgresql("initdb", *settings)
            self._keeper = self._keep()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def close(self) -> None:
        with self._keeper as keeper:
            assert keeper.stdin is not None
            keeper.stdin.close()

    def stop(self) -> None:
        """PostgreSQL alone, so that its files can be copied."""
        self._postgresql("pg_ctl", "-m", "fast", "-w", "stop")

    def sql(self, database: str, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(f"host={self.folder} user={USER} dbname={database}", autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def start(
        self, command: Sequence[str], environment: Mapping[str, str], **pipes: IO[Any] | int
    ) -> subprocess.Popen[str]:
        """A program in a group of its own, which ends with us at the latest."""
        enlisted = ["sh", "-c", ENLIST, str(self.folder), *command]
        return subprocess.Popen(enlisted, env=environment, text=True, start_new_session=True, **pipes)  # type: ignore[call-overload]

    def end(self, program: subprocess.Popen[str], how: signal.Signals) -> None:
        """A program and all that it started, however they take it."""
        for sign in (how, signal.SIGKILL):
            try:
                os.killpg(program.pid, sign)
                program.wait(SECONDS_TO_STOP)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        program.wait()
        # Its number may soon be another's.
        (self.folder / "running" / str(program.pid)).unlink(missing_ok=True)

    def _postgresql(self, program: str, *arguments: str) -> None:
        command = [*self._as(), str(self.binaries / program), "-D", str(self.folder / "pg"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
        if done.returncode:
            raise NoOdoo(f"{done.stdout}{done.stderr}\nThis failed: {' '.join(command)}")

    def _keep(self) -> subprocess.Popen[str]:
        keeper = subprocess.Popen(
            ["sh", "-c", KEEP, "sh", str(self.binaries), str(self.folder), " ".join(self._as())],
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # Ctrl-C is for us.
            start_new_session=True,
        )
        assert keeper.stdout is not None
        said = keeper.stdout.readline()
        if said != "ready\n":
            raise NoOdoo(f"PostgreSQL from {self.binaries} did not start:\n{said}{keeper.stdout.read()}")
        return keeper

    def _as(self) -> tuple[str, ...]:
        return AS_NOBODY if is_root() else ()
