"""Touches of the CRM into facts: new ones are added, ones that the CRM takes back are marked, none is deleted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_adapters import port
from plugin.store.bulk import insert_rows
from plugin.store.tables import Touch
from plugin.store.touches import CRM, KEPT, touchpoints_by_name


def store_touches(
    session: Session,
    deals: Sequence[tuple[int, port.Deal]],
    named: AbstractSet[tuple[int, str]],
    now: datetime,
    forgets: bool = False,
) -> None:
    """Make the CRM's touches of these deals (database id, record) what it tells now.

    ``named`` are the people whom we may name (deal, contact). A CRM that ``forgets`` takes back nothing of one of them.
    """
    known = _known(session, [deal_id for deal_id, _ in deals])
    places = touchpoints_by_name(session) if any(deal.touches for _, deal in deals) else {}
    new: list[dict[str, Any]] = []
    for deal_id, deal in deals:
        people = {one.id for one in deal.contacts}
        for touch in deal.touches:
            fact = known.pop((deal_id, key_of(touch)), None)
            if fact is None:
                new.append(_row(deal_id, touch, places, now) | _whose(deal_id, touch, people, named))
            elif fact.origin == CRM:
                fact.withdrawn_at = None
    for fact in _taken_back(known.values(), named if forgets else frozenset()):
        fact.withdrawn_at = now
    insert_rows(session, Touch, new)


def key_of(touch: port.Touch) -> str:
    """An id may be made of a person's: what is kept names nobody."""
    return sha256(touch.id.encode()).hexdigest()[:32]


def _taken_back(facts: Iterable[Touch], present: AbstractSet[tuple[int, str]]) -> Iterator[Touch]:
    for fact in facts:
        stays = fact.at is not None and (fact.deal_id, fact.contact_crm_id) in present
        if fact.origin == CRM and fact.withdrawn_at is None and not stays:
            yield fact


def _known(session: Session, deal_ids: Sequence[int]) -> dict[tuple[int, str], Touch]:
    facts = session.scalars(select(Touch).where(Touch.deal_id.in_(deal_ids), Touch.origin.in_((CRM, KEPT))))
    return {(fact.deal_id, fact.key): fact for fact in facts}


def _row(deal_id: int, touch: port.Touch, places: Mapping[str, int], now: datetime) -> dict[str, Any]:
    touchpoint_id = places.get((touch.touchpoint or "").casefold())
    return {
        "deal_id": deal_id,
        "key": key_of(touch),
        "at": touch.at,
        "channel": touch.channel,
        "source": touch.source,
        "campaign": touch.campaign,
        "kind": touch.kind,
        "touchpoint_id": touchpoint_id,
        "place": None if touchpoint_id else touch.touchpoint,
        "import_id": None,
        "recorded_at": now,
        "withdrawn_at": None,
    }


def _whose(
    deal_id: int, touch: port.Touch, people: AbstractSet[str], named: AbstractSet[tuple[int, str]]
) -> dict[str, Any]:
    """Whoever is on the deal and may not be named was erased: no sync takes their touch back."""
    who = touch.contact_id
    may_be_named = who is not None and (deal_id, who) in named
    return {
        "contact_crm_id": who if may_be_named else None,
        "origin": KEPT if who in people and not may_be_named else CRM,
    }
