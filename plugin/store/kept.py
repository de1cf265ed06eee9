"""Which deals a retention rule is about, so that no sync fetches again what it let go."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from plugin.domain.moves import LOST, WON
from plugin.domain.retention import Kept, months_before
from plugin.store.tables import Deal, DealStanding, RetentionRule

# Which deals a rule is about: those that ended so.
ENDS = {Kept.CLOSED_WORDS: (WON, LOST), Kept.LOST_CONTACTS: (LOST,)}


def ended(what: Kept, before: datetime) -> ColumnElement[bool]:
    """Deals that were won or lost, as the rule wants it, before this instant, and have been so since."""
    of_standing = DealStanding.state.in_(ENDS[what]), DealStanding.since < before
    return Deal.id.in_(select(DealStanding.deal_id).where(*of_standing))


def wordless(session: Session, deal_ids: Collection[int], now: datetime) -> set[int]:
    """Those of these deals whose words the rule has let go; none while it is off."""
    rule = select(RetentionRule.months).filter_by(what=Kept.CLOSED_WORDS.value, active=True)
    months = session.scalar(rule)
    if months is None:
        return set()
    old = ended(Kept.CLOSED_WORDS, months_before(now, months))
    return set(session.scalars(select(Deal.id).where(Deal.id.in_(deal_ids), old)))
