"""The server is killed (SIGKILL) while people log meetings: what it said it stored is stored, and all figures agree."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener
from uuid import uuid4

from sqlalchemy import select

from plugin.store.database import Database
from plugin.store.tables import DealStanding, MeetingLog
from tests.companies import day, write_company
from tests.ports import free_port

DEALS = 12
KILLS = 4
SCRIPT = str(Path(sys.executable).with_name("parcours"))


def parcours(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run([SCRIPT, *words], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def server(environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    running = subprocess.Popen([SCRIPT, "serve"], env=environment, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{environment['PARCOURS_PORT']}/sign-in"
    try:
        for _ in range(200):
            try:
                build_opener().open(address, timeout=5).read()
                break
            except URLError:
                time.sleep(0.1)
        yield running
    finally:
        running.kill()
        running.wait()


class Salesperson:
    """Signs in and logs meetings as the pages' own forms would."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.opener: OpenerDirector = build_opener(HTTPCookieProcessor(CookieJar()))

    def get(self, path: str) -> str:
        text: str = self.opener.open(self.base + path, timeout=10).read().decode()
        return text

    def post(self, path: str, page: str, **fields: str) -> str:
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert token
        body = urlencode({"csrf_token": token[1], **fields}).encode()
        text: str = self.opener.open(self.base + path, body, timeout=10).read().decode()
        return text

    def sign_in(self, email: str, password: str) -> None:
        self.post("/sign-in", self.get("/sign-in"), email=email, password=password, next="/deals")

    def log(self, deal: str, key: str, note: str) -> None:
        page = self.get(f"/deals/{deal}/log/new")
        values = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"[^>]*checked', page))
        values |= dict(re.findall(r'name="(starts_at)"[^>]*value="([^"]*)"', page))
        values |= {"outcome": "held", "progress": "stayed", "key": key, "revision": "0", "note": note}
        answer = self.post(f"/deals/{deal}/log/new", page, **values)
        assert "Saved" in answer


def test_whatever_the_server_confirmed_is_stored_once_however_often_it_is_killed(tmp_path: Path) -> None:
    environment = os.environ | {"PARCOURS_HOME": str(tmp_path / "home"), "PARCOURS_PORT": str(free_port())}
    folder = write_company(tmp_path / "company", {f"d{n}": [("lead", day(n + 1))] for n in range(DEALS)})
    said = parcours(environment, "user", "add", "ana@seller.example", "--role", "salesperson")
    password = said.split("First password:")[1].strip()
    parcours(environment, "connect", "csv", "company", str(folder))
    parcours(environment, "sync")
    confirmed: dict[str, str] = {}
    for round_ in range(KILLS):
        with server(environment) as running:
            ana = Salesperson(f"http://127.0.0.1:{environment['PARCOURS_PORT']}")
            ana.sign_in("ana@seller.example", password)
            deals = sorted(set(re.findall(r"/deals/([0-9a-f]{32})", ana.get("/deals"))))
            assert len(deals) == DEALS
            for number, deal in enumerate(deals):
                if number == 3 + round_ * 2:
                    # In the middle of the next request, which may or may not be answered.
                    subprocess.Popen(["sh", "-c", f"sleep 0.0{round_}; kill -9 {running.pid}"])
                key = uuid4().hex
                try:
                    ana.log(deal, key, f"note {key}")
                except (OSError, HTTPException, AssertionError):
                    if running.poll() is None and number < 3:
                        raise
                    break
                confirmed[key] = f"note {key}"
    assert len(confirmed) >= KILLS
    stored = everything(environment)
    assert confirmed.items() <= stored[0].items()
    parcours(environment, "rebuild")
    assert everything(environment) == stored


def everything(environment: dict[str, str]) -> tuple[dict[str, str], list[tuple[object, ...]]]:
    """The logs by key, and what is derived."""
    database = Database.at(f"sqlite:///{environment['PARCOURS_HOME']}/parcours.sqlite3")
    with database.reading() as session:
        logs = dict(session.execute(select(MeetingLog.key, MeetingLog.note)).all())
        columns = DealStanding.deal_id, DealStanding.stage, DealStanding.state, DealStanding.since
        standings = [tuple(row) for row in session.execute(select(*columns).order_by(DealStanding.deal_id))]
    database.close()
    return logs, standings
