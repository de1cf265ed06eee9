"""A page of deals into the store: deals, people and stage moves, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import Select, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from crm_adapters import port
from plugin.domain.names import Names
from plugin.store.assigning import assign, hold_rules
from plugin.store.bulk import insert_rows
from plugin.store.cohorts.snapshot import note_changes
from plugin.store.erased import NOBODY_KNOWN, Erased, ErasedNames
from plugin.store.owners import account_of_owner
from plugin.store.tables import CrmOwner, Deal, DealContact, FormerContact
from plugin.sync.moves import store_moves
from plugin.sync.stages import StageIds
from plugin.sync.touches import store_touches


@dataclass(frozen=True, slots=True)
class Written:
    """Database ids of the deals that are new or changed, and the new facts of those that only got more of them."""

    deal_ids: list[int]
    added: dict[int, list[dict[str, Any]]]


class _Known(NamedTuple):
    """What is stored of a deal."""

    id: int
    content_hash: str
    pipeline_id: int | None


NEW = _Known(0, "", None)


@dataclass
class DealPageWriter:
    """Writes the pages of one run of one connection; ``owners`` are database ids by the CRM's own ids.

    ``forgets_touches``: as the adapter's abilities say. Nobody who was ``erased`` comes back.
    """

    connection_id: int
    stages: StageIds
    now: datetime
    owners: dict[str, int] = field(default_factory=dict)
    forgets_touches: bool = False
    erased: Erased = NOBODY_KNOWN

    def write(self, session: Session, page: port.DealPage, pass_number: int) -> Written:
        """Store the page."""
        hold_rules(session)
        deals = {deal.id: deal for deal in page.deals}
        known = self._known(session, [*deals, *page.unreadable])
        self._mark_seen(session, [one.id for one in known.values()], pass_number)
        changed = [deal for deal in deals.values() if known.get(deal.id, NEW).content_hash != content_hash(deal)]
        ids = {deal.id: known[deal.id].id for deal in changed if deal.id in known}
        numbers = self.erased.among(session, self.connection_id, {one.id for deal in changed for one in deal.contacts})
        names = self.erased.names_in(session, list(ids.values()))
        self._update(session, [deal for deal in changed if deal.id in known], ids, names)
        ids |= self._insert(session, [deal for deal in changed if deal.id not in known], pass_number)
        named = self._store_contacts(session, changed, ids, numbers, names)
        assign(session, list(ids.values()))
        store_touches(session, [(ids[deal.id], deal) for deal in changed], named, self.now, self.forgets_touches)
        added = store_moves(session, self.stages, [(ids[deal.id], deal) for deal in changed], self.now)
        for deal in changed:
            if known.get(deal.id, NEW).pipeline_id not in (None, self.stages.pipeline(session, deal.pipeline_id)):
                # Another pipeline may follow another journey: the deal is read from its first move.
                added.pop(ids[deal.id], None)
        return Written(list(ids.values()), added)

    def _known(self, session: Session, crm_ids: Sequence[str]) -> dict[str, _Known]:
        rows = session.execute(
            select(Deal.crm_id, Deal.id, Deal.content_hash, Deal.pipeline_id).where(
                Deal.connection_id == self.connection_id, Deal.crm_id.in_(crm_ids)
            )
        )
        return {crm_id: _Known(id_, known_hash, pipeline_id) for crm_id, id_, known_hash, pipeline_id in rows}

    def _mark_seen(self, session: Session, ids: Sequence[int], pass_number: int) -> None:
        back = update(Deal).where(Deal.id.in_(ids), Deal.gone_at.is_not(None)).values(gone_at=None)
        note_changes(session, list(session.scalars(back.returning(Deal.id))))
        session.execute(update(Deal).where(Deal.id.in_(ids)).values(seen_pass=pass_number))

    def _insert(self, session: Session, deals: Sequence[port.Deal], pass_number: int) -> dict[str, int]:
        if not deals:
            return {}
        rows = [
            {
                "public_id": uuid4().hex,
                "connection_id": self.connection_id,
                "crm_id": deal.id,
                "seen_pass": pass_number,
                **self._columns(session, deal),
            }
            for deal in deals
        ]
        stored = session.execute(insert(Deal).returning(Deal.crm_id, Deal.id), rows)
        return dict(stored.all())

    def _update(
        self, session: Session, deals: Sequence[port.Deal], ids: dict[str, int], erased: Mapping[int, ErasedNames]
    ) -> None:
        rows = [
            {"deal_id": ids[deal.id], **_without(self._columns(session, deal), erased.get(ids[deal.id]))}
            for deal in deals
        ]
        if rows:
            values: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "deal_id"}
            changing = update(Deal).where(Deal.id == bindparam("deal_id")).values(values)
            session.connection().execute(changing, rows)

    def _columns(self, session: Session, deal: port.Deal) -> dict[str, Any]:
        return {
            "pipeline_id": self.stages.pipeline(session, deal.pipeline_id),
            "owner_id": self._owner(session, deal.owner) if deal.owner else None,
            "name": deal.name,
            "company": deal.company,
            "amount": deal.amount,
            "currency": deal.currency,
            "source": deal.source,
            "persona": deal.persona,
            "created_at": deal.created_at,
            "content_hash": content_hash(deal),
        }

    def _store_contacts(
        self,
        session: Session,
        deals: Sequence[port.Deal],
        ids: dict[str, int],
        numbers: AbstractSet[str],
        erased: Mapping[int, ErasedNames],
    ) -> set[tuple[int, str]]:
        """Who was erased goes by ``numbers``; who comes by another one, merged or entered anew, is known by the name in
        this deal. Returns whom we may name: deal and the CRM's number of the person."""
        for deal in deals if numbers else ():
            self._keep_out(session, ids[deal.id], [one for one in deal.contacts if one.id in numbers])
        kept = [
            (ids[deal.id], position, contact)
            for deal in deals
            for position, contact in enumerate(deal.contacts)
            if contact.id not in numbers and not _is_erased(contact, erased.get(ids[deal.id]))
        ]
        rows = [
            {"deal_id": deal_id, "crm_id": one.id, "position": position, "name": one.name, "email": one.email}
            for deal_id, position, one in kept
        ]
        deal_ids = [ids[deal.id] for deal in deals]
        _remember_former(session, deal_ids, {(deal_id, one.id, one.name) for deal_id, _, one in kept})
        session.execute(delete(DealContact).where(DealContact.deal_id.in_(deal_ids)))
        insert_rows(session, DealContact, rows)
        return {(deal_id, one.id) for deal_id, _, one in kept}

    def _keep_out(self, session: Session, deal_id: int, contacts: Sequence[port.Contact]) -> None:
        """Here their names are told once more: they come into no meeting of this deal either."""
        names = Names.of(text for one in contacts for text in (one.name, one.email or ""))
        self.erased.keep_out_of(session, deal_id, names, in_title=False)

    def _owner(self, session: Session, owner: port.Owner) -> int:
        if owner.id not in self.owners:
            self.owners[owner.id] = store_owner(session, self.connection_id, owner)
        return self.owners[owner.id]


