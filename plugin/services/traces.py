"""Where a person is in what we hold: each row that names them, quotes them, or is what they said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from plugin.domain.names import Names
from plugin.domain.redaction import Redaction
from plugin.store.personal import HOLDINGS, Holding, rows_of


@dataclass(frozen=True)
class Subject:
    """Somebody whose data is asked for: ``names`` by deal, and ``full`` ones that are looked for where no deal is.

    ``contact`` is their connection and their number there; None for somebody whom no CRM knows. ``known_in`` are the
    deals that have them by that number.
    """

    contact: tuple[int, str] | None
    known_in: frozenset[int]
    names: Mapping[int, Names]
    full: Names


@dataclass(frozen=True)
class Trace:
    """A row with the person in it. ``after`` is what its columns hold without them; ``goes``: the row itself goes."""

    holding: Holding
    row: Any
    deal_id: int | None
    goes: bool
    after: Mapping[str, Any]


def traces(session: Session, subject: Subject) -> tuple[Trace, ...]:
    """Everywhere, in the order of the list of holdings."""
    found = [
        (holding, *one)
        for holding in HOLDINGS
        for one in rows_of(session, holding, subject.names.keys(), subject.contact)
    ]
    quotes: defaultdict[int | None, set[str]] = defaultdict(set)
    for holding, row, deal_id, teller in found:
        quotes[deal_id].update(text.strip() for text in _said(subject, holding, row, deal_id, teller) if text.strip())
    read = (_trace(subject, *one, frozenset(quotes[one[2]])) for one in found)
    return tuple(trace for trace in read if trace)


def _said(subject: Subject, holding: Holding, row: Any, deal_id: int | None, teller: str | None) -> Iterator[str]:
    names = _names(subject, deal_id)
    if _is_theirs(subject, holding, row, deal_id):
        yield from (getattr(row, column) or "" for column in holding.words)
    if names.is_one(teller):
        yield from (getattr(row, column) or "" for column in holding.told)


def _trace(
    subject: Subject, holding: Holding, row: Any, deal_id: int | None, teller: str | None, quotes: frozenset[str]
) -> Trace | None:
    names, is_theirs = _names(subject, deal_id), _is_theirs(subject, holding, row, deal_id)
    if is_theirs and holding.goes:
        return Trace(holding, row, deal_id, True, {one: "" for one in holding.columns if getattr(row, one)})
    redaction = Redaction(names, quotes)
    after = {column: redaction.of(getattr(row, column)) for column in holding.columns}
    after |= {column: "" for column in holding.names if names.is_one(getattr(row, column))}
    after |= dict.fromkeys(holding.words, "") if is_theirs else {}
    after |= dict.fromkeys(holding.told, "") if names.is_one(teller) else {}
    after |= {holding.contact: None} if is_theirs and holding.contact else {}
    changed = {column: value for column, value in after.items() if value != (getattr(row, column) or value)}
    return Trace(holding, row, deal_id, False, changed) if changed else None


def _names(subject: Subject, deal_id: int | None) -> Names:
    return subject.full if deal_id is None else subject.names[deal_id]


def _is_theirs(subject: Subject, holding: Holding, row: Any, deal_id: int | None) -> bool:
    """Whether the row is about the person: by their number, or by a name of theirs."""
    has_number = holding.contact and (deal_id is None or deal_id in subject.known_in)
    if has_number and subject.contact and getattr(row, holding.contact) == subject.contact[1]:
        return True
    names = _names(subject, deal_id)
    return any(names.is_one(getattr(row, column)) for column in holding.names)
