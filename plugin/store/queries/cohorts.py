"""Cohorts counted by SQL: one scan of the passages gives the day histograms that every figure is made from.

All of it is as of an instant: what is stored with a later one counts as not having happened. Instants are whole
microseconds, so a duration in whole days is one integer division, the same on SQLite and PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, func, literal, select, type_coerce
from sqlalchemy.orm import Session

from plugin.domain.conversion import Period
from plugin.domain.visits import Outcome, Passage
from plugin.store.tables import CrmOwner, CrmPipeline, Deal, DealStanding, Meeting, StagePassage
from plugin.store.types import DAY_MICROSECONDS, UtcInstant

P = StagePassage


@dataclass(frozen=True, slots=True)
class Question:
    """Which cohorts: deals that entered a stage in ``period``, seen as of ``as_of``, narrowed by what is not None.

    ``pipeline`` and ``owner`` are names as the CRM shows them; ``horizon`` is in days.
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
    """What a question can be narrowed by, each in alphabetical order."""

    pipelines: tuple[str, ...]
    owners: tuple[str, ...]
    personas: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StageDays:
    """So many deals of a stage's cohort: their outcome (or whether they left their first visit) after whole days."""

    stage: str
    outcome: str
    days: int
    deals: int


@dataclass(frozen=True, slots=True)
class StageSums:
    stage: str
    deals: int
    went_back: int
    reopened: int


def outcome_days(session: Session, question: Question, without: Sequence[int]) -> list[StageDays]:
    """The cohort of each stage by outcome and whole days since the first entry; ``without`` these deals."""
    outcome = case((_by(P.outcome_at, question), P.outcome), else_="open")
    end = case((_by(P.outcome_at, question), P.outcome_at), else_=_censored(question))
    return _days(session, question, without, outcome, end)


def stay_days(session: Session, question: Question, without: Sequence[int]) -> list[StageDays]:
    """The same cohort by whether the first visit has been left (``left`` or ``staying``) and its whole days."""
    outcome = case((_by(P.left_at, question), "left"), else_="staying")
    end = case((_by(P.left_at, question), P.left_at), else_=_censored(question))
    return _days(session, question, without, outcome, end)


def cohort_sums(session: Session, question: Question, without: Sequence[int]) -> list[StageSums]:
    query = _narrowed(
        select(P.stage, func.count(), _count(_by(P.went_back_at, question)), _count(_by(P.reopened_at, question))),
        question,
        without,
    ).where(_in_cohort(question))
    return [StageSums(*row) for row in session.execute(query.group_by(P.stage))]


def reached_sums(session: Session, question: Question, without: Sequence[int]) -> dict[str, tuple[int, int]]:
    """By stage: how many first reached it in the period, and how many of those have no entry into it (skipped it)."""
    skipped = and_(P.held_undated.is_(False), ~func.coalesce(_by(P.entered_at, question), False))
    query = _narrowed(select(P.stage, func.count(), _count(skipped)), question, without).where(_reached(question))
    return {stage: (reached, skips) for stage, reached, skips in session.execute(query.group_by(P.stage))}


def matching_deals(session: Session, question: Question, deal_ids: Sequence[int]) -> dict[int, datetime | None]:
    """Those of the deals that the question's filters take, each with the instant at which it was found gone."""
    query = _filtered(select(Deal.id, Deal.gone_at), question).where(Deal.id.in_(deal_ids))
    return dict(session.execute(query).all())


def passages(
    session: Session, question: Question, stage: str, without: Sequence[int]
) -> list[tuple[int, datetime | None, Passage]]:
    """The passages of a stage that the question counts as entered or reached: deal, gone at, passage."""
    columns = [StagePassage.__table__.c[name] for name in Passage.__slots__]
    query = _narrowed(select(P.deal_id, Deal.gone_at, *columns), question, without).where(
        P.stage == stage, _in_cohort(question) | _reached(question)
    )
    return [(deal_id, gone_at, _passage(rest)) for deal_id, gone_at, *rest in session.execute(query)]


def choices(session: Session) -> Choices:
    """Every pipeline, owner, persona and source that some deal has."""
    return Choices(
        _names(session, select(CrmPipeline.label).join(Deal, Deal.pipeline_id == CrmPipeline.id)),
        _names(session, select(CrmOwner.name).join(Deal, Deal.owner_id == CrmOwner.id)),
        _names(session, select(Deal.persona).where(Deal.persona.is_not(None))),
        _names(session, select(Deal.source).where(Deal.source.is_not(None))),
    )


def whole_days(start: Any, end: Any) -> ColumnElement[int]:
    """Whole days between two instants, rounded down, and never below zero (a deal found gone before its entry)."""
    elapsed = type_coerce(end, BigInteger) - type_coerce(start, BigInteger)
    return case((elapsed > 0, elapsed), else_=0) // literal(DAY_MICROSECONDS, BigInteger)


