"""People of the buyer's side: found by a part of a name or address, whether a CRM knows them or somebody typed them."""

from __future__ import annotations

import hmac
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from sqlalchemy import null, select
from sqlalchemy.orm import Session

from plugin.domain.names import Names, fold, stands_for, words_of
from plugin.services.traces import Subject
from plugin.services.workspace import Workspace
from plugin.store.personal import DEAL, naming, with_deal
from plugin.store.tables import Connection, Deal, DealContact, FormerContact

MOST = 30
# SQLite takes 32,766 parameters a statement.
AT_ONCE = 5_000
CONTACT = DealContact.__tablename__


@dataclass(frozen=True, slots=True)
class PersonDeal:
    """A deal in which somebody is named; ``roles`` are the tables that name them there."""

    id: int
    public_id: str
    name: str
    company: str | None
    connection_id: int
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """``key`` stands for them in addresses and tells nobody who they are.

    Whom no CRM knows has no ``contact_id``. ``elsewhere`` are deals in which the same name was typed: perhaps somebody
    else's.
    """

    key: str
    connection_id: int | None
    connection: str | None
    contact_id: str | None
    names: tuple[str, ...]
    emails: tuple[str, ...]
    deals: tuple[PersonDeal, ...]
    elsewhere: tuple[PersonDeal, ...] = ()

    @property
    def name(self) -> str:
        return next(iter(self.names + self.emails), self.contact_id or "")

    @property
    def contact(self) -> tuple[int, str] | None:
        return None if self.connection_id is None or self.contact_id is None else (self.connection_id, self.contact_id)


@dataclass(frozen=True, slots=True)
class Found:
    """``more``: there are more than are shown."""

    people: tuple[Person, ...]
    more: bool


class _Known(NamedTuple):
    """A contact of a CRM, as one deal has them."""

    connection_id: int
    crm_id: str
    name: str
    email: str | None
    deal_id: int


class _Typed(NamedTuple):
    """A name that somebody typed, and where."""

    deal_id: int
    name: str
    role: str


@dataclass
class _Draft:
    """A person while their deals are being gathered."""

    contact: tuple[int, str] | None
    names: dict[str, None] = field(default_factory=dict)
    emails: dict[str, None] = field(default_factory=dict)
    roles: defaultdict[int, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    elsewhere: defaultdict[int, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))


def find_people(session: Session, workspace: Workspace, search: str) -> Found:
    """Those whose name or address has this in it, whatever its case and accents; contacts of a CRM first."""
    wanted = fold(search)
    if not wanted:
        return Found((), False)
    known = (one for one in _known(session) if _has(wanted, one.name, one.email))
    keys = dict.fromkeys((one.connection_id, one.crm_id) for one in known)
    contacts = _contacts(session, list(keys)[: MOST + 1])
    typed = _typed_only(session, lambda name: _has(wanted, name, None), MOST)
    drafts = [*contacts, *typed]
    return Found(_finished(session, workspace, drafts[:MOST]), len(drafts) > MOST)


def find_person(session: Session, workspace: Workspace, key: str) -> Person | None:
    """Everything that tells who they are, and every deal that names them; None where nobody goes by this key."""
    keys = {(one.connection_id, one.crm_id) for one in _known(session)}
    contact = next((one for one in sorted(keys) if _key(workspace, *map(str, one)) == key), None)
    if contact:
        drafts = _contacts(session, [contact])
        _look_elsewhere(session, drafts[0])
    else:
        drafts = _typed_only(session, lambda name: _key(workspace, fold(name)) == key)
    people = _finished(session, workspace, drafts)
    return people[0] if people else None


def person_of_contact(session: Session, workspace: Workspace, connection_id: int, contact_id: str) -> Person | None:
    found = _finished(session, workspace, _contacts(session, [(connection_id, contact_id)]))
    return found[0] if found else None


def subject_of(session: Session, person: Person, deal_ids: Iterable[int], also: Iterable[str] = ()) -> Subject:
    """The person within these deals, under their own names, those that stand for them there, and ``also`` others."""
    own = [*person.names, *person.emails, *also]
    deals = list(deal_ids)
    typed, contacts = defaultdict(list), defaultdict(list)
    for one in _typed(session, deals):
        typed[one.deal_id].append(one.name)
    for known in _known(session, deals):
        if (known.connection_id, known.crm_id) != person.contact:
            contacts[known.deal_id].append(known.name)
    names = {deal: Names.of([*own, *_aliases(own, typed[deal], contacts[deal])]) for deal in deals}
    known_in = frozenset(one.id for one in person.deals if CONTACT in one.roles)
    # A name of one word is everybody's where no deal says whose.
    return Subject(person.contact, known_in, names, Names.of(one for one in own if len(words_of(one)) > 1))


def _aliases(own: Iterable[str], typed: Iterable[str], others: Collection[str]) -> Iterator[str]:
    """What was typed for the person and for nobody else of the deal."""
    for name in typed:
        mine = any(stands_for(name, one) for one in own)
        if mine and not any(stands_for(name, one) for one in others if fold(one) not in map(fold, own)):
            yield name


