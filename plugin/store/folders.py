"""Where the migrations lie: inside the installed package, or beside it in a bare checkout."""

from __future__ import annotations

from importlib import resources
from importlib.util import find_spec
from pathlib import Path


def migrations_folder() -> Path:
    if find_spec("plugin.migrations") is not None:
        return Path(str(resources.files("plugin.migrations")))
    return Path(__file__).parents[2] / "migrations"
