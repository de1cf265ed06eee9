"""What held meetings did to the relation, counted in the database; and the meetings behind each count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from plugin.store.queries.meetings import HELD
from plugin.store.queries.questions import Question, deals_asked, in_period
from plugin.store.tables import Deal, Meeting

# What moments are told apart by; empty is what is not known.
Group = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class MomentCount:
    """So many held meetings of one kind. ``version`` is that of ``template``."""

    stage: str | None
    template: str | None
    version: str | None
    persona: str | None
    effect: str | None
    felt: str | None
    meetings: int


@dataclass(frozen=True, slots=True)
class MomentLine:
    deal_id: int
    public_id: str
    starts_at: datetime
    stage: str | None
    template: str | None
    version: str | None
    title: str
    effect: str | None
    felt: str | None


@dataclass(frozen=True, slots=True)
class MomentFilter:
    """Which meetings: of every kind that is given; ``version`` None is any, empty is one that is not known."""

    stage: str | None = None
    template: str | None = None
    version: str | None = None
    persona: str | None = None
    effect: str | None = None
    felt: str | None = None


def moment_counts(
    session: Session, question: Question, deals: Sequence[ColumnElement[bool]]
) -> tuple[MomentCount, ...]:
    """Meetings that were held in the question's period and of which it is known what they did, or how buyers felt.

    ``deals`` are further conditions on their deals.
    """
    kinds = (Meeting.stage, Meeting.template, Meeting.template_version, Deal.persona_key, Meeting.effect, Meeting.felt)
    query = select(*kinds, func.count()).join(Deal, Deal.id == Meeting.deal_id).where(*_asked(question), *deals)
    return tuple(MomentCount(*row) for row in session.execute(query.group_by(*kinds)))


def moment_lines(
    session: Session,
    question: Question,
    deals: Sequence[ColumnElement[bool]],
    wanted: MomentFilter,
    most: int | None,
) -> tuple[tuple[MomentLine, ...], int]:
    """The meetings behind a count, the newest first; and how many there are."""
    conditions = [*_asked(question), *deals, *_wanted(wanted)]
    meetings = select(func.count()).select_from(Meeting).join(Deal, Deal.id == Meeting.deal_id)
    total = session.scalar(meetings.where(*conditions)) or 0
    rows = session.execute(
        select(
            Meeting.deal_id,
            Meeting.public_id,
            Meeting.starts_at,
            Meeting.stage,
            Meeting.template,
            Meeting.template_version,
            Meeting.title,
            Meeting.effect,
            Meeting.felt,
        )
        .join(Deal, Deal.id == Meeting.deal_id)
        .where(*conditions)
        .order_by(Meeting.starts_at.desc(), Meeting.id.desc())
        .limit(most)
    )
    return tuple(MomentLine(*row) for row in rows), total


def _asked(question: Question) -> list[ColumnElement[bool]]:
    return [
        Meeting.state == HELD,
        Meeting.removed_at.is_(None),
        or_(Meeting.effect.is_not(None), Meeting.felt.is_not(None)),
        *in_period(Meeting.starts_at, question),
        *deals_asked(question),
    ]


def _wanted(wanted: MomentFilter) -> list[ColumnElement[bool]]:
    columns = {
        "stage": Meeting.stage,
        "template": Meeting.template,
        "version": Meeting.template_version,
        "persona": Deal.persona_key,
        "effect": Meeting.effect,
        "felt": Meeting.felt,
    }
    given = {name: getattr(wanted, name) for name in columns}
    return [func.coalesce(columns[name], "") == text for name, text in given.items() if text is not None]
