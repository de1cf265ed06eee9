"""Everything that is held about a person, and what becomes of it when they are erased."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.domain.names import Names, parts_of
from plugin.services.erasure import TITLES, WrittenMeeting, written_meetings
from plugin.services.legal_basis import Bases, bases_of
from plugin.services.people import Person, PersonDeal, find_person, subject_of
from plugin.services.traces import Trace, traces
from plugin.services.workspace import Workspace
from plugin.store.personal import Origin
from plugin.store.queries.content import find_drafts
from plugin.store.tables import Connection, Deal, Meeting, MeetingLog, UserAccount


@dataclass(frozen=True, slots=True)
class Held:
    """One row with the person in it: ``where`` is its table, ``fields`` are the texts that are theirs or name them.

    ``by`` is the connection, or the colleagues who wrote it; empty where nobody is known.
    """

    where: str
    deal: PersonDeal | None
    at: datetime | None
    origin: Origin
    by: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PersonPage:
    """``chosen`` are the deals that were looked through; the others stay out of it.

    ``titles``: deals that are called by the person. ``written``: what we wrote to the CRM with them in it.
    ``templates``: the keys of meeting templates that name them.
    """

    person: Person
    chosen: tuple[PersonDeal, ...]
    bases: Bases
    held: tuple[Held, ...]
    titles: tuple[PersonDeal, ...]
    written: tuple[WrittenMeeting, ...]
    templates: tuple[str, ...]

    @property
    def by_place(self) -> dict[str, list[Held]]:
        found: defaultdict[str, list[Held]] = defaultdict(list)
        for one in self.held:
            found[one.where].append(one)
        return dict(found)


def person_page(
    session: Session, workspace: Workspace, key: str, deals: Collection[str] = (), also: Iterable[str] = ()
) -> PersonPage | None:
    """``deals`` are the public ids of those to be looked through; all that are surely theirs where none is named.

    ``also`` are names that they go by besides their own.
    """
    person = find_person(session, workspace, key)
    if person is None:
        return None
    chosen = tuple(one for one in (*person.deals, *person.elsewhere) if one.public_id in deals) or person.deals
    subject = subject_of(session, person, [one.id for one in chosen], also)
    found = traces(session, subject)
    called = {one.deal_id for one in found if one.holding.table is Deal and any(name in one.after for name in TITLES)}
    return PersonPage(
        person=person,
        chosen=chosen,
        bases=bases_of(session, person),
        held=tuple(_held(session, chosen, found)),
        titles=tuple(one for one in chosen if one.id in called),
        written=written_meetings(session, found),
        templates=templates_naming(session, workspace, subject.full),
    )


def other_names(session: Session, page: PersonPage) -> tuple[tuple[str, int], ...]:
    """Parts of the name by which colleagues may have called the person: each, with the texts where it stands alone."""
    ids = [one.id for one in page.chosen]
    base = _after(traces(session, subject_of(session, page.person, ids)))
    found = []
    for part in dict.fromkeys(part for name in page.person.names for part in parts_of(name)):
        with_part = _after(traces(session, subject_of(session, page.person, ids, [part])))
        count = sum(base.get(place) != text for place, text in with_part.items())
        found += [(part, count)] if count else []
    return tuple(found)


def templates_naming(session: Session, workspace: Workspace, names: Names) -> tuple[str, ...]:
    """Meeting templates in which the full name stands, as they are used or as drafts. They are for people to edit."""
    files = {key: list(one.files.values()) for key, one in workspace.library.meetings.items()}
    for key, draft in find_drafts(session).items():
        files.setdefault(key, []).extend(map(str, draft.files.values()))
    return tuple(sorted(key for key, texts in files.items() if any(map(names.within, texts)))) if names.rows else ()


def _after(found: Iterable[Trace]) -> dict[tuple[str, Any, str], Any]:
    return {
        (one.holding.key, repr(one.row.__mapper__.primary_key_from_instance(one.row)), column): text
        for one in found
        for column, text in one.after.items()
    }


def _held(session: Session, deals: Iterable[PersonDeal], found: Collection[Trace]) -> Iterator[Held]:
    by_id = {one.id: one for one in deals}
    connections = dict(session.execute(select(Connection.id, Connection.name)).all())
    authors = _authors(session, {getattr(one.row, "meeting_id", 0) for one in found})
    accounts = dict(session.execute(select(UserAccount.id, UserAccount.name)).all())
    from_crm = _from_crm(session, {getattr(one.row, "meeting_id", 0) for one in found})
    for one in found:
        deal = by_id.get(one.deal_id or 0)
        connection = connections.get(deal.connection_id if deal else getattr(one.row, "connection_id", 0), "")
        origin, by = _origin(one, accounts, authors, from_crm)
        yield Held(
            where=one.holding.key,
            deal=deal,
            at=getattr(one.row, one.holding.at) if one.holding.at else None,
            origin=origin,
            by=connection if origin is Origin.CRM else by,
            fields=tuple(_fields(one)),
        )


def _origin(
    trace: Trace, accounts: Mapping[int, str], authors: Mapping[int, str], from_crm: Collection[int]
) -> tuple[Origin, str]:
    holding, row = trace.holding, trace.row
    told = any(column in trace.after for column in (*holding.told, "remark"))
    if told or getattr(row, "source", "") == "recap":
        return Origin.BUYER, ""
    account = accounts.get(getattr(row, holding.author, None) or 0)
    meeting = getattr(row, "meeting_id", 0)
    if holding.comes is Origin.TYPED and not account and meeting in from_crm:
        return Origin.CRM, ""
    return holding.comes, account or (authors.get(meeting, "") if holding.comes is Origin.TYPED else "")


def _authors(session: Session, meetings: Collection[int]) -> dict[int, str]:
    """Who logged each meeting."""
    rows = session.execute(
        select(MeetingLog.meeting_id, UserAccount.name)
        .join(UserAccount, UserAccount.id == MeetingLog.user_id)
        .where(MeetingLog.meeting_id.in_(meetings))
        .order_by(MeetingLog.id)
    )
    found: defaultdict[int, dict[str, None]] = defaultdict(dict)
    for meeting, name in rows:
        found[meeting][name] = None
    return {meeting: ", ".join(names) for meeting, names in found.items()}


def _from_crm(session: Session, meetings: Collection[int]) -> set[int]:
    """Meetings of the CRM that nobody has logged here: what was said in them came with them."""
    never = (Meeting.revision == 0) & Meeting.crm_id.is_not(None)
    return set(session.scalars(select(Meeting.id).where(Meeting.id.in_(meetings), never)))


def _fields(trace: Trace) -> Iterator[tuple[str, str]]:
    """The texts that would change or go, by column; of lists and objects only those within that would.

    Of a row that would only let go of the person's number all of them: what it tells is told of them.
    """
    if trace.holding.contact in trace.after:
        others = (column for column in trace.holding.texts if column not in trace.after)
        yield from ((column, text) for column in others if (text := getattr(trace.row, column)))
    for column, after in trace.after.items():
        value = getattr(trace.row, column)
        if isinstance(value, str):
            yield column, value
        else:
            kept = dict(_texts(after, column))
            yield from ((path, text) for path, text in _texts(value, column) if kept.get(path) != text)


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value, 1) if isinstance(value, list) else ()
    for name, one in items:
        yield from _texts(one, f"{path}.{name}")
