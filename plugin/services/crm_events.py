"""What a CRM tells us by itself: noted once, answered at once, read again by the worker."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_adapters.port import Delivery
from plugin.services.connections import CrmError, adapter_of
from plugin.services.erasure import Erasure, erase_contact, leave_no_trace
from plugin.services.workspace import Workspace
from plugin.store.bulk import insert_new_rows
from plugin.store.tables import Connection, CrmEvent

__all__ = ["CrmError", "Delivery", "leave_no_trace", "note_delivery"]


def note_delivery(session: Session, workspace: Workspace, name: str, delivery: Delivery) -> tuple[Erasure, ...] | None:
    """Note what is new of a delivery, in the caller's transaction; erasing is done at once.

    Returns what was erased; None where no connection goes by that name. Raises CrmError where it is not the CRM's own.
    """
    row = session.scalar(select(Connection).filter_by(name=name))
    if row is None:
        return None
    told = {one.key: one for one in adapter_of(session, workspace, row).told(delivery)}
    now = workspace.clock()
    rows = [
        {"connection_id": row.id, "key": key, "what": told[key].what, "record": told[key].record, "received_at": now}
        # In one order, so that two deliveries of the same never wait for each other.
        for key in sorted(told)
    ]
    new = insert_new_rows(session, CrmEvent, rows, CrmEvent.key)
    erased = [told[key].record for key in new if told[key].erases]
    found = [erase_contact(session, workspace, row.id, contact, now) for contact in erased]
    return tuple(one for one in found if one)
