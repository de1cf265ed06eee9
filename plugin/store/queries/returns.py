"""Buyers' moves back, of cohorts: counted between stages, with the deals and the words behind each count."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, func, select, type_coerce
from sqlalchemy.orm import Session, aliased

from plugin.domain.journey import Journey
from plugin.store.queries.questions import Question, deals_asked, in_period
from plugin.store.tables import Deal, Meeting, MeetingLog, StageReturn
from plugin.store.types import DAY_MICROSECONDS

# From a stage, into an earlier one.
Way = tuple[str, str]
WORDS_A_WAY = 3


@dataclass(slots=True)
class CountedReturns:
    """Of one way: the ``moves`` back, and the deals that went it, by whole days from their entry to the first time."""

    moves: int = 0
    deals: Counter[int] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class ReturnLine:
    """One move back. ``days`` are whole days since the first entry into ``stage``; ``words`` what changed, if known."""

    deal_id: int
    stage: str
    target: str
    entered_at: datetime | None
    at: datetime
    days: int
    words: str = ""


@dataclass(frozen=True, slots=True)
class ChangeWords:
    """What changed, in a buyer's words. ``said_at`` is when it was written down."""

    deal: str
    public_id: str
    text: str
    said_at: datetime


def counted_returns(session: Session, journey: Journey, question: Question) -> dict[Way, CountedReturns]:
    """Every way back of the question's cohorts. A deal counts once for each round."""
    first = func.min(type_coerce(StageReturn.at, BigInteger)) - type_coerce(StageReturn.entered_at, BigInteger)
    once = (
        select(
            StageReturn.stage, StageReturn.target, (first // DAY_MICROSECONDS).label("days"), func.count().label("n")
        )
        .where(*_of_cohort(journey, question))
        .group_by(StageReturn.stage, StageReturn.target, StageReturn.deal_id, StageReturn.round, StageReturn.entered_at)
        .subquery()
    )
    found: defaultdict[Way, CountedReturns] = defaultdict(CountedReturns)
    counted = select(once.c.stage, once.c.target, once.c.days, func.count(), func.sum(once.c.n))
    for stage, target, days, deals, moves in session.execute(counted.group_by(*once.c[:3])):
        found[stage, target].moves += int(moves)
        found[stage, target].deals[int(days)] += deals
    return dict(found)


def returned_deals(session: Session, journey: Journey, question: Question) -> Counter[str]:
    """By stage, the deals (once for each round) of its cohort that went back from it, wherever to."""
    once = (
        select(StageReturn.stage, StageReturn.deal_id, StageReturn.round)
        .where(*_of_cohort(journey, question))
        .distinct()
        .subquery()
    )
    return Counter(dict(session.execute(select(once.c.stage, func.count()).group_by(once.c.stage)).all()))


def return_lines(
    session: Session, journey: Journey, question: Question, stage: str, target: str | None, most: int | None
) -> tuple[tuple[ReturnLine, ...], int]:
    """The moves back out of a stage (into ``target``, or wherever to), the newest first; and how many there are."""
    conditions = [*_of_cohort(journey, question), StageReturn.stage == stage]
    if target is not None:
        conditions.append(StageReturn.target == target)
    total = session.scalar(select(func.count()).select_from(StageReturn).where(*conditions)) or 0
    since_entry = type_coerce(StageReturn.at, BigInteger) - type_coerce(StageReturn.entered_at, BigInteger)
    rows = session.execute(
        select(
            StageReturn.deal_id,
            StageReturn.stage,
            StageReturn.target,
            StageReturn.entered_at,
            StageReturn.at,
            since_entry // DAY_MICROSECONDS,
            func.coalesce(_words_of_it(), ""),
        )
        .where(*conditions)
        .order_by(StageReturn.at.desc(), StageReturn.id.desc())
        .limit(most)
    )
    return tuple(ReturnLine(*row) for row in rows), total


def newest_words(session: Session, journey: Journey, question: Question) -> dict[Way, tuple[ChangeWords, ...]]:
    """What changed, in the words written down last, three for each way back."""
    number = func.row_number().over(
        partition_by=(StageReturn.stage, StageReturn.target), order_by=(MeetingLog.logged_at.desc(), MeetingLog.id)
    )
    told = (
        select(
            StageReturn.stage,
            StageReturn.target,
            func.coalesce(Deal.company, Deal.name).label("deal"),
            Deal.public_id,
            MeetingLog.what_changed,
            MeetingLog.logged_at.label("said_at"),
            number.label("number"),
        )
        .join(Deal, Deal.id == StageReturn.deal_id)
        .join(Meeting, Meeting.deal_id == StageReturn.deal_id)
        .join(MeetingLog, MeetingLog.meeting_id == Meeting.id)
        .where(*_of_cohort(journey, question), *_tells_of_it())
        .subquery()
    )
    found: defaultdict[Way, list[ChangeWords]] = defaultdict(list)
    query = select(*told.c[:6]).where(told.c.number <= WORDS_A_WAY).order_by(told.c.said_at.desc())
    for stage, target, *words in session.execute(query):
        found[stage, target].append(ChangeWords(*words))
    return {way: tuple(words) for way, words in found.items()}


def _of_cohort(journey: Journey, question: Question) -> list[ColumnElement[bool]]:
    """Returns of deals that entered the stage left in the period, as far as they are known by the as-of instant."""
    conditions = [
        StageReturn.journey == journey.key,
        StageReturn.stage.in_([stage.key for stage in journey.stages]),
        StageReturn.at <= question.as_of,
        *in_period(StageReturn.entered_at, question),
    ]
    asked = deals_asked(question)
    return [*conditions, StageReturn.deal_id.in_(select(Deal.id).where(*asked))] if asked else conditions


def _tells_of_it() -> list[ColumnElement[bool]]:
    """A log's words belong to the last move back before they were written down."""
    later = aliased(StageReturn)
    between = (
        select(later.id)
        .where(later.deal_id == StageReturn.deal_id, later.at > StageReturn.at, later.at <= MeetingLog.logged_at)
        .correlate(StageReturn, MeetingLog)
    )
    return [MeetingLog.what_changed != "", MeetingLog.logged_at >= StageReturn.at, ~between.exists()]


def _words_of_it() -> ColumnElement[str]:
    query = select(MeetingLog.what_changed).join(Meeting, Meeting.id == MeetingLog.meeting_id)
    mine = query.where(Meeting.deal_id == StageReturn.deal_id, *_tells_of_it())
    return mine.order_by(MeetingLog.logged_at.desc()).limit(1).correlate(StageReturn).scalar_subquery()
