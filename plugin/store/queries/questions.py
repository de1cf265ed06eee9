"""The question that a report answers, and what it can be narrowed by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from plugin.domain.conversion import Period

# When a report of a day is asked for.
_LAST_SECOND = time(23, 59, 59, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Question:
    """Which cohorts: deals that entered a stage in ``period``, seen as of ``as_of``, narrowed by what is not None.

    ``pipeline`` and ``owner`` are names as the CRM shows them; ``horizon`` is in days. ``persona`` is one of the CRM's
    words, or all of them that mean the same person.
    """

    period: Period
    as_of: datetime
    horizon: int = 90
    pipeline: str | None = None
    owner: str | None = None
    persona: str | tuple[str, ...] | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """What a question can be narrowed by, each in alphabetical order."""

    pipelines: tuple[str, ...]
    owners: tuple[str, ...]
    personas: tuple[str, ...]
    sources: tuple[str, ...]


def end_of(day: date) -> datetime:
    """The instant at which a report sees a day of the UTC calendar."""
    return datetime.combine(day, _LAST_SECOND)
