"""Who may see whom in the reports: a leader's decision, kept in one row."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.services.audit import record
from plugin.services.viewer import Role
from plugin.store.tables import ReportRule

LEADING = frozenset({Role.MANAGER, Role.MARKETER, Role.ADMIN})


class SalespeopleSee(StrEnum):
    """``NOBODY`` but themselves; the team's anonymous ``MIDDLE`` beside themselves; ``EVERYBODY``, by name."""

    NOBODY = "nobody"
    MIDDLE = "middle"
    EVERYBODY = "everybody"


def salespeople_see(session: Session) -> SalespeopleSee:
    """The middle, until somebody decides otherwise."""
    return SalespeopleSee(session.scalar(select(ReportRule.salespeople_see)) or SalespeopleSee.MIDDLE)


def decide_what_salespeople_see(session: Session, wanted: SalespeopleSee, now: datetime, by: int | None = None) -> None:
    rule = session.scalar(select(ReportRule)) or ReportRule(salespeople_see=wanted, changed_at=now)
    rule.salespeople_see, rule.changed_at = wanted, now
    session.add(rule)
    record(session, by, "report rule changed", wanted.value, now)


def report_readers(session: Session) -> frozenset[Role]:
    """The roles that read the reports of the whole team."""
    everybody = salespeople_see(session) is SalespeopleSee.EVERYBODY
    return LEADING | {Role.SALESPERSON} if everybody else LEADING
