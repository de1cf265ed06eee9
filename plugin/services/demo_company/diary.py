"""What the salespeople have planned: nobody is in two meetings at once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

ROOM = timedelta(minutes=90)
LATER = timedelta(minutes=30)


@dataclass
class Diary:
    taken: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    def take(self, owner: str, starts_at: datetime) -> bool:
        """Whether the owner is free then; if so, they are not any more."""
        free = all(abs(starts_at - other) >= ROOM for other in self.taken[owner])
        if free:
            self.taken[owner].append(starts_at)
        return free

    def take_from(self, owner: str, starts_at: datetime, now: datetime) -> datetime:
        """The first half hour from ``starts_at`` on that is still to come and free."""
        while starts_at <= now or not self.take(owner, starts_at):
            starts_at += LATER
        return starts_at
