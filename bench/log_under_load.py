"""How long a salesperson waits who logs a meeting on a phone while ten others work: see bench/README.md."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

from playwright.sync_api import Page, sync_playwright

OTHERS = 10
SECONDS = 40
# A person reads and types between two requests; this is a hasty one.
PAUSE = 1.5
PARCOURS = str(Path(sys.executable).parent / "parcours")

Times = defaultdict[str, list[float]]


class Other:
    """Somebody else at work: every request is timed, in milliseconds."""

    def __init__(self, base: str, times: Times) -> None:
        self.base, self.times = base, times
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()))
        page = self.get("sign-in page", "/sign-in")
        self.post("sign in", "/sign-in/demo", page, {"role": "salesperson", "next": "/"})

    def get(self, kind: str, path: str) -> str:
        return self._timed(kind, path, None)

    def post(self, kind: str, path: str, page: str, values: dict[str, str]) -> str:
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        body = {"csrf_token": token[1] if token else "", **values}
        return self._timed(kind, path, urlencode(body).encode())

    def _timed(self, kind: str, path: str, body: bytes | None) -> str:
        began = time.perf_counter()
        text: str = self.opener.open(self.base + path, body, timeout=30).read().decode()
        self.times[kind].append((time.perf_counter() - began) * 1000)
        return text

    def work(self, until: float, number: int) -> None:
        while time.monotonic() < until:
            deals = re.findall(r"/deals/([0-9a-f]{32})\"", self.get("my day", "/") + self.get("deals", "/deals"))
            path = f"/deals/{deals[(number * 7) % len(deals)]}"
            for kind, where in (("deal", path), ("prepare", f"{path}/prepare/discovery")):
                self.get(kind, where)
                time.sleep(PAUSE)
            page = self.get("log form", f"{path}/log/new")
            values = dict(re.findall(r'name="(key|revision|starts_at)"[^>]*value="([^"]*)"', page))
            values |= {"outcome": "held", "progress": "stayed", "note": "A good hour.", "next_in": ""}
            self.post("draft", f"{path}/log/new/draft", page, values)
            time.sleep(PAUSE)
            self.post("save and see the deal", f"{path}/log/new", page, values)
            time.sleep(PAUSE)
            number += 1


def phone(page: Page, base: str, until: float) -> list[float]:
    """Six taps and a sentence, over and over; milliseconds from opening the log to the word that it is saved."""
    page.goto(f"{base}/sign-in")
    page.locator("form:has(input[value=salesperson]) button").click()
    page.goto(f"{base}/deals")
    deals = page.eval_on_selector_all("a.deal-link", "links => links.map(one => one.getAttribute('href'))")
    taken = []
    while time.monotonic() < until:
        began = time.perf_counter()
        page.goto(f"{base}{deals[len(taken) % len(deals)]}/log/new")
        page.locator(".said .chip input").first.check()
        page.locator(".said .words").first.fill("We lose a day every Monday.")
        for group in ("felt", "effect"):
            page.locator(f"input[name={group}]").first.check()
        page.get_by_role("button", name=re.compile("Save|Enregistrer")).click()
        page.locator(".flash").wait_for()
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def summary(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    at = {f"p{share}": ordered[min(len(ordered) * share // 100, len(ordered) - 1)] for share in (50, 95, 99)}
    return {
        "count": len(ordered),
        "mean": round(statistics.fmean(ordered), 1),
        **{k: round(v, 1) for k, v in at.items()},
    }


def serve(home: str) -> tuple[subprocess.Popen[bytes], str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"PARCOURS_HOME": home, "PARCOURS_PORT": str(port)}
    running = subprocess.Popen([PARCOURS, "demo"], env=environment, stdout=subprocess.DEVNULL)  # noqa: S603 (our own)
    base = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            build_opener().open(f"{base}/sign-in", timeout=2).read()
            break
        except (URLError, OSError):
            time.sleep(0.2)
    return running, base


def main() -> None:
    times: Times = defaultdict(list)
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        running, base = serve(home)
        try:
            others = [Other(base, times) for _ in range(OTHERS)]
            times.clear()
            until = time.monotonic() + SECONDS
            threads = [threading.Thread(target=one.work, args=(until, n)) for n, one in enumerate(others)]
            for thread in threads:
                thread.start()
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            taken = phone(browser.new_page(viewport={"width": 360, "height": 780}), base, until)
            for thread in threads:
                thread.join()
        finally:
            running.kill()
    every = [value for values in times.values() for value in values]
    report = {kind: summary(values) for kind, values in sorted(times.items())}
    print(
        json.dumps(
            {"milliseconds a request": {**report, "all": summary(every)}, "open to saved": summary(taken)}, indent=2
        )
    )


if __name__ == "__main__":
    main()