def _passage(columns: Sequence[Any]) -> Passage:
    stored = Passage(*columns)
    return replace(stored, outcome=Outcome(stored.outcome))


def _days(
    session: Session,
    question: Question,
    without: Sequence[int],
    outcome: ColumnElement[str],
    end: ColumnElement[Any],
) -> list[StageDays]:
    days = whole_days(P.entered_at, end).label("days")
    inner = _narrowed(select(P.stage, outcome.label("outcome"), days), question, without).where(_in_cohort(question))
    cohort = inner.subquery()
    query = select(cohort.c.stage, cohort.c.outcome, cohort.c.days, func.count()).group_by(
        cohort.c.stage, cohort.c.outcome, cohort.c.days
    )
    return [StageDays(stage, kind, int(whole), deals) for stage, kind, whole, deals in session.execute(query)]


def _narrowed(query: Select[*tuple[Any, ...]], question: Question, without: Sequence[int]) -> Select[*tuple[Any, ...]]:
    query = _filtered(query.join(Deal, Deal.id == P.deal_id), question)
    return query.where(P.deal_id.not_in(without)) if without else query


def _filtered(query: Select[*tuple[Any, ...]], question: Question) -> Select[*tuple[Any, ...]]:
    if question.pipeline is not None:
        query = query.join(CrmPipeline, CrmPipeline.id == Deal.pipeline_id).where(
            CrmPipeline.label == question.pipeline
        )
    if question.owner is not None:
        query = query.join(CrmOwner, CrmOwner.id == Deal.owner_id).where(CrmOwner.name == question.owner)
    if question.persona is not None:
        query = query.where(Deal.persona == question.persona)
    if question.source is not None:
        query = query.where(Deal.source == question.source)
    return query


def _in_cohort(question: Question) -> ColumnElement[bool]:
    return and_(_by(P.entered_at, question), *_within(P.entered_at, question))


def _reached(question: Question) -> ColumnElement[bool]:
    """A reaching without a date lies in no period; it counts only where no period is asked for."""
    dated = and_(_by(P.reached_at, question), *_within(P.reached_at, question))
    return dated if question.period.bounded else dated | P.reached_at.is_(None)


def _within(column: Any, question: Question) -> list[ColumnElement[bool]]:
    start, end = question.period.start, question.period.end
    return [*([column >= start] if start else []), *([column < end] if end else [])]


def _by(column: Any, question: Question) -> ColumnElement[bool]:
    """It had happened by the as-of instant; unknown (null) where it never did."""
    return column <= question.as_of  # type: ignore[no-any-return]


def _censored(question: Question) -> ColumnElement[Any]:
    """Until when an undecided deal was watched: the as-of instant, or when the CRM was found to have lost it."""
    as_of = literal(question.as_of, UtcInstant)
    return case((Deal.gone_at < question.as_of, Deal.gone_at), else_=as_of)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _names(session: Session, query: Select[*tuple[Any, ...]]) -> tuple[str, ...]:
    return tuple(sorted(session.scalars(query.distinct()), key=str.casefold))


def entered_all(session: Session, question: Question, stages: Sequence[str]) -> int:
    """How many deals entered each of these stages in the period, in whatever order: HubSpot's funnel "all stages"."""
    entries = (
        _narrowed(select(P.deal_id), question, ())
        .where(P.stage.in_(stages), _in_cohort(question))
        .group_by(P.deal_id)
        .having(func.count(P.stage.distinct()) == len(stages))
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(entries)) or 0


@dataclass(frozen=True, slots=True)
class WaitingDeals:
    """Deals that stand in a stage now, and how many of them have no meeting ahead."""

    deals: int
    without_next: int


def waiting_deals(session: Session, question: Question, stage: str, now: datetime) -> WaitingDeals:
    """Of the deals that the question's filters take, whenever they entered."""
    ahead = (
        select(Meeting.id)
        .where(
            Meeting.deal_id == Deal.id,
            Meeting.state == "planned",
            Meeting.removed_at.is_(None),
            Meeting.starts_at >= now,
        )
        .exists()
    )
    counted = select(func.count(), _count(~ahead)).select_from(Deal)
    query = _filtered(counted.join(DealStanding, DealStanding.deal_id == Deal.id), question).where(
        DealStanding.stage == stage, DealStanding.state == "open", Deal.gone_at.is_(None)
    )
    return WaitingDeals(*session.execute(query).one())


def standing_today(session: Session, question: Question) -> dict[tuple[str | None, str], int]:
    """How many deals stand where *today*, by stage and state; a snapshot knows neither periods nor instants."""
    counted = select(DealStanding.stage, DealStanding.state, func.count())
    query = _filtered(counted.join(Deal, Deal.id == DealStanding.deal_id), question).where(Deal.gone_at.is_(None))
    rows = session.execute(query.group_by(DealStanding.stage, DealStanding.state))
    return {(stage, state): deals for stage, state, deals in rows}
