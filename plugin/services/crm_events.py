"""What a CRM tells us by itself: noted once, answered at once, read again by the worker."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from crm_adapters.port import Delivery
from plugin.services.connections import CrmError, adapter_of
from plugin.services.workspace import Workspace
from plugin.store.tables import BuyerWords, Connection, CrmEvent, Deal, DealContact, Meeting, MeetingAttendee

__all__ = ["CrmError", "Delivery", "erase_contact", "note_delivery"]


def note_delivery(session: Session, workspace: Workspace, name: str, delivery: Delivery) -> int | None:
    """Note what is new of a delivery, in the caller's transaction; erasing is done at once.

    Returns how much is new; None where no connection goes by that name. Raises CrmError where it is not the CRM's own.
    """
    row = session.scalar(select(Connection).filter_by(name=name))
    if row is None:
        return None
    told = {one.key: one for one in adapter_of(session, workspace, row).told(delivery)}
    known = session.scalars(select(CrmEvent.key).where(CrmEvent.connection_id == row.id, CrmEvent.key.in_(list(told))))
    new = [told[key] for key in told.keys() - set(known)]
    for one in new:
        if one.erases:
            erase_contact(session, row.id, one.record)
        session.add(
            CrmEvent(connection_id=row.id, key=one.key, what=one.what, record=one.record, received_at=workspace.clock())
        )
    session.flush()
    return len(new)


def erase_contact(session: Session, connection_id: int, contact_id: str) -> None:
    """Everything that names a person whom the CRM has erased: who they are, that they were there, what they said."""
    people = session.scalars(
        select(DealContact)
        .join(Deal, Deal.id == DealContact.deal_id)
        .where(Deal.connection_id == connection_id, DealContact.crm_id == contact_id)
    ).all()
    for person in people:
        meetings = select(Meeting.id).filter_by(deal_id=person.deal_id)
        session.execute(
            delete(MeetingAttendee).where(MeetingAttendee.name == person.name, MeetingAttendee.meeting_id.in_(meetings))
        )
        session.execute(
            update(BuyerWords)
            .where(BuyerWords.deal_id == person.deal_id, BuyerWords.said_by == person.name)
            .values(said_by="", text="")
        )
        session.delete(person)
