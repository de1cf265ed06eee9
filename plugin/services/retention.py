"""Retention: what is older than its rule allows goes, batch by batch; what was counted stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update
from sqlalchemy.orm import Session

from plugin.domain.outbox import MessageState
from plugin.domain.retention import PROPOSED, Kept, months_before
from plugin.services.audit import record
from plugin.services.workspace import Workspace
from plugin.store.kept import ended
from plugin.store.personal import HOLDINGS, Holding, with_deal
from plugin.store.tables import (
    AuditEntry,
    Base,
    CrmEvent,
    Deal,
    DealContact,
    FormerContact,
    LinkVisit,
    LogDraft,
    Meeting,
    MeetingAttendee,
    OutboxMessage,
    Recap,
    RecapLine,
    RetentionRule,
    SignInAttempt,
    SyncRun,
    UserAccount,
    UserSession,
)

BATCH = 500
EXAMPLES = 3
EVERY = timedelta(hours=24)
# Their rows are the deal's people, or the deal itself: other rules are about them.
NO_WORDS = (Deal, DealContact, FormerContact, MeetingAttendee, LogDraft)


@dataclass(frozen=True)
class Sweep:
    """Rows of one table that a rule is about. ``blanks`` are emptied; without any, the rows themselves go.

    ``old`` are the rows that are older than ``before``. ``tells`` is the column that an example shows.
    """

    holding: Holding
    old: ColumnElement[bool]
    blanks: tuple[str, ...] = ()
    tells: str = ""

    @property
    def query(self) -> Select[Any, int | None, str | None]:
        query = with_deal(self.holding).where(self.old)
        return query.where(self._something_left) if self.blanks else query

    @property
    def _something_left(self) -> ColumnElement[bool]:
        columns = [self.holding.table.__table__.c[name] for name in self.blanks]
        return or_(*(and_(one.is_not(None), one != "") for one in columns))


@dataclass(frozen=True, slots=True)
class Example:
    """A row that would go: its deal, where it belongs to one, when it came about, and how it begins."""

    where: str
    deal: str | None
    deal_public_id: str | None
    at: datetime | None
    text: str


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule as it is, or as it is proposed (``changed_at`` None). ``due`` counts what would go now."""

    what: Kept
    months: int
    active: bool
    changed_at: datetime | None
    changed_by: str | None
    ran_at: datetime | None
    before: datetime
    due: int
    examples: tuple[Example, ...]


def rules(session: Session, now: datetime, examples: int = EXAMPLES) -> tuple[RuleLine, ...]:
    """Every rule with what it would do now: the dry run. Nothing is changed."""
    rows = session.execute(
        select(RetentionRule, UserAccount.name).outerjoin(UserAccount, UserAccount.id == RetentionRule.changed_by)
    )
    known = {row.what: (row, by) for row, by in rows}
    return tuple(_line(session, what, known.get(what.value), now, examples) for what in Kept)


def decide_rule(session: Session, what: Kept, months: int, active: bool, user_id: int | None, now: datetime) -> None:
    row = session.get(RetentionRule, what.value)
    if row and (row.months, row.active) == (months, active):
        return
    if row is None and (months, active) == (PROPOSED[what], False):
        return
    row = row or RetentionRule(what=what.value)
    row.months, row.active, row.changed_at, row.changed_by = months, active, now, user_id
    session.add(row)
    record(session, user_id, "retention changed", f"{what.value}: {months if active else 'off'}", now)


def run_retention(workspace: Workspace, by: int | None = None) -> dict[Kept, int]:
    """Let go what every active rule says, in batches of their own transactions; returns how much went by rule.

    Not within a transaction. Stopped at any moment, the next run goes on.
    """
    now = workspace.clock()
    with workspace.database.reading() as session:
        active = session.execute(select(RetentionRule.what, RetentionRule.months).filter_by(active=True)).all()
    went = {Kept(what): _sweep(workspace, Kept(what), months_before(now, months)) for what, months in active}
    with workspace.database.writing.begin() as session:
        session.execute(update(RetentionRule).where(RetentionRule.active).values(ran_at=now))
        counts = ", ".join(f"{what.value} {count}" for what, count in went.items() if count)
        record(session, by, "retention run", counts[:120] or "0", now)
    if any(went.values()):
        workspace.database.scrub()
    return went


def run_when_due(workspace: Workspace) -> dict[Kept, int]:
    """The worker's daily run: one of several workers does it."""
    now = workspace.clock()
    due = update(RetentionRule).where(
        RetentionRule.active, or_(RetentionRule.ran_at.is_(None), RetentionRule.ran_at <= now - EVERY)
    )
    with workspace.database.reading() as session:
        if session.scalar(select(RetentionRule.what).where(*due._where_criteria).limit(1)) is None:
            return {}
    with workspace.database.writing.begin() as session:
        if not session.scalars(due.values(ran_at=now).returning(RetentionRule.what)).all():
            return {}
    return run_retention(workspace)


