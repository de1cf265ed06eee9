"""How much may be asked: token buckets, in memory. Each process counts by itself, so four of them let four times as
much through; the limits are there against a program that runs wild, not for billing."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from threading import Lock

# Above it, those that are full again are forgotten: they are as good as new.
MOST_BUCKETS = 10_000


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests in so many seconds, at once or spread."""

    name: str
    requests: int
    seconds: int = 60

    @property
    def policy(self) -> str:
        return f'"{self.name}";q={self.requests};w={self.seconds}'


@dataclass(frozen=True, slots=True)
class Count:
    """What is left of a limit; ``wait`` are the seconds until the next request is let through (0: now)."""

    limit: Limit
    left: int
    wait: int
    full_in: int

    @property
    def headers(self) -> dict[str, str]:
        """As the IETF's draft on rate limit headers has them."""
        told = {
            "RateLimit-Policy": self.limit.policy,
            "RateLimit": f'"{self.limit.name}";r={self.left};t={self.full_in}',
        }
        return told | ({"Retry-After": str(self.wait)} if self.wait else {})


class Buckets:
    """One limit for many askers, each by a key."""

    def __init__(self, limit: Limit, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._clock, self._lock = limit, clock, Lock()
        self._filled: dict[str, tuple[float, float]] = {}

    def take(self, key: str) -> Count:
        """Count a request. Where it is not let through, nothing is counted."""
        with self._lock:
            now, held = self._held(key)
            taken = held >= 1
            self._filled[key] = (now, held - 1 if taken else held)
            self._forget(now)
            return self._count(held - 1 if taken else held, blocked=not taken)

    def look(self, key: str) -> Count:
        """How much is left, with nothing counted."""
        with self._lock:
            _, held = self._held(key)
            return self._count(held, blocked=held < 1)

    def _held(self, key: str) -> tuple[float, float]:
        now = self._clock()
        since, held = self._filled.get(key, (now, float(self._limit.requests)))
        return now, min(self._limit.requests, held + (now - since) * self._rate)

    @property
    def _rate(self) -> float:
        return self._limit.requests / self._limit.seconds

    def _count(self, held: float, *, blocked: bool) -> Count:
        wait = max(1, ceil((1 - held) / self._rate)) if blocked else 0
        return Count(self._limit, int(held), wait, ceil((self._limit.requests - held) / self._rate))

    def _forget(self, now: float) -> None:
        if len(self._filled) > MOST_BUCKETS:
            self._filled = {
                key: (since, held)
                for key, (since, held) in self._filled.items()
                if held + (now - since) * self._rate < self._limit.requests
            }


@dataclass(frozen=True)
class Limits:
    """``reading`` and ``writing`` are a token's, ``failing`` an address's whose tokens nobody holds."""

    reading: Buckets = field(default_factory=lambda: Buckets(Limit("reading", 600)))
    writing: Buckets = field(default_factory=lambda: Buckets(Limit("writing", 60)))
    failing: Buckets = field(default_factory=lambda: Buckets(Limit("failing", 30)))
