"""A card in the CRM's own interface asks for a person whom the CRM names; which deal it is about nobody vouches for."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_adapters.errors import AccessRefused
from crm_adapters.port import Delivery, VouchesForPeople
from plugin.domain.meeting import MeetingState
from plugin.services.accounts import viewer_of
from plugin.services.connections import CrmError, adapter_of
from plugin.services.log_entry import LogEntry
from plugin.services.panel import Closed, Guest, PanelClosed
from plugin.services.workspace import Workspace
from plugin.store.queries.accounts import account_by_email
from plugin.store.queries.meetings import MeetingLine
from plugin.store.tables import Connection

__all__ = ["CrmError", "Delivery", "card_guest", "taken_place"]


def card_guest(
    session: Session, workspace: Workspace, connection: str, delivery: Delivery, deal: str, language: str
) -> Guest:
    """Raises CrmError where the request is not the CRM's own, PanelClosed where its person is none of ours."""
    row = session.scalar(select(Connection).filter_by(name=connection))
    adapter: object = adapter_of(session, workspace, row) if row and not row.paused_at else None
    if row is None or not isinstance(adapter, VouchesForPeople):
        raise AccessRefused("no such connection")
    email = adapter.asker(delivery)
    account = account_by_email(session, email)
    if account is None or account.disabled_at:
        raise PanelClosed(Closed.UNKNOWN_PERSON, email)
    viewer = replace(viewer_of(account), language=language)
    return Guest(viewer, row.id, deal, True, workspace.clock())


def taken_place(meeting: MeetingLine, key: str) -> LogEntry:
    """The shortest log of a planned meeting: it took place. What was said in it may follow."""
    return LogEntry(
        key=key,
        meeting_ref=meeting.public_id,
        revision=meeting.revision,
        outcome=MeetingState.HELD,
        starts_at=meeting.starts_at,
        template=meeting.template,
    )
