"""Personas written here: changed by one person at a time, put in order, taken out and in as a file; a deal's own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.domain.persona import Persona
from plugin.domain.segment import folded
from plugin.library.shapes import LONGEST_KEY
from plugin.services.audit import record
from plugin.services.persona_shelf import changed, put_personas
from plugin.services.viewer import Viewer
from plugin.store.assigning import assign, reassign
from plugin.store.cohorts.snapshot import note_changes
from plugin.store.queries.personas import PersonaLine, persona_lines
from plugin.store.tables import PersonaChoice, StoredPersona

# More would be no segments any more; a rule is read for every deal.
MOST_PERSONAS = 40


@dataclass(frozen=True, slots=True)
class Clash:
    """Somebody saved since this form was opened. Nothing was stored; this is what they wrote."""

    theirs: PersonaLine


def find_persona(session: Session, key: str) -> PersonaLine | None:
    return next((line for line in persona_lines(session) if line.persona.key == key), None)


def save_persona(
    session: Session, viewer: Viewer, persona: Persona, revision: int, now: datetime
) -> PersonaLine | Clash | None:
    """Store a persona on top of the revision that it was opened on, and read all deals anew where its rule is another.

    None where it is gone. What says the same as what is stored clashes with nothing.
    """
    row = session.scalar(select(StoredPersona).filter_by(key=persona.key).with_for_update())
    line = find_persona(session, persona.key)
    if row is None or line is None:
        return None
    if line.persona == persona:
        return line
    if row.revision != revision:
        return Clash(line)
    row.content, row.revision = persona.plain, row.revision + 1
    row.changed_by, row.changed_at = viewer.user_id, now
    _settle(session, viewer, "persona changed", persona.key, now, line.persona.segment != persona.segment)
    return find_persona(session, persona.key)


def add_persona(session: Session, viewer: Viewer, persona: Persona, now: datetime) -> bool:
    """Before the others, whose rules would else take its deals; False where there are as many as can be."""
    positions = session.scalars(select(StoredPersona.position)).all()
    if len(positions) >= MOST_PERSONAS:
        return False
    row = StoredPersona(key=persona.key, position=min(positions, default=1) - 1, content=persona.plain)
    row.changed_by, row.changed_at = viewer.user_id, now
    session.add(row)
    _settle(session, viewer, "persona added", persona.key, now)
    return True


def remove_persona(session: Session, viewer: Viewer, key: str, now: datetime) -> bool:
    """Its deals go to whom the rules say then; what is believed of it waits. False for the last one, or none."""
    row = session.scalar(select(StoredPersona).filter_by(key=key))
    if row is None or len(persona_lines(session)) == 1:
        return False
    session.delete(row)
    _settle(session, viewer, "persona removed", key, now)
    return True


def move_up(session: Session, viewer: Viewer, key: str, now: datetime) -> bool:
    """Before the one before it: where both rules take a deal it is this one's then. False where none is before it."""
    rows = list(session.scalars(select(StoredPersona).order_by(StoredPersona.position, StoredPersona.id)))
    place = next((number for number, row in enumerate(rows) if row.key == key), 0)
    if place == 0:
        return False
    rows[place - 1 : place + 1] = [rows[place], rows[place - 1]]
    for position, row in enumerate(rows):
        row.position = position
    _settle(session, viewer, "persona moved", key, now)
    return True


def import_personas(session: Session, viewer: Viewer, personas: Sequence[Persona], now: datetime) -> None:
    """The personas of a file in place of all that there are."""
    put_personas(session, personas, viewer.user_id, now)
    _settle(session, viewer, "personas imported", "", now)


def choose_persona(
    session: Session, viewer: Viewer, deal_id: int, public_id: str, key: str | None, now: datetime
) -> None:
    """A person says whose deal it is, whatever rules and syncs say; None leaves it to the rules again."""
    choice = session.get(PersonaChoice, deal_id)
    if key is None:
        if choice:
            session.delete(choice)
    else:
        choice = choice or PersonaChoice(deal_id=deal_id)
        choice.persona, choice.user_id, choice.chosen_at = key, viewer.user_id, now
        session.add(choice)
    session.flush()
    note_changes(session, assign(session, [deal_id]))
    record(session, viewer.user_id, "persona chosen" if key else "persona left to rules", public_id, now)


def free_key(name: str, taken: Sequence[str]) -> str:
    """A key that a name gives: small letters, digits and _."""
    plain = re.sub("[^a-z0-9]+", "_", folded(name)).strip("_")[: LONGEST_KEY - 4]
    base = plain if plain[:1].isalpha() else f"persona_{plain}".strip("_")[: LONGEST_KEY - 4]
    numbered = (base if number == 1 else f"{base}_{number}" for number in range(1, len(taken) + 2))
    return next(key for key in numbered if key not in taken)


def _settle(session: Session, viewer: Viewer, act: str, key: str, now: datetime, rules: bool = True) -> None:
    """What every change ends in. ``rules``: whose deal is whose may be another thing now."""
    changed(session)
    if rules:
        reassign(session, now)
    record(session, viewer.user_id, act, key, now)
