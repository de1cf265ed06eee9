"""A person is erased: who they are and what they said goes, what was counted stays, and no sync brings them back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from plugin.domain.outbox import MessageState
from plugin.services.audit import record
from plugin.services.outbox import write_to_crm
from plugin.services.people import Person, person_of_contact, subject_of
from plugin.services.traces import Subject, Trace, traces
from plugin.services.workspace import Workspace
from plugin.store.cohorts.snapshot import make_snapshot, note_changes
from plugin.store.erased import Erased
from plugin.store.tables import CohortSnapshot, Deal, Meeting, OutboxMessage
from plugin.store.touches import forget_contact

# A deal's own name and company: a sole trader's may be the person's.
TITLES = ("name", "company")
# Texts that the files behind the reports hold too.
IN_REPORTS = ("persona", "source")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be erased of a person: in which deals, under which names besides their own.

    ``titles``: also where a deal or its company is called by them. ``rewrite``: have the meetings that we wrote to the
    CRM with their words written there anew, without.
    """

    deal_ids: tuple[int, ...]
    also: tuple[str, ...] = ()
    titles: bool = False
    rewrite: bool = False


@dataclass(frozen=True, slots=True)
class Erasure:
    """What went: rows that are no more, and rows that stay without the person. ``rewriting`` counts meetings."""

    gone: int
    emptied: int
    deals: int
    rewriting: int
    in_reports: bool


@dataclass(frozen=True, slots=True)
class WrittenMeeting:
    """A meeting that we wrote to the CRM, with the person in it."""

    deal_public_id: str
    deal: str
    template: str | None
    title: str
    starts_at: datetime


def erase_person(
    session: Session, workspace: Workspace, person: Person, wish: Wish, by: int | None, now: datetime
) -> Erasure:
    """In the caller's transaction; ``leave_no_trace`` belongs behind its commit."""
    subject = subject_of(session, person, wish.deal_ids, wish.also)
    found = traces(session, subject)
    written = _written(session, found) if wish.rewrite else ()
    changed = [one for one in found if one.goes or _change(one, wish.titles)]
    if subject.contact:
        forget_contact(session, *subject.contact)
    for trace in changed:
        _apply(session, trace, wish.titles)
    session.flush()
    _keep_out(session, workspace, subject, wish.titles, now)
    for meeting in written:
        write_to_crm(session, workspace, meeting, f"erased-{uuid4().hex}")
    deals = [one for one in changed if one.holding.table is Deal]
    note_changes(session, [one.row.id for one in deals])
    record(session, by, "person erased", person.connection or "", now)
    session.flush()
    return Erasure(
        gone=sum(one.goes for one in changed),
        emptied=sum(not one.goes for one in changed),
        deals=len({one.deal_id for one in changed if one.deal_id is not None}),
        rewriting=len(written),
        in_reports=any(column in one.after for one in deals for column in IN_REPORTS),
    )


def erase_contact(
    session: Session, workspace: Workspace, connection_id: int, contact_id: str, now: datetime
) -> Erasure | None:
    """Somebody whom the CRM has erased, under every name that they had there; None where we know nothing of them.

    What their deals and companies are called stays: it stays in the CRM too.
    """
    person = person_of_contact(session, workspace, connection_id, contact_id)
    if person is None:
        Erased(workspace.secret).keep_out(session, connection_id, contact_id, now)
        return None
    return erase_person(session, workspace, person, Wish(tuple(one.id for one in person.deals)), None, now)


def leave_no_trace(workspace: Workspace, erasure: Erasure | None) -> None:
    """Behind the commit: nor is the person in what files keep of before."""
    if erasure and erasure.in_reports:
        with workspace.database.writing.begin() as session:
            session.execute(delete(CohortSnapshot))
        make_snapshot(workspace.database, workspace.journeys, workspace.cohorts.folder, workspace.clock())
    workspace.database.scrub()


def written_meetings(session: Session, found: Iterable[Trace]) -> tuple[WrittenMeeting, ...]:
    """Which meetings we wrote to the CRM with the person in them: what stands there is not ours to erase."""
    meetings = _written(session, found)
    query = select(Deal.id, Deal.public_id, Deal.name).where(Deal.id.in_({one.deal_id for one in meetings}))
    deals = {row[0]: row for row in session.execute(query)}
    return tuple(
        WrittenMeeting(deals[one.deal_id][1], deals[one.deal_id][2], one.template, one.title, one.starts_at)
        for one in meetings
    )


def _written(session: Session, found: Iterable[Trace]) -> Sequence[Meeting]:
    ids = {one.row.id if one.holding.table is Meeting else getattr(one.row, "meeting_id", None) for one in found}
    sent = select(OutboxMessage.meeting_id).where(
        OutboxMessage.meeting_id.in_(ids - {None}), OutboxMessage.state == MessageState.DONE.value
    )
    return session.scalars(select(Meeting).where(Meeting.id.in_(sent)).order_by(Meeting.starts_at)).all()


def _change(trace: Trace, titles: bool) -> dict[str, object]:
    stays = TITLES if trace.holding.table is Deal and not titles else ()
    return {column: value for column, value in trace.after.items() if column not in stays}


def _apply(session: Session, trace: Trace, titles: bool) -> None:
    if trace.goes:
        session.delete(trace.row)
    for column, value in {} if trace.goes else _change(trace, titles).items():
        setattr(trace.row, column, value)


def _keep_out(session: Session, workspace: Workspace, subject: Subject, titles: bool, now: datetime) -> None:
    erased = Erased(workspace.secret)
    if subject.contact:
        erased.keep_out(session, *subject.contact, now)
    for deal_id, names in subject.names.items():
        erased.keep_out_of(session, deal_id, names, titles)
