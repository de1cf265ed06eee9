"""A sync that is killed anywhere and started again leaves what an undisturbed one leaves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from plugin.store.database import Database
from plugin.store.tables import Deal, StageMoveFact
from tests.companies import day, write_company
from tests.databases import Databases
from tests.sync.test_pull import count, everything_derived

DEALS = 1_200  # more than two pages
STEP = 4


def run(url: str, folder: Path, fatal: int) -> int:
    command = [sys.executable, "-m", "tests.sync.sync_and_die", url, str(folder), str(fatal)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert done.returncode in (0, -9), done.stderr
    return done.returncode


def state(url: str) -> tuple[object, ...]:
    database = Database.at(url)
    try:
        return count(database, Deal), count(database, StageMoveFact), everything_derived(database)
    finally:
        database.close()


def test_killed_at_any_statement_and_started_again_it_ends_like_an_undisturbed_run(
    databases: Databases, tmp_path: Path
) -> None:
    stages = ["lead", "call", "offer", "lead", "won"]
    moves = {f"d{n}": [(stages[m], day(1 + m * 3, n % 24)) for m in range(n % len(stages) + 1)] for n in range(DEALS)}
    folder = write_company(tmp_path / "company", moves)
    undisturbed = databases.make(migrated=True)
    assert run(undisturbed, folder, 10**9) == 0
    expected = state(undisturbed)

    killed = databases.make(migrated=True)
    fatal, kills = 1, 0
    while run(killed, folder, fatal) != 0:
        kills += 1
        fatal += STEP
    assert kills >= 5
    assert state(killed) == expected
