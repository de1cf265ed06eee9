"""What was won: deals with their first win, and the money that they bring."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from plugin.domain.conversion import Period
from plugin.domain.moves import WON
from plugin.store.tables import CrmStage, Deal, StageMoveFact


@dataclass(frozen=True, slots=True)
class Wins:
    """How many deals were won; their ``amounts`` by currency (empty: none was told), the largest first."""

    deals: int
    amounts: tuple[tuple[str, Decimal], ...]


def wins_in(session: Session, period: Period) -> Wins:
    """Deals whose first win lies in the period: a renewal is no new customer. Those gone from the CRM don't count."""
    won = or_(StageMoveFact.target == WON, and_(StageMoveFact.target.is_(None), CrmStage.outcome == WON))
    firsts = (
        select(StageMoveFact.deal_id)
        .outerjoin(CrmStage, CrmStage.id == StageMoveFact.crm_stage_id)
        .where(won, StageMoveFact.at.is_not(None), StageMoveFact.withdrawn_at.is_(None))
        .group_by(StageMoveFact.deal_id)
        .having(*_within(func.min(StageMoveFact.at), period))
    )
    rows = session.execute(
        select(Deal.currency, func.count(), func.sum(Deal.amount))
        .where(Deal.id.in_(firsts), Deal.gone_at.is_(None))
        .group_by(Deal.currency)
    ).all()
    amounts = [(currency or "", Decimal(amount)) for currency, _, amount in rows if amount is not None]
    return Wins(sum(deals for _, deals, _ in rows), tuple(sorted(amounts, key=lambda one: (-one[1], one[0]))))


def _within(instant: ColumnElement[datetime | None], period: Period) -> list[ColumnElement[bool]]:
    found = [instant >= period.start] if period.start else []
    return [*found, instant < period.end] if period.end else found
