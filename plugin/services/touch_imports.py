"""A file of touches that a person sends: looked at first, stored when they say so, taken back when they say so."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from hashlib import sha256
from typing import Any
from uuid import uuid4

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from plugin.domain.touch_file import DateOrder, RowFault, TouchRow, Wrong, read_touch_file
from plugin.services.audit import record
from plugin.services.touch_goals import reading_anew
from plugin.services.workspace import Workspace
from plugin.store.bulk import insert_rows
from plugin.store.tables import Deal, DealContact, Touch, TouchImport
from plugin.store.touches import FILE, touchpoints_by_name

LARGEST_FILE = 5_000_000  # bytes
IDS_A_STATEMENT = 5_000
CHANNELS_TOLD = 12


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as a person sends it; ``zone`` is theirs."""

    name: str
    data: bytes
    order: DateOrder = DateOrder.ISO
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True)
class Found:
    """A touch of a file and the deal that it is of; ``contact_id`` where an e-mail told whose it is."""

    deal_id: int
    key: str
    row: TouchRow
    contact_id: str | None = None


@dataclass(slots=True)
class Preview:
    """What a file would add. ``known`` touches are here already; ``faults`` stand in the order of the lines."""

    new: list[Found] = field(default_factory=list)
    known: int = 0
    rows: int = 0
    faults: list[RowFault] = field(default_factory=list)
    broken: RowFault | None = None
    ignored: Sequence[str] = ()
    new_places: Sequence[str] = ()

    @property
    def deals(self) -> int:
        return len({one.deal_id for one in self.new})

    @property
    def undated(self) -> int:
        return sum(1 for one in self.new if one.row.at is None)

    @property
    def channels(self) -> list[tuple[str, int]]:
        return Counter(one.row.channel for one in self.new).most_common(CHANNELS_TOLD)

    @property
    def span(self) -> tuple[datetime, datetime] | None:
        dated = [one.row.at for one in self.new if one.row.at]
        return (min(dated), max(dated)) if dated else None


def preview(session: Session, sent: Sent) -> Preview:
    """Nothing is stored."""
    file = read_touch_file(sent.data, sent.order, sent.zone)
    found = Preview(rows=len(file.rows), faults=file.faults, broken=file.broken, ignored=file.ignored)
    matched = list(_matched(session, file.rows, found.faults))
    stored = _stored(session, {one.deal_id for one in matched})
    found.new = [one for one in matched if stored.get((one.deal_id, one.key)) is not True]
    found.known = len(matched) - len(found.new)
    places = touchpoints_by_name(session)
    said = dict.fromkeys(one.row.touchpoint for one in found.new if one.row.touchpoint)
    found.new_places = [name for name in said if name.casefold() not in places]
    found.faults.sort(key=lambda fault: fault.line)
    return found


def import_touches(workspace: Workspace, user_id: int | None, sent: Sent) -> tuple[Preview, str | None]:
    """Store what the preview shows; the import's public id, None where there was nothing to add."""
    with workspace.database.reading() as session:
        found = preview(session, sent)
    if not found.new:
        return found, None
    said = ((one.deal_id, one.row.kind, one.row.channel, one.row.campaign) for one in found.new)
    with reading_anew(workspace, said) as session:
        now = workspace.clock()
        kept = TouchImport(public_id=uuid4().hex, user_id=user_id, file_name=sent.name[-255:], imported_at=now)
        kept.touches = len(found.new)
        session.add(kept)
        session.flush()
        _store(session, found.new, kept.id, now)
        record(session, user_id, "touches imported", kept.public_id, now)
        return found, kept.public_id


def undo_import(workspace: Workspace, user_id: int | None, public_id: str) -> int | None:
    """Take the touches of an import back; how many they were, None where there is no such import or it was undone."""
    with workspace.database.reading() as session:
        row = session.scalar(select(TouchImport).filter_by(public_id=public_id, undone_at=None))
        if row is None:
            return None
        of_import = (Touch.import_id == row.id, Touch.withdrawn_at.is_(None))
        columns = (Touch.deal_id, Touch.kind, Touch.channel, Touch.campaign)
        said = [(row[0], row[1], row[2], row[3]) for row in session.execute(select(*columns).where(*of_import))]
    with reading_anew(workspace, said) as session:
        now = workspace.clock()
        session.execute(update(Touch).where(*of_import).values(withdrawn_at=now))
        session.execute(update(TouchImport).where(TouchImport.public_id == public_id).values(undone_at=now))
        record(session, user_id, "touches undone", public_id, now)
    return len(said)


