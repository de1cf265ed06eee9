"""Runs the command line in this process, as the console script does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from plugin.app import main


class Said(NamedTuple):
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """``run("db", "upgrade")``: in a data folder that is new for each test."""
    monkeypatch.setenv("PARCOURS_HOME", str(tmp_path / "home"))

    def command(*words: str) -> Said:
        monkeypatch.setattr("sys.argv", ["parcours", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return Said(int(ended.value.code or 0), printed.out, printed.err)

    return command
