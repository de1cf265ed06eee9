"""Where deals stand today, and which of them have no meeting ahead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.store.cohorts.view import View
from plugin.store.queries.questions import Question
from plugin.store.tables import Meeting


@dataclass(frozen=True, slots=True)
class WaitingDeals:
    """Deals that stand in a stage now, and how many of them have no meeting ahead."""

    deals: int
    without_next: int


def waiting_deals(session: Session, view: View, question: Question, stage: str, now: datetime) -> WaitingDeals:
    """Of the deals that the question's filters take, whenever they entered."""
    deals = view.open_deals(session, question, stage)["deal"]
    ahead = session.scalars(
        select(Meeting.deal_id).where(
            Meeting.state == "planned", Meeting.removed_at.is_(None), Meeting.starts_at >= now
        )
    )
    without_next = np.count_nonzero(~np.isin(deals, np.fromiter(ahead, np.int64)))
    return WaitingDeals(len(deals), int(without_next))
