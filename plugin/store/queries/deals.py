"""Deals as lists show them, and what one deal's page is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from plugin.domain.visits import NOWHERE_YET, Standing
from plugin.store.tables import (
    CrmOwner,
    CrmPipeline,
    Deal,
    DealContact,
    DealStanding,
    StageMoveFact,
)


@dataclass(frozen=True, slots=True)
class DealLine:
    """A deal on one line. ``state`` is open, won, lost or none (no known stage yet); ``since`` when that began.

    ``journey`` is the key that its pipeline names; None is the main one. ``persona`` is the CRM's word, ``persona_key``
    the persona that the deal is read for.
    """

    id: int
    public_id: str
    name: str
    company: str | None
    contact: str | None
    owner: str | None
    pipeline: str
    amount: Decimal | None
    currency: str | None
    persona: str | None
    persona_key: str | None
    source: str | None
    stage: str | None
    state: str
    since: datetime | None
    gone_at: datetime | None
    journey: str | None = None

    @property
    def gone(self) -> bool:
        return self.gone_at is not None


@dataclass(frozen=True, slots=True)
class ContactLine:
    name: str
    email: str | None


@dataclass(frozen=True, slots=True)
class MoveLine:
    """A move as its source told it: the CRM's label of that day, or the buyer stage that a person named here."""

    label: str
    target: str | None
    at: datetime
    actor: str | None


def deal_lines() -> Select[*tuple[Any, ...]]:
    """A select of the columns of DealLine, in its order, to which callers add conditions."""
    return (
        select(
            Deal.id,
            Deal.public_id,
            Deal.name,
            Deal.company,
            DealContact.name.label("contact"),
            CrmOwner.name.label("owner"),
            CrmPipeline.label.label("pipeline"),
            Deal.amount,
            Deal.currency,
            Deal.persona,
            Deal.persona_key,
            Deal.source,
            DealStanding.stage,
            func.coalesce(DealStanding.state, "none").label("state"),
            DealStanding.since,
            Deal.gone_at,
            CrmPipeline.journey,
        )
        .join(CrmPipeline, CrmPipeline.id == Deal.pipeline_id)
        .outerjoin(CrmOwner, CrmOwner.id == Deal.owner_id)
        .outerjoin(DealStanding, DealStanding.deal_id == Deal.id)
        .outerjoin(DealContact, and_(DealContact.deal_id == Deal.id, DealContact.position == 0))
    )


def read_lines(session: Session, query: Select[*tuple[Any, ...]]) -> tuple[DealLine, ...]:
    return tuple(DealLine(*row) for row in session.execute(query))


def owned_by(user_id: int | None) -> ColumnElement[bool]:
    """Deals of the owners linked to this account; all deals for None."""
    return Deal.id.is_not(None) if user_id is None else CrmOwner.user_id == user_id


def owners_linked_to(session: Session, user_id: int) -> Sequence[int]:
    """The CRM's owners that are this account."""
    return session.scalars(select(CrmOwner.id).where(CrmOwner.user_id == user_id)).all()


def find_deal(session: Session, public_id: str, user_id: int | None) -> DealLine | None:
    """The deal, where these eyes may see it."""
    lines = read_lines(session, deal_lines().where(Deal.public_id == public_id, owned_by(user_id)))
    return lines[0] if lines else None


def find_deal_of_crm(session: Session, connection_id: int, crm_id: str) -> DealLine | None:
    """The deal that goes by this id in the CRM of the connection."""
    its_own = and_(Deal.connection_id == connection_id, Deal.crm_id == crm_id)
    lines = read_lines(session, deal_lines().where(its_own))
    return lines[0] if lines else None


def find_public_id(session: Session, name: str) -> str | None:
    """The deal that goes by this public id or id of its CRM."""
    return session.scalar(
        select(Deal.public_id).where(or_(Deal.public_id == name, Deal.crm_id == name)).order_by(Deal.id).limit(1)
    )


def lines_of(session: Session, deal_ids: Sequence[int]) -> dict[int, DealLine]:
    return {line.id: line for line in read_lines(session, deal_lines().where(Deal.id.in_(deal_ids)))}


def open_lines(session: Session, user_id: int | None, since: datetime) -> tuple[DealLine, ...]:
    """Deals that are open, in the CRM still, and in their stage since then or later; the longest there first."""
    return read_lines(
        session,
        deal_lines()
        .where(owned_by(user_id), DealStanding.state == "open", Deal.gone_at.is_(None), DealStanding.since >= since)
        .order_by(DealStanding.since, Deal.id),
    )


