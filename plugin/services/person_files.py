"""Everything held about a person, to be handed to them: JSON for programs, CSV for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from plugin.services.legal_basis import BasisLine
from plugin.services.person_data import Held, PersonPage

FORMAT, VERSION = "parcours.person", 1
HEAD = ("where", "deal", "company", "at", "origin", "by", "field", "text")


def as_json(page: PersonPage, now: datetime) -> dict[str, Any]:
    """docs/privacy.md says what each field is. A field that is added leaves the version as it is."""
    person = page.person
    return {
        "format": FORMAT,
        "version": VERSION,
        "made_at": now.isoformat(),
        "person": {
            "names": list(person.names),
            "emails": list(person.emails),
            "connection": person.connection,
            "contact_id": person.contact_id,
        },
        "legal_basis": _basis(page.bases.in_force, default=not page.bases.own) if page.bases.in_force else None,
        "legal_bases_noted": [_basis(one, default=False) for one in page.bases.own],
        "deals": [{"id": one.public_id, "name": one.name, "company": one.company} for one in page.chosen],
        "held": [_held(one) for one in page.held],
    }


def csv_rows(page: PersonPage) -> Iterator[tuple[object, ...]]:
    """A row for each text; the columns are HEAD."""
    basis = page.bases.in_force
    if basis:
        yield "legal_basis", None, None, basis.at.isoformat(), None, basis.by, basis.basis.value, basis.note
    for one in page.held:
        deal = (one.deal.name, one.deal.company) if one.deal else (None, None)
        for field, text in one.fields:
            yield one.where, *deal, one.at.isoformat() if one.at else None, one.origin.value, one.by, field, text


def _held(one: Held) -> dict[str, Any]:
    return {
        "where": one.where,
        "deal": one.deal.public_id if one.deal else None,
        "at": one.at.isoformat() if one.at else None,
        "origin": one.origin.value,
        "by": one.by or None,
        "fields": dict(one.fields),
    }


def _basis(line: BasisLine, default: bool) -> dict[str, Any]:
    return {
        "basis": line.basis.value,
        "source": line.source,
        "note": line.note,
        "noted_at": line.at.isoformat(),
        "noted_by": line.by,
        "default_of_connection": default,
    }
