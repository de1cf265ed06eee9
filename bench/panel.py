"""How long the panel within a CRM takes to answer where the database holds a million deals.

``python -m bench.panel bench-data/1000000``, on a copy of a folder that ``bench.conversion`` made: meetings are logged.
Requests go through the WSGI application without a network. Of each kind are printed quantiles in milliseconds, of all
the time and of the processor's (on a busy machine the rest is waiting), and the bytes of the largest answer.
"""

from __future__ import annotations

import statistics
import sys
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from random import Random
from time import perf_counter, process_time

import click
from cryptography.fernet import Fernet
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from bench.conversion.__main__ import JOURNEY
from bench.conversion.company import NOW
from plugin.embed import create_panel
from plugin.library.folders import shipped_folder
from plugin.library.templates import Library
from plugin.services.accounts import add_user
from plugin.services.launch import launch_token
from plugin.services.shelf import Shelf
from plugin.services.vault import Vault
from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from plugin.store import migrate
from plugin.store.cohorts.view import Cohorts
from plugin.store.database import Database
from plugin.store.tables import Connection, Deal, UserAccount
from tests.web.log_form import filled

EMAIL = "panel@example.com"
# The first ones fill caches, as they do in a process that has just begun.
WARMING = 3
ALL = "all of them"


class Panels:
    """Opens the panel of one deal after the other, as a person of HubSpot does."""

    def __init__(self, client: FlaskClient, workspace: Workspace) -> None:
        self.client, self.workspace = client, workspace
        self.times: defaultdict[str, list[float]] = defaultdict(list)
        self.computing: defaultdict[str, list[float]] = defaultdict(list)
        self.bytes: defaultdict[str, int] = defaultdict(int)
        self.token = ""

    def visit(self, deal: str) -> None:
        self._timed("the empty page", "GET", "")
        launch = launch_token(self.workspace, "bench", deal, EMAIL, "fr")
        opened = self._timed("open: token and deal", "POST", "/open", json={"launch": launch})
        self.token = opened.json["token"]
        self._timed("the deal again", "GET", "/deal")
        self._timed("kit", "GET", "/kit/framing")
        form = self._timed("log form", "GET", "/log")
        typed = filled(form.json["html"], {"note": "They count the stops now.", "felt": "keen"})
        self._timed("draft", "POST", "/log/new/draft", data=typed)
        self._timed("log stored", "POST", "/log/new", data=typed)

    def forget(self) -> None:
        for known in (self.times, self.computing, self.bytes):
            known.clear()

    def tell(self, deals: int) -> None:
        print(f"{deals:,} deals\n")
        print("| | median ms | 95 % | 99 % | of the processor, 95 % | bytes |\n|---|--:|--:|--:|--:|--:|")
        for kind in sorted(self.times, key=lambda kind: kind == ALL):
            figures = [statistics.median(self.times[kind]), *_late(self.times[kind]), _late(self.computing[kind])[0]]
            print(f"| {kind} | {' | '.join(f'{one:.1f}' for one in figures)} | {self.bytes[kind]:,} |")

    def _timed(self, kind: str, method: str, path: str, **more: object) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        began, computing = perf_counter(), process_time()
        answer = self.client.open(f"/bench{path}", method=method, headers=headers, **more)
        took, computed = perf_counter() - began, process_time() - computing
        for name in (kind, ALL):
            self.times[name].append(took * 1000)
            self.computing[name].append(computed * 1000)
            self.bytes[name] = max(self.bytes[name], len(answer.data))
        if answer.status_code != 200:
            sys.exit(f"{kind} answered {answer.status_code}")
        return answer


def _late(times: list[float]) -> tuple[float, float]:
    """What 95 and 99 of a hundred stay below."""
    cuts = statistics.quantiles(times, n=100)
    return cuts[94], cuts[98]


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True))
@click.option("--rounds", default=300, show_default=True, help="How many deals' panels are opened and logged in.")
def main(folder: Path, rounds: int) -> None:
    url = f"sqlite:///{folder.absolute() / 'bench.sqlite3'}"
    migrate.upgrade(url)
    database = Database.at(url)
    library = Library.of([shipped_folder()])
    workspace = Workspace(
        database,
        JOURNEY,
        Cohorts(JOURNEY, folder / "SQLite"),
        Shelf(library, database),
        (),
        lambda: NOW + timedelta(days=1),
        "x" * 40,
        vault=Vault([Fernet.generate_key().decode()]),
    )
    with database.writing.begin() as session:
        session.execute(update(Connection).values(kind="hubspot").where(Connection.name == "bench"))
        if session.scalar(select(UserAccount.id).filter_by(email=EMAIL)) is None:
            add_user(session, EMAIL, "Bench", Role.MANAGER, NOW)
        last = session.scalar(select(Deal.id).order_by(Deal.id.desc()).limit(1)) or 0
    panels, chance = Panels(create_panel(workspace, https=True).test_client(), workspace), Random(3)
    for number in range(WARMING + rounds):
        if number == WARMING:
            panels.forget()
        panels.visit(str(chance.randrange(last)))
    panels.tell(last)


if __name__ == "__main__":
    main()
