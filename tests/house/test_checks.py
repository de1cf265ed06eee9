"""The linters find nothing: what ``python3 dev.py check`` says, a test says too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dev import CHECKS, ROOT


@pytest.mark.parametrize("name", ["lint", "format", "types"])
def test_the_linter_finds_nothing(name: str) -> None:
    program, *arguments = CHECKS[name]

    found = subprocess.run(
        [Path(sys.executable).with_name(program), *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert found.returncode == 0, found.stdout + found.stderr
