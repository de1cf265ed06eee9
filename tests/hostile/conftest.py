"""A company whose CRM is full of hostile words, on both databases, and somebody who works with it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugin.services.connections import connect, sync
from plugin.services.workspace import Workspace
from plugin.store.database import Database
from tests.companies import STAGES, day
from tests.hostile.portions import Portion, of_the_crm, portions
from tests.web.conftest import ana, anybody, app, clock, deal, library, max_, signed_in, workspace

__all__ = ["ana", "anybody", "app", "clock", "deal", "library", "max_", "signed_in", "workspace"]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database.at(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def hostile() -> list[Portion]:
    return portions()


@pytest.fixture
def company(workspace: Workspace, tmp_path: Path) -> Workspace:
    """Synced from a CRM in which everything goes by a hostile name."""
    folder = tmp_path / "hostile"
    write(folder)
    connect(workspace, "csv", "hostile", {"folder": str(folder)})
    sync(workspace, "hostile", lambda _name: lambda _stream, _read, _total: None)
    return workspace


def write(folder: Path) -> None:
    folder.mkdir()
    (folder / "stages.csv").write_text(STAGES, encoding="utf-8")
    rows = {
        "deals": [["id", "name", "company", "contact", "email", "source", "persona", "pipeline", "owner"]],
        "stage_moves": [["deal", "stage", "at", "actor_kind", "actor"]],
        "touches": [["deal", "at", "channel", "campaign"]],
        "meetings": [["id", "deal", "starts_at", "state", "title"]],
        "words": [["meeting", "said_by", "text", "canvas", "evidence"]],
    }
    for number, (*of_deal, actor, title, words) in enumerate(of_the_crm()):
        key = f"h{number}"
        rows["deals"].append([key, *of_deal, "new", "ana@seller.example"])
        rows["stage_moves"] += [[key, stage, day(at), "person", actor] for stage, at in (("lead", 3), ("call", 12))]
        rows["touches"].append([key, day(5), "E-mail", actor])
        rows["meetings"].append([key, key, day(13), "held", title])
        rows["words"].append([key, title, words, "1", ""])
    for name, lines in rows.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(lines)
