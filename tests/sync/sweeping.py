"""What sweeps of kills need: a program that forks for each run, a process that dies at a step, copies of a database.

A start of Python for each run would take longer than the runs. The program imports once. A line that it reads is a run:
what it is called with, and its fatal step, as a JSON list; a line that it answers with is the exit status of that run.
A run that nobody kills it does itself, so that later ones find what was compiled for it; between runs it has neither a
connection nor a thread that a child could inherit.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import event, make_url
from sqlalchemy.engine import Engine

from tests.databases import Databases, PostgresqlDatabases

NEVER = 0
# Every step on the engine that most have; on the other, where a run takes longer, one of so many.
EVERY = {"sqlite": 1, "postgresql": 5}


class Program:
    """The program ``module`` while it runs; to call it is to have it do a run."""

    def __init__(self, module: str) -> None:
        self.running = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
            # The threads of the numerical library are threads too.
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        )

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_error: object) -> None:
        self.running.communicate()

    def __call__(self, *given: object, fatal: int = NEVER) -> bool:
        """Whether the run came to its end; False where it was killed."""
        assert self.running.stdin
        assert self.running.stdout
        print(json.dumps([*given, fatal]), file=self.running.stdin, flush=True)
        status = int(self.running.stdout.readline() or 1)
        assert status in (0, -signal.SIGKILL), "the run failed: see what it wrote to stderr"
        return status == 0


def serve(run: Callable[..., None]) -> None:
    """Be the program."""
    for line in sys.stdin:
        given = json.loads(line)
        status = _status(run, given) if given[-1] == NEVER else _status_of_a_child(run, given)
        sys.stdout.write(f"{status}\n")
        sys.stdout.flush()


def _status(run: Callable[..., None], given: list[Any]) -> int:
    try:
        run(*given)
    except BaseException:  # noqa: BLE001 (whatever it is, the test must hear of it)
        traceback.print_exc()
        return 1
    return 0


def _status_of_a_child(run: Callable[..., None], given: list[Any]) -> int:
    assert threading.active_count() == 1
    # Else the child would go through all that it inherits in search of garbage, and so copy it.
    gc.collect()
    gc.freeze()
    child = os.fork()
    if child == 0:
        os._exit(_status(run, given))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def die_at(fatal: int) -> Callable[[], None]:
    """Have this process killed (SIGKILL) at a step. A step is a statement that is no SELECT, a commit (each when it is
    about to be made), and a call of what this returns."""
    steps = count(1)

    def step() -> None:
        if next(steps) == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    @event.listens_for(Engine, "before_cursor_execute")
    def statement(_connection: Any, _cursor: Any, text: str, *_rest: Any) -> None:
        if not text.lstrip().upper().startswith("SELECT"):
            step()

    @event.listens_for(Engine, "commit")
    def commit(_connection: Any) -> None:
        step()

    return step


def copy_of(databases: Databases, url: str) -> str:
    """Another database that holds what this one does. Nobody may be connected to it."""
    if isinstance(databases, PostgresqlDatabases):
        return replace(databases, template=make_url(url).database).make(migrated=True)
    copy = databases.make(migrated=False)
    shutil.copyfile(str(make_url(url).database), str(make_url(copy).database))
    return copy
