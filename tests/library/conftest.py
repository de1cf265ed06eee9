"""The documentation's own example folder, which tests read, break and change."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dev import ROOT
from plugin.library.folders import shipped_folder
from plugin.library.templates import Library

EXAMPLE = re.compile(r"^`([\w/.]+)`\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples(page: str) -> dict[str, str]:
    """The example files of a page of the documentation: path to content."""
    return dict(EXAMPLE.findall((ROOT / "docs" / page).read_text(encoding="utf-8")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of templates with every fault-free file that the documentation shows."""
    for name, content in (examples("meeting-templates.md") | examples("journeys.md")).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def library() -> Library:
    return Library.of([shipped_folder()])
