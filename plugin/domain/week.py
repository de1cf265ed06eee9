"""ISO weeks: Monday to Sunday, named like ``2026-W48``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from plugin.domain.conversion import Period

_NAME = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)
SEVEN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Week:
    """A week, by its Monday."""

    monday: date

    @classmethod
    def of(cls, day: date) -> Week:
        return cls(day - timedelta(days=day.weekday()))

    @classmethod
    def named(cls, name: str) -> Week | None:
        """None where no week goes by that name, or the calendar has not the whole of it."""
        found = _NAME.fullmatch(name)
        try:
            return cls(date.fromisocalendar(int(found[1]), int(found[2]), 1)) if found and found[1] < "9999" else None
        except ValueError:
            return None

    @property
    def name(self) -> str:
        year, number, _ = self.monday.isocalendar()
        return f"{year:04}-W{number:02}"

    @property
    def number(self) -> int:
        return self.monday.isocalendar().week

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    @property
    def period(self) -> Period:
        return Period(self.monday, self.sunday)

    @property
    def before(self) -> Week | None:
        """None for the calendar's first week."""
        return Week(self.monday - SEVEN) if self.monday - date.min >= SEVEN else None

    @property
    def following(self) -> Week:
        return Week(self.monday + SEVEN)