def store_owner(session: Session, connection_id: int, owner: port.Owner) -> int:
    """The owner's database id; one who is new, or has no account yet, is linked to the account of the same name."""
    row = session.scalar(select(CrmOwner).filter_by(connection_id=connection_id, crm_id=owner.id))
    if row is None:
        row = CrmOwner(connection_id=connection_id, crm_id=owner.id)
    row.name, row.email = owner.name, owner.email
    row.user_id = row.user_id or account_of_owner(session, owner.name, owner.email)
    session.add(row)
    session.flush()
    return row.id


def content_hash(deal: port.Deal) -> str:
    """Equal for equal records: a deal that reads as it did last time costs no write."""
    return sha256(repr(deal).encode()).hexdigest()


def mark_gone(session: Session, connection_id: int, pass_number: int, now: datetime) -> int:
    """Mark, never delete, the deals that a whole pass did not meet; returns how many are newly gone."""
    gone = update(Deal).where(Deal.connection_id == connection_id, Deal.seen_pass < pass_number, Deal.gone_at.is_(None))
    ids = list(session.scalars(gone.values(gone_at=now).returning(Deal.id)))
    note_changes(session, ids)
    return len(ids)


def mark_removed_deals(session: Session, connection_id: int, removals: Sequence[port.Removal], now: datetime) -> int:
    """Mark the deals that the CRM says are gone; returns how many are newly so."""
    ids = [one.deal_id for one in removals]
    gone = update(Deal).where(Deal.connection_id == connection_id, Deal.crm_id.in_(ids), Deal.gone_at.is_(None))
    found = list(session.scalars(gone.values(gone_at=now).returning(Deal.id))) if ids else []
    note_changes(session, found)
    return len(found)


def _is_erased(contact: port.Contact, erased: ErasedNames | None) -> bool:
    return erased is not None and (erased.is_one(contact.name) or erased.is_one(contact.email))


def _without(columns: dict[str, Any], erased: ErasedNames | None) -> dict[str, Any]:
    """A deal's texts without who was erased from it; what it is called only where that was said."""
    if erased is None:
        return columns
    texts = ("source", "persona", "name", "company") if erased.in_title else ("source", "persona")
    return columns | {name: erased.without(columns[name]) for name in texts if columns[name]}


def _remember_former(session: Session, deal_ids: Sequence[int], present: AbstractSet[tuple[int, str, str]]) -> None:
    """Who is on these deals no more, or under another name."""

    def of(query: Select[int, str, str]) -> set[tuple[int, str, str]]:
        return {(deal_id, crm_id, name) for deal_id, crm_id, name in session.execute(query)}

    there = select(DealContact.deal_id, DealContact.crm_id, DealContact.name)
    once = select(FormerContact.deal_id, FormerContact.crm_id, FormerContact.name)
    leaving = of(there.where(DealContact.deal_id.in_(deal_ids))) - present
    new = leaving - of(once.where(FormerContact.deal_id.in_(deal_ids))) if leaving else leaving
    names = ("deal_id", "crm_id", "name")
    insert_rows(session, FormerContact, [dict(zip(names, one, strict=True)) for one in sorted(new)])
