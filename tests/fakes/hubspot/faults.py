"""What may go wrong between two servers, switched on by a test."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from flask import Request


@dataclass
class Fault:
    """``what`` happens to the next ``times`` requests that ``chosen`` takes, behind the first ``after`` of them.

    ``status``: an answer with this status; ``reset``: the connection is cut before anything is done; ``lost``: it is
    cut after the request was carried out; ``truncated``: half of the JSON; ``html``: a page with status 200;
    ``empty``: ``{}``; ``slow``: so many ``seconds`` pass before the answer; ``drip``: it comes a byte at a time.
    """

    what: str
    times: int = 1
    after: int = 0
    status: int = 503
    seconds: float = 0.0
    chosen: Callable[[Request], bool] = lambda _request: True


@dataclass
class Faults:
    waiting: list[Fault] = field(default_factory=list)
    latency: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def add(self, fault: Fault) -> None:
        with self._lock:
            self.waiting.append(fault)

    def next(self, request: Request) -> Fault | None:
        if self.latency:
            time.sleep(self.latency)
        with self._lock:
            for fault in self.waiting:
                if not fault.chosen(request):
                    continue
                if fault.after:
                    fault.after -= 1
                    continue
                fault.times -= 1
                if fault.times <= 0:
                    self.waiting.remove(fault)
                return fault
        return None


@dataclass
class Limits:
    """HubSpot's quotas: requests in ten seconds (rolling), searches in a second, calls in a day."""

    ten_seconds: int = 100
    searches: int = 5
    daily: int = 250_000
    clock: Callable[[], float] = time.monotonic
    used: int = 0
    refused: int = 0
    _general: list[float] = field(default_factory=list)
    _searches: list[float] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def take(self, searching: bool) -> str | None:
        """The name of the policy that refuses this request; None where it may pass."""
        with self._lock:
            now = self.clock()
            self._general = [at for at in self._general if now - at < 10]
            self._searches = [at for at in self._searches if now - at < 1]
            if self.used >= self.daily:
                return self._refuse("DAILY")
            if searching and len(self._searches) >= self.searches:
                return self._refuse("SECONDLY")
            if not searching and len(self._general) >= self.ten_seconds:
                return self._refuse("TEN_SECONDLY_ROLLING")
            self.used += 1
            (self._searches if searching else self._general).append(now)
            return None

    def _refuse(self, policy: str) -> str:
        self.refused += 1
        return policy

    def headers(self, searching: bool) -> dict[str, str]:
        daily = {
            "X-HubSpot-RateLimit-Daily": str(self.daily),
            "X-HubSpot-RateLimit-Daily-Remaining": str(self.daily - self.used),
        }
        if searching:
            return daily
        return daily | {
            "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
            "X-HubSpot-RateLimit-Max": str(self.ten_seconds),
            "X-HubSpot-RateLimit-Remaining": str(max(0, self.ten_seconds - len(self._general))),
        }
