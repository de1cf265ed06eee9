"""The question that a report answers, and what it can be narrowed by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute

from plugin.domain.conversion import Period
from plugin.store.tables import CrmOwner, CrmPipeline, Deal

# When a report of a day is asked for.
_LAST_SECOND = time(23, 59, 59, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Question:
    """Which cohorts: deals that entered a stage in ``period``, seen as of ``as_of``, narrowed by what is not None.

    ``pipeline`` and ``owner`` are names as the CRM shows them, ``persona`` is a key; ``horizon`` is in days.
    """

    period: Period
    as_of: datetime
    horizon: int = 90
    pipeline: str | None = None
    owner: str | None = None
    persona: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """What a question can be narrowed by, each in alphabetical order; personas by their keys."""

    pipelines: tuple[str, ...]
    owners: tuple[str, ...]
    personas: tuple[str, ...]
    sources: tuple[str, ...]


def deals_asked(question: Question) -> list[ColumnElement[bool]]:
    """The deals that a question is narrowed to, as conditions on ``deal``; none where it takes all of them."""
    conditions: list[ColumnElement[bool]] = []
    if question.owner is not None:
        conditions.append(Deal.owner_id.in_(select(CrmOwner.id).where(CrmOwner.name == question.owner)))
    if question.pipeline is not None:
        conditions.append(Deal.pipeline_id.in_(select(CrmPipeline.id).where(CrmPipeline.label == question.pipeline)))
    for column, text in ((Deal.persona_key, question.persona), (Deal.source, question.source)):
        if text is not None:
            conditions.append(column == text)
    return conditions


def in_period(instant: InstrumentedAttribute[Any], question: Question) -> list[ColumnElement[bool]]:
    """The instant lies in the question's period, and is known by its as-of instant."""
    conditions = [instant <= question.as_of]
    if question.period.start:
        conditions.append(instant >= question.period.start)
    if question.period.end:
        conditions.append(instant < question.period.end)
    return conditions


def end_of(day: date) -> datetime:
    """The instant at which a report sees a day of the UTC calendar."""
    return datetime.combine(day, _LAST_SECOND)
