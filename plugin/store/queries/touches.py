"""Touches as pages show them, and as credit is shared among them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ColumnElement, func, select, type_coerce
from sqlalchemy.orm import Session

from plugin.store.tables import Touch, TouchImport, Touchpoint, UserAccount

# SQLite takes 32,766 parameters a statement.
IDS_A_STATEMENT = 5_000
IMPORTS_SHOWN = 20


class By(StrEnum):
    """What touches are put together by."""

    CHANNEL = "channel"
    CAMPAIGN = "campaign"
    TOUCHPOINT = "touchpoint"
    KIND = "kind"


@dataclass(frozen=True, slots=True)
class TouchLine:
    """One touch. ``at`` None: nobody knows when; ``touchpoint`` is ours, or what the source calls it."""

    at: datetime | None
    channel: str
    source: str | None
    campaign: str | None
    kind: str | None
    touchpoint: str | None

    def by(self, what: By) -> str | None:
        said: str | None = getattr(self, what.value)
        return said


@dataclass(frozen=True, slots=True)
class ImportLine:
    """A file that somebody sent; ``touches`` of it are counted still."""

    public_id: str
    file_name: str
    by: str | None
    imported_at: datetime
    sent: int
    touches: int
    undone_at: datetime | None


def touches_of(session: Session, deal_ids: Sequence[int]) -> dict[int, tuple[TouchLine, ...]]:
    """Each deal's touches in the order of time, those without a date behind them."""
    found: defaultdict[int, list[TouchLine]] = defaultdict(list)
    query = (
        select(Touch.deal_id, Touch.at, Touch.channel, Touch.source, Touch.campaign, Touch.kind, _touchpoint())
        .outerjoin(Touchpoint, Touchpoint.id == Touch.touchpoint_id)
        .where(Touch.withdrawn_at.is_(None))
        .order_by(Touch.deal_id, Touch.at.is_(None), Touch.at, Touch.id)
    )
    for some in _batches(deal_ids):
        for row in session.execute(query.where(Touch.deal_id.in_(some))):
            found[row[0]].append(TouchLine(*row[1:]))
    return {deal_id: tuple(touches) for deal_id, touches in found.items()}


def dated_keys(session: Session, deal_ids: Sequence[int], by: By) -> dict[int, list[tuple[int, str | None]]]:
    """By deal, its dated touches in the order of time: when (in microseconds since 1970), and what they go by."""
    found: defaultdict[int, list[tuple[int, str | None]]] = defaultdict(list)
    said: ColumnElement[str | None] = _touchpoint() if by is By.TOUCHPOINT else getattr(Touch, by.value)
    query = (
        select(Touch.deal_id, type_coerce(Touch.at, BigInteger), said)
        .where(Touch.withdrawn_at.is_(None), Touch.at.is_not(None))
        .order_by(Touch.deal_id, Touch.at, Touch.id)
    )
    if by is By.TOUCHPOINT:
        query = query.outerjoin(Touchpoint, Touchpoint.id == Touch.touchpoint_id)
    for some in _batches(deal_ids):
        for deal_id, at, key in session.execute(query.where(Touch.deal_id.in_(some))):
            found[deal_id].append((at, key))
    return found


def count_undated(session: Session, deal_ids: Sequence[int]) -> int:
    query = select(func.count()).where(Touch.withdrawn_at.is_(None), Touch.at.is_(None))
    return sum(session.scalar(query.where(Touch.deal_id.in_(some))) or 0 for some in _batches(deal_ids))


def any_touch(session: Session) -> bool:
    return session.scalar(select(Touch.id).where(Touch.withdrawn_at.is_(None)).limit(1)) is not None


def words_of_touches(session: Session, by: By, most: int = 200) -> tuple[str, ...]:
    """What touches say, the commonest first: for whoever has to choose a word."""
    said = getattr(Touch, by.value)
    query = select(said).where(said.is_not(None), Touch.withdrawn_at.is_(None)).group_by(said)
    return tuple(session.scalars(query.order_by(func.count().desc(), said).limit(most)))


def imports(session: Session) -> tuple[ImportLine, ...]:
    """The files that people sent last, the newest first."""
    live = select(func.count()).where(Touch.import_id == TouchImport.id, Touch.withdrawn_at.is_(None)).scalar_subquery()
    rows = session.execute(
        select(TouchImport, UserAccount.name, live)
        .outerjoin(UserAccount, UserAccount.id == TouchImport.user_id)
        .order_by(TouchImport.id.desc())
        .limit(IMPORTS_SHOWN)
    )
    return tuple(
        ImportLine(row.public_id, row.file_name, by, row.imported_at, row.touches, touches, row.undone_at)
        for row, by, touches in rows
    )


def _touchpoint() -> ColumnElement[str | None]:
    return func.coalesce(Touchpoint.name, Touch.place)


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), IDS_A_STATEMENT):
        yield ids[start : start + IDS_A_STATEMENT]
