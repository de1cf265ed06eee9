"""Others' syncs, each installed into an environment of its own with pinned versions, and driven by its own command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from bench.peers.run import Run

HERE = Path(__file__).parent


def install(name: str, cache: Path) -> Path:
    """The folder of its commands. Made once: what is pinned may change, and then it is made anew."""
    pinned = (HERE / f"{name}.txt").read_text(encoding="utf-8")
    home = cache / name
    done = home / "installed.txt"
    if not done.exists() or done.read_text(encoding="utf-8") != pinned:
        _run([sys.executable, "-m", "venv", "--clear", str(home)])
        _run([str(home / "bin" / "pip"), "install", "-q", "-r", str(HERE / f"{name}.txt")])
        done.write_text(pinned, encoding="utf-8")
    return home / "bin"


def elsewhere(run: Run) -> Mapping[str, str]:
    """What sends a command to the stand-in, and past every proxy."""
    return {"PYTHONPATH": str(HERE / "host"), "STAND_IN": run.address, "NO_PROXY": "*"}


def ask(run: Run, command: list[str]) -> str:
    """What one of its commands prints, before anything is measured."""
    return _run(command, {**os.environ, **elsewhere(run)})


def _run(command: list[str], env: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, env=env)  # noqa: S603
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout[-2_000:]}{done.stderr[-2_000:]}")
    return done.stdout
