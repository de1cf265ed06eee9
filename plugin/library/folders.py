"""Where the content that ships with us lies: inside the installed package, or beside it in a bare checkout."""

from __future__ import annotations

from importlib import resources
from importlib.util import find_spec
from pathlib import Path


def shipped_folder() -> Path:
    if find_spec("plugin.meeting_templates") is not None:
        return Path(str(resources.files("plugin.meeting_templates")))
    return Path(__file__).parents[2] / "meeting_templates"
