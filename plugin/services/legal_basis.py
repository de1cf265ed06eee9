"""On which legal basis a person's data are kept, where that was said, and since when (GDPR, article 6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.domain.names import fold
from plugin.services.audit import record
from plugin.services.people import Person
from plugin.store.tables import Connection, ConnectionBasis, PersonBasis, UserAccount


class LegalBasis(StrEnum):
    """Article 6(1) of the GDPR: points b, f, a and c."""

    CONTRACT = "contract"
    INTEREST = "interest"
    CONSENT = "consent"
    OBLIGATION = "obligation"


# How CRMs begin to say it (HubSpot: ``hs_legal_basis``), in small letters.
_TOLD = {
    "legitimate interest": LegalBasis.INTEREST,
    "performance of a contract": LegalBasis.CONTRACT,
    "freely given consent": LegalBasis.CONSENT,
    "consent": LegalBasis.CONSENT,
    "legal obligation": LegalBasis.OBLIGATION,
}


@dataclass(frozen=True, slots=True)
class BasisLine:
    """``by`` is None where a CRM said it, or where the account is gone."""

    basis: LegalBasis
    source: str
    note: str
    at: datetime
    by: str | None


@dataclass(frozen=True, slots=True)
class Bases:
    """``own`` are those that were noted for the person, the newest first; ``default`` that of their connection."""

    own: tuple[BasisLine, ...]
    default: BasisLine | None

    @property
    def in_force(self) -> BasisLine | None:
        return self.own[0] if self.own else self.default


@dataclass(frozen=True, slots=True)
class ConnectionLine:
    """A connection with what holds for everybody who came in by it; None while nobody has decided."""

    name: str
    basis: BasisLine | None


def told_basis(text: str) -> LegalBasis | None:
    """What a CRM's own words mean; None for words that we don't know."""
    return next((basis for words, basis in _TOLD.items() if fold(text).startswith(words)), None)


def note_basis(
    session: Session,
    connection_id: int,
    contact_id: str,
    basis: LegalBasis,
    source: str,
    now: datetime,
    user_id: int | None = None,
    note: str = "",
    name: str = "",
) -> bool:
    """Note on which basis a contact's data are kept, or those of somebody whom no CRM knows, by ``name``.

    ``source`` says where that was said: a CRM's name, a form, a letter. False where the same stands there already.
    """
    last = session.scalar(
        select(PersonBasis)
        .where(
            PersonBasis.connection_id == connection_id, PersonBasis.contact_id == contact_id, PersonBasis.name == name
        )
        .order_by(PersonBasis.id.desc())
        .limit(1)
    )
    if last and (last.basis, last.source, last.note) == (basis.value, source, note):
        return False
    session.add(
        PersonBasis(
            connection_id=connection_id,
            contact_id=contact_id,
            name=name,
            basis=basis.value,
            source=source,
            note=note,
            noted_at=now,
            noted_by=user_id,
        )
    )
    return True


def note_basis_of(
    session: Session, person: Person, basis: LegalBasis, source: str, note: str, user_id: int | None, now: datetime
) -> None:
    """Note it for somebody as their page shows them."""
    connection = person.connection_id or person.deals[0].connection_id
    name = "" if person.contact_id else person.name
    if note_basis(session, connection, person.contact_id or "", basis, source, now, user_id, note, name):
        record(session, user_id, "basis noted", person.connection or "", now)


def bases_of(session: Session, person: Person) -> Bases:
    connection_id = person.connection_id or person.deals[0].connection_id
    rows = session.execute(
        select(PersonBasis, UserAccount.name)
        .outerjoin(UserAccount, UserAccount.id == PersonBasis.noted_by)
        .where(PersonBasis.connection_id == connection_id, PersonBasis.contact_id == (person.contact_id or ""))
        .order_by(PersonBasis.id.desc())
    )
    names = {fold(name) for name in person.names}
    own = tuple(
        BasisLine(LegalBasis(row.basis), row.source, row.note, row.noted_at, by)
        for row, by in rows
        if person.contact_id or fold(row.name) in names
    )
    return Bases(own, _default(session, connection_id))


def connection_bases(session: Session) -> tuple[ConnectionLine, ...]:
    rows = session.execute(select(Connection.id, Connection.name).order_by(Connection.id))
    return tuple(ConnectionLine(name, _default(session, id_)) for id_, name in rows)


def decide_basis(
    session: Session, connection: str, basis: LegalBasis, note: str, user_id: int | None, now: datetime
) -> bool:
    """Decide what holds for everybody of a connection who has no basis of their own; False where there is none."""
    connection_id = session.scalar(select(Connection.id).filter_by(name=connection))
    if connection_id is None:
        return False
    row = session.get(ConnectionBasis, connection_id) or ConnectionBasis(connection_id=connection_id)
    row.basis, row.note, row.changed_at, row.changed_by = basis.value, note, now, user_id
    session.add(row)
    record(session, user_id, "basis decided", connection, now)
    return True


def _default(session: Session, connection_id: int) -> BasisLine | None:
    found = session.execute(
        select(ConnectionBasis, UserAccount.name)
        .outerjoin(UserAccount, UserAccount.id == ConnectionBasis.changed_by)
        .where(ConnectionBasis.connection_id == connection_id)
    ).first()
    return BasisLine(LegalBasis(found[0].basis), "", found[0].note, found[0].changed_at, found[1]) if found else None
