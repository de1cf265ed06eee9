"""The mutual plan: the dated steps up to the decision, and who does what."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum


class Side(StrEnum):
    """Whose step it is."""

    US = "us"
    THEM = "them"


def days_late(due: Iterable[date], today: date) -> int:
    """By how many days the oldest of the steps that are not done is late; 0 where none is. A step has its whole day."""
    return max((0, *((today - day).days for day in due)))
