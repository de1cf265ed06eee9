"""Personas in use, how many deals each has, and what a rule can go by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from plugin.domain.persona import Persona
from plugin.domain.segment import DealFacts, domain_of
from plugin.store.tables import (
    CrmOwner,
    CrmPipeline,
    Deal,
    DealContact,
    PersonaChoice,
    PersonaSet,
    StoredPersona,
    UserAccount,
)


@dataclass(frozen=True, slots=True)
class PersonaLine:
    """A persona as it is kept. ``by`` is None for who left, and for what nobody changed here."""

    persona: Persona
    revision: int
    by: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ChoiceLine:
    """The persona that a person gave a deal; ``by`` is None for who left."""

    persona: str
    by: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ReadDeal:
    """A deal as rules see it. ``key`` is its persona now, ``chosen`` the one that a person gave it."""

    id: int
    name: str
    key: str | None
    chosen: str | None
    facts: DealFacts


def personas_in_use(session: Session) -> tuple[Persona, ...]:
    rows = session.scalars(select(StoredPersona.content).order_by(StoredPersona.position, StoredPersona.id))
    return tuple(map(Persona.of, rows))


def persona_lines(session: Session) -> tuple[PersonaLine, ...]:
    rows = session.execute(
        select(StoredPersona.content, StoredPersona.revision, UserAccount.name, StoredPersona.changed_at)
        .outerjoin(UserAccount, UserAccount.id == StoredPersona.changed_by)
        .order_by(StoredPersona.position, StoredPersona.id)
    )
    return tuple(PersonaLine(Persona.of(content), *rest) for content, *rest in rows)


def revision_of_personas(session: Session) -> int | None:
    """Counts the changes of any of them; None before any was stored."""
    return session.scalar(select(PersonaSet.revision))


def is_assigning(session: Session) -> bool:
    """Whether deals are still being read anew in the background."""
    return session.scalar(select(PersonaSet.assigning_since)) is not None


def deals_by_persona(session: Session) -> dict[str | None, int]:
    """How many of the CRM's deals are read as each persona's; None has those of nobody."""
    rows = session.execute(
        select(Deal.persona_key, func.count()).where(Deal.gone_at.is_(None)).group_by(Deal.persona_key)
    )
    return dict(rows.all())


def choice_of(session: Session, deal_id: int) -> ChoiceLine | None:
    row = session.execute(
        select(PersonaChoice.persona, UserAccount.name, PersonaChoice.chosen_at)
        .outerjoin(UserAccount, UserAccount.id == PersonaChoice.user_id)
        .where(PersonaChoice.deal_id == deal_id)
    ).first()
    return ChoiceLine(*row) if row else None


def read_deals(session: Session, deal_ids: Sequence[int]) -> tuple[ReadDeal, ...]:
    """These deals (no more than a statement takes) with what rules go by."""
    return _read(session, Deal.id.in_(deal_ids))


def newest_deals(session: Session, most: int) -> tuple[ReadDeal, ...]:
    """The deals of the CRM that we came to know last."""
    last = select(Deal.id).where(Deal.gone_at.is_(None)).order_by(Deal.id.desc()).limit(most)
    return _read(session, Deal.id.in_(last))


def crm_words(session: Session, most: int = 200) -> dict[str, tuple[str, ...]]:
    """What rules are often about, as the CRM writes it; roles, sources and currencies the most frequent first."""
    found = {
        name: session.scalars(
            select(column).where(column.is_not(None)).group_by(column).order_by(func.count().desc(), column).limit(most)
        )
        for name, column in (("role", Deal.persona), ("source", Deal.source), ("currency", Deal.currency))
    }
    return {
        **{name: tuple(text for text in texts if text) for name, texts in found.items()},
        "pipeline": tuple(session.scalars(select(CrmPipeline.label).distinct().order_by(CrmPipeline.label))),
        "owner": tuple(session.scalars(select(CrmOwner.name).distinct().order_by(CrmOwner.name))),
    }


def _read(session: Session, condition: ColumnElement[bool]) -> tuple[ReadDeal, ...]:
    rows = session.execute(
        select(
            Deal.id,
            Deal.persona_key,
            PersonaChoice.persona,
            Deal.persona,
            Deal.source,
            CrmPipeline.label,
            Deal.company,
            Deal.name,
            CrmOwner.name,
            Deal.currency,
            Deal.amount,
        )
        .join(CrmPipeline, CrmPipeline.id == Deal.pipeline_id)
        .outerjoin(CrmOwner, CrmOwner.id == Deal.owner_id)
        .outerjoin(PersonaChoice, PersonaChoice.deal_id == Deal.id)
        .where(condition)
        .order_by(Deal.id.desc())
    ).all()
    domains = _domains(session, condition)
    return tuple(
        ReadDeal(
            id_,
            company or deal,
            key,
            chosen,
            DealFacts(role, source, pipeline, company, deal, owner, domains.get(id_, ()), currency, amount),
        )
        for id_, key, chosen, role, source, pipeline, company, deal, owner, currency, amount in rows
    )


def _domains(session: Session, condition: ColumnElement[bool]) -> Mapping[int, tuple[str, ...]]:
    rows = session.execute(
        select(DealContact.deal_id, DealContact.email)
        .join(Deal, Deal.id == DealContact.deal_id)
        .where(condition, DealContact.email.is_not(None))
    )
    found: defaultdict[int, tuple[str, ...]] = defaultdict(tuple)
    for deal_id, email in rows:
        found[deal_id] += tuple(filter(None, (domain_of(email),)))
    return found
