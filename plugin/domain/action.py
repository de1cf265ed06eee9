"""Actions of the teams on a stage's objective: whose they are, of what kind, when, and how far they are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Team(StrEnum):
    MARKETING = "marketing"
    SALES = "sales"
    AFTER_SALES = "after_sales"


class ActionKind(StrEnum):
    CONTENT = "content"
    CAMPAIGN = "campaign"
    EVENT = "event"
    MEETING = "meeting"
    TRAINING = "training"
    TOOL = "tool"


class ActionStatus(StrEnum):
    """In the order of the board's columns."""

    IDEA = "idea"
    PLANNED = "planned"
    DOING = "doing"
    DONE = "done"
    STOPPED = "stopped"


# What there is still something to do for.
UNFINISHED = frozenset({ActionStatus.IDEA, ActionStatus.PLANNED, ActionStatus.DOING})
# What somebody has decided to do: an idea reminds nobody.
DECIDED = frozenset({ActionStatus.PLANNED, ActionStatus.DOING})


@dataclass(frozen=True, slots=True)
class Window:
    """Whole days after a deal entered the stage, both included."""

    first: int
    last: int

    def late(self, days: int) -> int | None:
        """How many days late one is on that day; 0 within the window, None before it."""
        return None if days < self.first else max(0, days - self.last)