def _matched(session: Session, rows: Sequence[TouchRow], faults: list[RowFault]) -> Iterator[Found]:
    """The rows with their deals. One who is on several deals was met for each of them."""
    by_deal = _deals_by_text(session, {row.deal for row in rows if row.deal})
    by_email = _deals_by_email(session, {row.email.lower() for row in rows if row.email and not row.deal})
    alike: Counter[tuple[int, str]] = Counter()
    for row in rows:
        deals: Sequence[tuple[int, str | None]]
        if row.deal:
            deals = [(deal_id, None) for deal_id in by_deal.get(row.deal, ())]
        else:
            deals = by_email.get(row.email.lower(), ())
        if not deals or (row.deal and len(deals) > 1):
            wrong = Wrong.SEVERAL_DEALS if deals else Wrong.UNKNOWN_DEAL
            faults.append(RowFault(row.line, wrong, value=row.deal or row.email))
            continue
        for deal_id, contact_id in deals:
            content = _content(row)
            alike[deal_id, content] += 1
            yield Found(deal_id, _key(content, alike[deal_id, content]), row, contact_id)


def _deals_by_text(session: Session, texts: set[str]) -> dict[str, list[int]]:
    """Deals by the CRM's id, ours, or their name: in this order, the first that anything goes by."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for column in (Deal.crm_id, Deal.public_id, Deal.name):
        for some in _batches(sorted(texts - found.keys())):
            rows = session.execute(select(column, Deal.id).where(column.in_(some), Deal.gone_at.is_(None)))
            for text, deal_id in rows:
                found[text].append(deal_id)
    return found


def _deals_by_email(session: Session, emails: set[str]) -> dict[str, list[tuple[int, str | None]]]:
    found: defaultdict[str, list[tuple[int, str | None]]] = defaultdict(list)
    for some in _batches(sorted(emails)):
        rows = session.execute(
            select(func.lower(DealContact.email), DealContact.deal_id, DealContact.crm_id)
            .join(Deal, Deal.id == DealContact.deal_id)
            .where(func.lower(DealContact.email).in_(some), Deal.gone_at.is_(None))
            .order_by(DealContact.deal_id, DealContact.position)
        )
        for email, deal_id, contact_id in rows:
            if all(known != deal_id for known, _ in found[email]):
                found[email].append((deal_id, contact_id))
    return found


def _content(row: TouchRow) -> str:
    said = (row.channel, row.source, row.campaign, row.touchpoint, row.kind)
    return "\0".join((FILE, row.at.isoformat() if row.at else "", *said))


def _key(content: str, number: int) -> str:
    """The same for a row that says the same; ``number`` tells equal ones of a file apart."""
    return sha256(f"{content}\0{number}".encode()).hexdigest()[:32]


def _stored(session: Session, deal_ids: Iterable[int]) -> dict[tuple[int, str], bool]:
    """What files told of these deals, and whether it still holds."""
    found: dict[tuple[int, str], bool] = {}
    for some in _batches(sorted(deal_ids)):
        query = select(Touch.deal_id, Touch.key, Touch.withdrawn_at).where(
            Touch.deal_id.in_(some), or_(Touch.origin == FILE, Touch.import_id.is_not(None))
        )
        found |= {(deal_id, key): gone is None for deal_id, key, gone in session.execute(query)}
    return found


def _store(session: Session, touches: Sequence[Found], import_id: int, now: datetime) -> None:
    """One that was taken back once holds again."""
    stored = _stored(session, {one.deal_id for one in touches})
    places = touchpoints_by_name(session)
    for one in touches:
        if stored.get((one.deal_id, one.key)) is False:
            same = update(Touch).where(Touch.deal_id == one.deal_id, Touch.key == one.key)
            session.execute(same.values(withdrawn_at=None, import_id=import_id))
    new = [_row(one, places, import_id, now) for one in touches if (one.deal_id, one.key) not in stored]
    insert_rows(session, Touch, new)


def _row(one: Found, places: dict[str, int], import_id: int, now: datetime) -> dict[str, Any]:
    touchpoint_id = places.get(one.row.touchpoint.casefold())
    return {
        "deal_id": one.deal_id,
        "key": one.key,
        "at": one.row.at,
        "channel": one.row.channel,
        "source": one.row.source or None,
        "campaign": one.row.campaign or None,
        "kind": one.row.kind or None,
        "touchpoint_id": touchpoint_id,
        "place": None if touchpoint_id else one.row.touchpoint or None,
        "contact_crm_id": one.contact_id,
        "origin": FILE,
        "import_id": import_id,
        "recorded_at": now,
        "withdrawn_at": None,
    }


def _batches(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), IDS_A_STATEMENT):
        yield items[start : start + IDS_A_STATEMENT]
