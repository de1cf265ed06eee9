"""Who did what when, as it was recorded."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from plugin.store.tables import Action, AuditEntry, Objective, Touchpoint, UserAccount

NAMED = (
    (Action.public_id, Action.title),
    (Objective.public_id, Objective.stage),
    (Touchpoint.public_id, Touchpoint.name),
)


@dataclass(frozen=True, slots=True)
class DeedLine:
    """``by`` is None for what we did by ourselves, or at the command line, or where the account is gone."""

    at: datetime
    by: str | None
    act: str
    about: str


@dataclass(frozen=True, slots=True)
class DeedsAsked:
    """``user_id`` 0 asks for what nobody with an account did. ``behind`` is the first instant left out."""

    user_id: int | None = None
    act: str | None = None
    first: datetime | None = None
    behind: datetime | None = None


def deeds(session: Session, asked: DeedsAsked, page: int, size: int) -> tuple[tuple[DeedLine, ...], int]:
    """One page (from 1) of the deeds that match, the newest first, and how many match in all."""
    query = _matching(asked)
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    rows = session.execute(query.limit(size).offset((page - 1) * size))
    return tuple(DeedLine(*row) for row in rows), total


def all_deeds(session: Session, asked: DeedsAsked) -> Iterator[DeedLine]:
    for row in session.execute(_matching(asked)).yield_per(1_000):
        yield DeedLine(*row)


def labels_of(session: Session, public_ids: Collection[str]) -> dict[str, str]:
    """What the things are called now that deeds name by a public id; those that are gone are left out.

    Only what we call our own things: a deal may go by a person's name.
    """
    found: dict[str, str] = {}
    for ids, name in NAMED:
        found |= dict(session.execute(select(ids, name).where(ids.in_(public_ids))).all()) if public_ids else {}
    return found


def acts_recorded(session: Session) -> Sequence[str]:
    """Every kind of act that there is an entry of."""
    return session.scalars(select(AuditEntry.act).distinct().order_by(AuditEntry.act)).all()


def doers(session: Session) -> dict[int, str]:
    """The accounts that did something, by name."""
    did = select(AuditEntry.user_id).where(AuditEntry.user_id.is_not(None))
    rows = session.execute(
        select(UserAccount.id, UserAccount.name).where(UserAccount.id.in_(did)).order_by(UserAccount.name)
    )
    return dict(rows.all())


def _matching(asked: DeedsAsked) -> Select[datetime, str, str, str]:
    query = select(AuditEntry.at, UserAccount.name, AuditEntry.act, AuditEntry.about)
    query = query.outerjoin(UserAccount, UserAccount.id == AuditEntry.user_id)
    if asked.user_id is not None:
        query = query.where(AuditEntry.user_id == asked.user_id if asked.user_id else AuditEntry.user_id.is_(None))
    if asked.act:
        query = query.where(AuditEntry.act == asked.act)
    if asked.first:
        query = query.where(AuditEntry.at >= asked.first)
    if asked.behind:
        query = query.where(AuditEntry.at < asked.behind)
    return query.order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