def _line(
    session: Session, what: Kept, known: tuple[RetentionRule, str] | None, now: datetime, examples: int
) -> RuleLine:
    row, by = known or (None, None)
    months = row.months if row else PROPOSED[what]
    before = months_before(now, months)
    sweeps = tuple(sweeps_of(what, before))
    due = sum(session.scalar(select(func.count()).select_from(one.query.subquery())) or 0 for one in sweeps)
    return RuleLine(
        what=what,
        months=months,
        active=bool(row and row.active),
        changed_at=row.changed_at if row else None,
        changed_by=by,
        ran_at=row.ran_at if row else None,
        before=before,
        due=due,
        examples=tuple(example for one in sweeps for example in _examples(session, one, examples))[:examples],
    )


def _examples(session: Session, sweep: Sweep, most: int) -> Iterator[Example]:
    for row, deal_id, _ in session.execute(sweep.query.limit(most)):
        deal = session.get(Deal, deal_id) if deal_id else None
        columns = [getattr(row, name) for name in (*sweep.blanks, *([sweep.tells] if sweep.tells else []))]
        at = getattr(row, sweep.holding.at) if sweep.holding.at else None
        text = next((str(one) for one in columns if one), "")
        yield Example(sweep.holding.key, deal.name if deal else None, deal.public_id if deal else None, at, text[:80])


def _sweep(workspace: Workspace, what: Kept, before: datetime) -> int:
    count = 0
    for sweep in sweeps_of(what, before):
        while batch := _batch(workspace, sweep):
            count += batch
    return count


def _batch(workspace: Workspace, sweep: Sweep) -> int:
    with workspace.database.writing.begin() as session:
        rows = session.execute(sweep.query.limit(BATCH)).all()
        for row, *_ in rows:
            for column in sweep.blanks:
                setattr(row, column, "")
            if not sweep.blanks:
                session.delete(row)
        return len(rows)


def sweeps_of(what: Kept, before: datetime) -> Iterator[Sweep]:
    """What a rule takes, oldest things first or not: all of it goes."""
    return _SWEEPS[what](before)


def _closed_words(before: datetime) -> Iterator[Sweep]:
    """Words, notes, names typed in meetings, plans and recaps of deals that were won or lost before."""
    closed = ended(Kept.CLOSED_WORDS, before)
    for holding in HOLDINGS:
        if holding.way and holding.table not in NO_WORDS:
            yield Sweep(holding, closed, holding.columns)
    yield Sweep(_of(LogDraft), closed)


def _lost_contacts(before: datetime) -> Iterator[Sweep]:
    for table in (DealContact, FormerContact):
        yield Sweep(_of(table), ended(Kept.LOST_CONTACTS, before), tells="name")


def _attendees(before: datetime) -> Iterator[Sweep]:
    yield Sweep(_of(MeetingAttendee), Meeting.__table__.c.starts_at < before, tells="name")


def _recaps(before: datetime) -> Iterator[Sweep]:
    old = Recap.__table__.c.expires_at < before
    for table in (Recap, RecapLine):
        yield Sweep(_of(table), old, _of(table).columns)


def _drafts(before: datetime) -> Iterator[Sweep]:
    yield Sweep(_of(LogDraft), LogDraft.updated_at < before)


def _events(before: datetime) -> Iterator[Sweep]:
    """What CRMs told and were told, once it was done; the last run of each connection stays."""
    last = select(func.max(SyncRun.id)).group_by(SyncRun.connection_id)
    delivered = OutboxMessage.state == MessageState.DONE.value
    yield Sweep(Holding(CrmEvent, at="received_at"), CrmEvent.handled_at < before, tells="what")
    yield Sweep(_of(OutboxMessage), (OutboxMessage.ended_at < before) & delivered, tells="kind")
    yield Sweep(
        Holding(SyncRun, at="started_at"), (SyncRun.started_at < before) & SyncRun.id.not_in(last), tells="state"
    )


def _sign_ins(before: datetime) -> Iterator[Sweep]:
    yield Sweep(Holding(SignInAttempt, at="at"), SignInAttempt.at < before)
    yield Sweep(Holding(LinkVisit, at="at"), LinkVisit.at < before)
    yield Sweep(Holding(UserSession, at="last_seen_at"), UserSession.last_seen_at < before, tells="device")


def _audit(before: datetime) -> Iterator[Sweep]:
    yield Sweep(Holding(AuditEntry, at="at"), AuditEntry.at < before, tells="act")


def _of(table: type[Base]) -> Holding:
    return next(one for one in HOLDINGS if one.table is table)


_SWEEPS = {
    Kept.CLOSED_WORDS: _closed_words,
    Kept.LOST_CONTACTS: _lost_contacts,
    Kept.ATTENDEES: _attendees,
    Kept.RECAPS: _recaps,
    Kept.DRAFTS: _drafts,
    Kept.EVENTS: _events,
    Kept.SIGN_INS: _sign_ins,
    Kept.AUDIT: _audit,
}
