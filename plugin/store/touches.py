"""What is written of touches by more than one room."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from plugin.store.tables import Deal, Touch, Touchpoint

# Where a touch was told: by the CRM, by a file, or by the CRM of a person who was erased since.
CRM, FILE, KEPT = "crm", "file", "kept"


def touchpoints_by_name(session: Session) -> dict[str, int]:
    """The touchpoints in use, by their names without regard to capitals."""
    rows = session.execute(select(Touchpoint.name, Touchpoint.id).where(Touchpoint.removed_at.is_(None)))
    return {name.casefold(): id_ for name, id_ in rows}


def claim_touches(session: Session, touchpoint_id: int, name: str) -> None:
    """Give a touchpoint the touches that were told under its name before it was known: for whoever adds or renames."""
    named = update(Touch).where(Touch.touchpoint_id.is_(None), func.lower(Touch.place) == name.lower())
    session.execute(named.values(touchpoint_id=touchpoint_id, place=None))


def forget_contact(session: Session, connection_id: int, contact_id: str) -> None:
    """The touches of an erased person stay, and name nobody; no sync takes them back."""
    of_connection = select(Deal.id).where(Deal.connection_id == connection_id)
    theirs = update(Touch).where(Touch.contact_crm_id == contact_id, Touch.deal_id.in_(of_connection))
    session.execute(theirs.values(contact_crm_id=None, origin=KEPT))
