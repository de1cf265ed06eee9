"""How Odoo is called: on a database of a cluster, with our add-ons beside its own."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from tests.odoo_server.cluster import USER, Cluster
from tests.odoo_server.install import HERE, Installation, NoOdoo

ROOT = HERE.parents[1]
ADD_ONS = ROOT / "crm_adapters/odoo/addon"


def add_ons() -> list[str]:
    return sorted(manifest.parent.name for manifest in ADD_ONS.glob("*/__manifest__.py"))


def command(installation: Installation, folder: Path, database: str, *arguments: str) -> list[str]:
    """A first argument without dashes is a command of Odoo's other than to serve."""
    first, rest = ((), arguments) if not arguments or arguments[0].startswith("-") else (arguments[:1], arguments[1:])
    paths = [installation.packages / "odoo/addons", *([ADD_ONS] if add_ons() else [])]
    return [
        *(str(installation.python), str(installation.program), *first),
        f"--database={database}",
        f"--db_host={folder}",
        f"--db_user={USER}",
        f"--data-dir={folder / 'data'}",
        f"--addons-path={','.join(map(str, paths))}",
        "--http-interface=127.0.0.1",
        # Nothing is sent, and nothing happens by itself.
        "--smtp=127.0.0.1",
        "--smtp-port=9",
        "--max-cron-threads=0",
        "--no-database-list",
        *rest,
    ]


def environment(installation: Installation, folder: Path) -> dict[str, str]:
    """Without the settings of the person who runs us, who may have an Odoo of their own."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "TMPDIR")}
    ours = {"HOME": str(folder), "LANG": "C.UTF-8", "TZ": "UTC", "PYTHONDONTWRITEBYTECODE": "1"}
    return {**kept, **ours, "PYTHONPATH": str(installation.packages)}


def run(
    installation: Installation, cluster: Cluster, database: str, *arguments: str, given: str = ""
) -> tuple[str, str]:
    """An Odoo until it ends by itself: what it said and what it noted. Raises NoOdoo with the end of both."""
    odoo = cluster.start(
        command(installation, cluster.folder, database, *arguments),
        environment(installation, cluster.folder),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        said, noted = odoo.communicate(given)
    finally:
        cluster.end(odoo, signal.SIGKILL)
    if odoo.returncode:
        raise NoOdoo("\n".join([*(said + noted).splitlines()[-80:], f"\nThis failed: odoo {' '.join(arguments)}"]))
    return said, noted