def _has(wanted: str, name: str, email: str | None) -> bool:
    """Most names are plain letters, and there are many of them: those are folded in one go."""
    return any(
        wanted in (" ".join(text.lower().split()) if text.isascii() else fold(text)) for text in (name, email or "")
    )


def _known(
    session: Session, deals: Collection[int] | None = None, numbers: Collection[str] | None = None
) -> Iterator[_Known]:
    """The CRMs' contacts of now, then those of before: of these deals, or with these numbers, or all."""
    for table, email in ((DealContact, DealContact.email), (FormerContact, null())):
        query = select(Deal.connection_id, table.crm_id, table.name, email, Deal.id)
        query = query.join(table, table.deal_id == Deal.id).order_by(Deal.id)
        query = query if deals is None else query.where(Deal.id.in_(deals))
        query = query if numbers is None else query.where(table.crm_id.in_(numbers))
        yield from (_Known(*row) for row in session.execute(query).yield_per(5_000))


def _typed(session: Session, deal_ids: Collection[int] | None = None) -> Iterator[_Typed]:
    """Every name that was typed where one person is named."""
    for holding, column in naming():
        name = holding.table.__table__.c[column]
        query = with_deal(holding).with_only_columns(DEAL.c.id, name, maintain_column_froms=True).where(name != "")
        query = query if deal_ids is None else query.where(DEAL.c.id.in_(deal_ids))
        for deal_id, text in session.execute(query.distinct()):
            yield _Typed(deal_id, text, holding.key)


def _contacts(session: Session, keys: Collection[tuple[int, str]]) -> list[_Draft]:
    drafts = {key: _Draft(key) for key in keys}
    numbers = {number for _, number in keys}
    for known in _known(session, numbers=numbers):
        draft = drafts.get((known.connection_id, known.crm_id))
        if draft:
            draft.names |= {known.name: None} if known.name and known.name != known.email else {}
            draft.emails |= {known.email: None} if known.email else {}
            draft.roles[known.deal_id][CONTACT] = None
    found = [one for one in drafts.values() if one.roles]
    deals = {deal for one in found for deal in one.roles}
    for typed in _typed(session, deals) if deals else ():
        for one in found:
            if typed.deal_id in one.roles and any(stands_for(typed.name, name) for name in one.names):
                one.roles[typed.deal_id][typed.role] = None
    return found


def _typed_only(session: Session, wanted: Callable[[str], bool], enough: int | None = None) -> list[_Draft]:
    """People whom no CRM knows in the deals where they were typed: one for each name, until there are ``enough``."""
    found = (one for one in _typed(session) if wanted(one.name))
    drafts: dict[str, _Draft] = {}
    while (some := list(islice(found, AT_ONCE))) and (enough is None or len(drafts) <= enough):
        for one in _unknown(session, some):
            draft = drafts.setdefault(fold(one.name), _Draft(None))
            draft.names[one.name] = None
            draft.roles[one.deal_id][one.role] = None
    return list(drafts.values())


def _unknown(session: Session, typed: Collection[_Typed]) -> Iterator[_Typed]:
    """Those that stand for no contact of their deal."""
    known: defaultdict[int, list[str]] = defaultdict(list)
    for contact in _known(session, {one.deal_id for one in typed}):
        known[contact.deal_id] += [contact.name, contact.email or ""]
    for one in typed:
        if not any(stands_for(one.name, name) for name in known[one.deal_id]):
            yield one


def _look_elsewhere(session: Session, draft: _Draft) -> None:
    """Where the full name was typed in a deal that the CRM does not give them."""
    full = Names.of(name for name in draft.names if len(words_of(name)) > 1)
    for typed in _typed(session):
        if typed.deal_id not in draft.roles and full.is_one(typed.name):
            draft.elsewhere[typed.deal_id][typed.role] = None


def _finished(session: Session, workspace: Workspace, drafts: Collection[_Draft]) -> tuple[Person, ...]:
    deal_ids = {deal for one in drafts for deal in (*one.roles, *one.elsewhere)}
    query = select(Deal.id, Deal.public_id, Deal.name, Deal.company, Deal.connection_id).where(Deal.id.in_(deal_ids))
    deals = {row[0]: row for row in session.execute(query)}
    connections = dict(session.execute(select(Connection.id, Connection.name)).all())

    def of(roles: Mapping[int, Mapping[str, None]]) -> tuple[PersonDeal, ...]:
        return tuple(PersonDeal(*deals[deal], tuple(roles[deal])) for deal in sorted(roles))

    return tuple(
        Person(
            key=_key(workspace, *(map(str, one.contact) if one.contact else [fold(next(iter(one.names)))])),
            connection_id=one.contact[0] if one.contact else None,
            connection=connections[one.contact[0]] if one.contact else None,
            contact_id=one.contact[1] if one.contact else None,
            names=tuple(one.names),
            emails=tuple(one.emails),
            deals=of(one.roles),
            elsewhere=of(one.elsewhere),
        )
        for one in drafts
    )


def _key(workspace: Workspace, *who: str) -> str:
    return hmac.digest(workspace.secret.encode(), "\x1f".join(("person", *who)).encode(), "sha256").hex()[:32]
