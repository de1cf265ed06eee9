"""A full sync and an incremental one from a fake HubSpot with its real limits, against the least that they could take.

``python -m bench.hubspot 10000 100000`` prints a table. Latency is 60 ms a request; limits are 100 requests in ten
seconds and five searches in one. Beside us: HubSpot's own client (``get_all`` with history, no contacts' names), and a
plain session that pages without any care for limits.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import click
import hubspot
import requests

from crm_adapters.hubspot import HubSpot
from crm_adapters.port import ConnectionSettings
from plugin.domain.journey import Journey
from plugin.library.journeys import load_journey, shipped_journeys
from plugin.store import migrate
from plugin.store.database import Database
from plugin.store.recomputing import Recomputing
from plugin.store.tables import Connection
from plugin.sync.pull import Pull
from tests.adapters.hubspot_account import STAGES, FilledHubSpot
from tests.fakes.hubspot import FakeHubSpot
from tests.fakes.hubspot.faults import Limits

JOURNEY: Journey = load_journey(shipped_journeys()["figure8"])
LATENCY = 0.06
CHANGES = 1_000


def serve(deals: int) -> None:
    """In a process of its own, so that its memory and its work are not ours. Commands come in by lines."""
    server = FakeHubSpot()
    with server:
        filled = FilledHubSpot(server)
        filled.fill(STAGES, (), ())
        account = server.account
        account.clock = lambda: datetime.now(UTC)
        chance = Random(5)
        for n in range(deals):
            at = datetime.now(UTC) - timedelta(days=chance.randint(30, 400))
            record = account.put("deals", {"dealname": f"Deal {n}", "pipeline": "new", "dealstage": "lead"}, at=at)
            for stage in ("call", "parked", "won")[: chance.randint(0, 3)]:
                at += timedelta(days=chance.randint(1, 9))
                account.put("deals", {"dealstage": stage}, record.id, at=at)
            account.touch(record, at)
            if n % 4 == 0:
                contact = account.put("contacts", {"firstname": "Bo", "lastname": str(n)})
                account.associate("deals", record.id, "contacts", contact.id)
        account.events.clear()
        print(server.address, server.token, flush=True)
        for line in sys.stdin:
            if line.strip() == "limits":
                server.limits, server.faults.latency = Limits(), LATENCY
            elif line.strip() == "change":
                for record in list(account.records["deals"].values())[:CHANGES]:
                    account.put("deals", {"dealname": "Changed"}, record.id)
            counted = sum(1 for _ in server.requests)
            server.requests.clear()
            print(counted, server.limits.refused, flush=True)


def ours(address: str, token: str, url: str) -> None:
    """One pull, as a worker does it; prints seconds and the most memory."""
    database = Database.at(url)
    values = {"token": token, "host": address}
    adapter = HubSpot.from_settings(ConnectionSettings("hub", values))
    with database.writing.begin() as session:
        if session.get(Connection, 1) is None:
            session.add(Connection(name="hub", kind="hubspot", settings={}, created_at=datetime.now(UTC)))
    started = time.perf_counter()
    folder = Path(url.removeprefix("sqlite:///")).parent / "cohorts"
    Pull(Recomputing(database, JOURNEY, folder, lambda: datetime.now(UTC)), 1, adapter, {}).run()
    _say(started)


def official(address: str, token: str, _url: str) -> None:
    client = hubspot.HubSpot(access_token=token, host=address, base_url=address)
    started = time.perf_counter()
    client.crm.deals.get_all(properties_with_history=["dealstage"])
    _say(started)


def plain(address: str, token: str, _url: str) -> None:
    session, after = requests.Session(), ""
    session.headers["Authorization"] = f"Bearer {token}"
    started = time.perf_counter()
    while True:
        asked = {"limit": 50, "propertiesWithHistory": "dealstage", "associations": "contacts"}
        answer = session.get(f"{address}/crm/objects/2026-09/deals", params=asked | ({"after": after} if after else {}))
        answer.raise_for_status()
        after = answer.json().get("paging", {}).get("next", {}).get("after", "")
        if not after:
            break
    _say(started)


def _say(started: float) -> None:
    memory = Path("/proc/self/status").read_text(encoding="ascii").partition("VmHWM:")[2].split()[0]
    print(round(time.perf_counter() - started, 1), int(memory) // 1000)


WAYS = {"ours": ours, "official": official, "plain": plain}


@click.command()
@click.argument("words", nargs=-1, required=True)
def main(words: tuple[str, ...]) -> None:
    if words[0] == "serve":
        serve(int(words[1]))
    elif words[0] in WAYS:
        WAYS[words[0]](*words[1:])
    else:
        for size in words:
            _measure(int(size))


def _measure(size: int) -> None:
    server = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "bench.hubspot", "serve", str(size)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    if server.stdin is None or server.stdout is None:
        raise SystemExit("no pipes")
    address, token = server.stdout.readline().split()

    def tell(word: str) -> tuple[int, int]:
        print(word, file=server.stdin, flush=True)
        counted, refused = server.stdout.readline().split()  # type: ignore[union-attr]
        return int(counted), int(refused)

    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bench.sqlite3"
        migrate.upgrade(url)
        least = -(-size // 50) + 4
        for name, way, before, floor in (
            ("full, ours", "ours", "limits", least),
            (f"{CHANGES:,} changes, ours", "ours", "change", -(-CHANGES // 200) + -(-CHANGES // 50) + 2),
            ("full, HubSpot's client", "official", "limits", least),
            ("full, a plain session", "plain", "limits", least),
        ):
            tell(before)
            done = subprocess.run(  # noqa: S603
                [sys.executable, "-m", "bench.hubspot", way, address, token, url], capture_output=True, text=True
            )
            asked, refused = tell("count")
            seconds, memory = done.stdout.split() if done.returncode == 0 else ("stopped", "–")
            cells = (
                f"{size:,}",
                name,
                f"{asked:,}",
                f"{asked / floor:.2f}",
                seconds,
                f"{asked / 10:.0f}",
                memory,
                refused,
            )
            click.echo(f"| {' | '.join(map(str, cells))} |")
            time.sleep(11)
    server.stdin.close()
    server.terminate()


if __name__ == "__main__":
    main()
