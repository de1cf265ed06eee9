"""What can be said of a meeting with one tap."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

# Nobody meets the same buyer twice within so few hours: what is that near is the same meeting.
SAME_MEETING = timedelta(hours=3)


class MeetingState(StrEnum):
    """``moved``: it was put off, and the new date is a meeting of its own."""

    PLANNED = "planned"
    HELD = "held"
    NO_SHOW = "no_show"
    MOVED = "moved"
    CANCELLED = "cancelled"


class Feeling(StrEnum):
    """How the buyer felt, from worst to best."""

    WORRIED = "worried"
    DOUBTFUL = "doubtful"
    NEUTRAL = "neutral"
    CONFIDENT = "confident"
    KEEN = "keen"


class Effect(StrEnum):
    """Every meeting is a moment of truth: what it did to the relation."""

    STRENGTHENED = "strengthened"
    WEAKENED = "weakened"
    BROKE = "broke"
