"""The people of the buyer's side, as the CRM and the meetings before know them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from plugin.store.queries.deals import contacts_of
from plugin.store.queries.meetings import WordsLine, attendees_of


@dataclass(frozen=True, slots=True)
class Person:
    """``decides``: they were said to have the last word. ``met``: they came, or were quoted."""

    name: str
    email: str | None
    decides: bool
    met: bool


def people_of(session: Session, deal_id: int, words: Sequence[WordsLine]) -> tuple[Person, ...]:
    """The contacts of the CRM in its order, then whoever else came to a meeting or was quoted; each name once."""
    contacts = {one.name: one.email for one in contacts_of(session, deal_id)}
    attendees = attendees_of(session, deal_id)
    met = dict.fromkeys([*(one.name for one in attendees), *(said.said_by for said in words if said.said_by)])
    deciders = {one.name for one in attendees if one.decides}
    names = dict.fromkeys([*contacts, *met])
    return tuple(Person(name, contacts.get(name), name in deciders, name in met) for name in names)
