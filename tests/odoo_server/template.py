"""Odoo's database with our add-on and three users: made once for each state of the files, and kept."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dev import phase
from tests.databases import found_binaries
from tests.odoo_server.cluster import Cluster
from tests.odoo_server.install import HERE, Installation, alone, cache, draft, fingerprint
from tests.odoo_server.program import ADD_ONS, ROOT, add_ons, run

SEED = HERE / "seed.py"
# The code that makes it.
SOURCES = (SEED, HERE / "template.py", HERE / "program.py", HERE / "cluster.py")
DATABASE = "blank"
MODULES = ("crm", "calendar", "base_automation")
# The keys that it holds end after eighty days.
SECONDS_IT_LASTS = 60 * 86400
# Of this many states of the add-on: who goes from one branch to another finds theirs.
KEPT = 4


@contextmanager
def template(installation: Installation) -> Iterator[Path]:
    """A folder with a stopped cluster, to be copied while nobody else may take it away. Raises NoOdoo."""
    folder = cache() / f"database-{_fingerprint(installation)}"
    with alone("database"):
        if not _lasts(folder):
            _make(installation, folder)
        os.utime(folder)
        for old in sorted(cache().glob("database-????????????"), key=lambda path: -path.stat().st_mtime)[KEPT:]:
            shutil.rmtree(old, ignore_errors=True)
        yield folder


def _fingerprint(installation: Installation) -> str:
    files = sorted(path for path in ADD_ONS.rglob("*") if path.is_file() and path.suffix != ".pyc")
    parts = [part for file in (*files, *SOURCES) for part in (str(file.relative_to(ROOT)).encode(), file.read_bytes())]
    postgresql = subprocess.run([found_binaries() / "postgres", "--version"], capture_output=True, check=True)
    return fingerprint(installation.folder.name.encode(), postgresql.stdout, *parts)


def _lasts(folder: Path) -> bool:
    seed = folder / "seed.json"
    return seed.exists() and time.time() - seed.stat().st_mtime < SECONDS_IT_LASTS


def _make(installation: Installation, final: Path) -> None:
    modules = ",".join((*MODULES, *add_ons()))
    with phase(f"Making Odoo's database: {modules}") as show:
        cluster = Cluster()
        try:
            cluster.sql("postgres", f'CREATE DATABASE "{DATABASE}"')
            about = ("--load-language=en_US,fr_FR", "--without-demo=True", "--stop-after-init")
            run(installation, cluster, DATABASE, f"--init={modules}", *about)
            show.detail = "users, keys and pages"
            said, _noted = run(installation, cluster, DATABASE, "shell", "--no-http", given=SEED.read_text())
            cluster.stop()
            with draft("database") as folder:
                for name in ("pg", "data"):
                    shutil.copytree(cluster.folder / name, folder / name)
                (folder / "seed.json").write_text(next(line for line in said.splitlines() if line.startswith("{")))
                shutil.rmtree(final, ignore_errors=True)
                folder.rename(final)
        finally:
            cluster.close()