def recent_deals(session: Session, user_id: int | None, most: int = 30) -> tuple[DealLine, ...]:
    """Open deals that moved last, the newest first."""
    query = deal_lines().where(owned_by(user_id), DealStanding.state == "open", Deal.gone_at.is_(None))
    return read_lines(session, query.order_by(DealStanding.last_move_at.desc().nulls_last(), Deal.id).limit(most))


def search_deals(
    session: Session,
    user_id: int | None,
    search: str,
    stage: str | None,
    state: str,
    page: int,
    size: int,
    persona: str | None = None,
) -> tuple[tuple[DealLine, ...], int]:
    """One page (from 1) of the deals that match, and how many match in all. ``state`` "all" takes every state."""
    query = deal_lines().where(*_matching(user_id, search, stage, state, persona))
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    ordered = query.order_by(DealStanding.since.desc().nulls_last(), Deal.id)
    return read_lines(session, ordered.limit(size).offset((page - 1) * size)), total


def deals_after(
    session: Session,
    user_id: int | None,
    search: str,
    stage: str | None,
    state: str,
    after: int,
    size: int,
    persona: str | None = None,
) -> tuple[DealLine, ...]:
    """Deals that match, in the order in which we came to know them, behind the one with the id ``after``.

    That order never changes: who reads on finds each deal once, whatever is added or moves meanwhile.
    """
    query = deal_lines().where(*_matching(user_id, search, stage, state, persona), Deal.id > after)
    return read_lines(session, query.order_by(Deal.id).limit(size))


def contacts_of(session: Session, deal_id: int) -> tuple[ContactLine, ...]:
    rows = session.execute(
        select(DealContact.name, DealContact.email).where(DealContact.deal_id == deal_id).order_by(DealContact.position)
    )
    return tuple(ContactLine(*row) for row in rows)


def moves_since(session: Session, deal_id: int, since: datetime | None) -> tuple[MoveLine, ...]:
    """The moves that hold and came after an instant (all of them for None), the newest first."""
    conditions = [StageMoveFact.deal_id == deal_id, StageMoveFact.withdrawn_at.is_(None), StageMoveFact.at.is_not(None)]
    if since is not None:
        conditions.append(StageMoveFact.at > since)
    rows = session.execute(
        select(StageMoveFact.label, StageMoveFact.target, StageMoveFact.at, StageMoveFact.actor)
        .where(*conditions)
        .order_by(StageMoveFact.at.desc(), StageMoveFact.ordinal.desc())
    )
    return tuple(MoveLine(label, target, at, actor) for label, target, at, actor in rows if at)


def standing_of(session: Session, deal_id: int) -> tuple[Standing, int]:
    """Where the buyer stands, and how many moves went into unmapped stages."""
    return standings_of(session, [deal_id]).get(deal_id, (NOWHERE_YET, 0))


def standings_of(session: Session, deal_ids: Sequence[int]) -> dict[int, tuple[Standing, int]]:
    rows = session.execute(
        select(
            DealStanding.deal_id,
            DealStanding.unmapped,
            DealStanding.stage,
            DealStanding.state,
            DealStanding.since,
            DealStanding.came_back,
            DealStanding.round,
            DealStanding.spell,
            DealStanding.last_move_at,
        ).where(DealStanding.deal_id.in_(deal_ids))
    )
    return {row[0]: (Standing(*row[2:]), row[1]) for row in rows}


def is_any_deal(session: Session) -> bool:
    """Whether a CRM has brought a deal that it still has."""
    return session.scalar(select(Deal.id).where(Deal.gone_at.is_(None)).limit(1)) is not None


def _matching(
    user_id: int | None, search: str, stage: str | None, state: str, persona: str | None
) -> list[ColumnElement[bool]]:
    conditions = [owned_by(user_id), Deal.gone_at.is_(None)]
    if search:
        pattern = f"%{_escaped(search)}%"
        conditions.append(
            or_(
                Deal.name.ilike(pattern, escape="\\"),
                Deal.company.ilike(pattern, escape="\\"),
                DealContact.name.ilike(pattern, escape="\\"),
            )
        )
    if stage:
        conditions.append(DealStanding.stage == stage)
    if persona:
        conditions.append(Deal.persona_key == persona)
    if state != "all":
        conditions.append(func.coalesce(DealStanding.state, "none") == state)
    return conditions


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
