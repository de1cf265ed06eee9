"""A believable company, drawn from a seed and written as a folder of CSV files.

Its names, quotes and habits are data (the YAML files here); ``walk`` holds the rules of how a buyer moves.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from plugin.services.demo_company.company import make_deals
from plugin.services.demo_company.content import load_content
from plugin.services.demo_company.csv_files import write_folder

__all__ = ["write_demo_company"]


def write_demo_company(folder: Path, now: datetime, seed: int = 8, deals: int = 1200) -> None:
    """Write two years that end at ``now`` (aware); the same arguments give the same bytes."""
    content = load_content()
    write_folder(folder, content, make_deals(content, now, seed, deals))
