"""Who is a salesperson of the CRM."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.store.tables import CrmOwner


def account_of_owner(session: Session, connection_id: int, crm_id: str) -> int | None:
    """The account that goes by this salesperson of the CRM."""
    return session.scalar(select(CrmOwner.user_id).filter_by(connection_id=connection_id, crm_id=crm_id))


def is_linked(session: Session, user_id: int) -> bool:
    """Whether an owner of the CRM goes by this account."""
    return session.scalar(select(CrmOwner.id).filter_by(user_id=user_id).limit(1)) is not None
