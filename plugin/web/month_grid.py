"""A month as whole weeks, Monday to Sunday."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_NAME = re.compile(r"(\d{4})-(\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month, by its first day; named like ``2026-11``."""

    first: date

    @classmethod
    def of(cls, day: date) -> Month:
        return cls(day.replace(day=1))

    @classmethod
    def named(cls, name: str) -> Month | None:
        """None where no month of ours goes by that name."""
        found = _NAME.fullmatch(name)
        if not found or not 2000 <= int(found[1]) < 2100 or not 1 <= int(found[2]) <= 12:
            return None
        return cls(date(int(found[1]), int(found[2]), 1))

    @property
    def name(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def before(self) -> Month:
        return Month.of(self.first - timedelta(days=1))

    @property
    def following(self) -> Month:
        return Month.of(self.first + timedelta(days=32))

    @property
    def days(self) -> Iterator[date]:
        """Every day of the weeks that the month touches."""
        day = self.first - timedelta(days=self.first.weekday())
        while day < self.following.first or day.weekday():
            yield day
            day += timedelta(days=1)

    def __contains__(self, day: date) -> bool:
        return (day.year, day.month) == (self.first.year, self.first.month)
