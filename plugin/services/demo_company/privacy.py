"""What the invented company has decided about people's data, so that a newcomer sees its pages filled."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.domain.retention import Kept
from plugin.services.audit import record
from plugin.services.legal_basis import LegalBasis, decide_basis, note_basis
from plugin.services.retention import decide_rule
from plugin.services.viewer import Role
from plugin.store.tables import Connection, ConnectionBasis, Deal, DealContact, DealStanding, UserAccount

WEIGHED = "Weighed in our register, line 4: offers to companies that run machines; one click ends it."
# Every so many clients, as their contracts were filed.
CLIENTS = 40
# Months, and whether it is on.
RULES = {
    Kept.CLOSED_WORDS: (18, False),
    Kept.LOST_CONTACTS: (18, False),
    Kept.DRAFTS: (3, True),
    Kept.EVENTS: (3, True),
    Kept.SIGN_INS: (12, True),
}
# Days ago, whose, what, about what.
DEEDS = (
    (41, Role.ADMIN, "connection made", "alidade"),
    (40, Role.ADMIN, "mapping changed", "alidade"),
    (33, Role.MARKETER, "template published", "discovery"),
    (26, Role.MANAGER, "report rule changed", "middle"),
    (19, Role.MANAGER, "deals exported", "search advanced"),
    (12, Role.MANAGER, "person shown", "alidade"),
    (12, Role.MANAGER, "person exported", "alidade"),
    (11, Role.ADMIN, "person erased", "alidade"),
    (5, Role.MARKETER, "token made", "Quarterly figures"),
)


def decide_about_people(session: Session, connection: str, now: datetime) -> None:
    """Once: what people change afterwards stays."""
    connection_id = session.scalars(select(Connection.id).filter_by(name=connection)).one()
    if session.get(ConnectionBasis, connection_id):
        return
    accounts = {Role(role): id_ for id_, role in session.execute(select(UserAccount.id, UserAccount.role))}
    admin, began = accounts.get(Role.ADMIN), (now - timedelta(days=40)).replace(hour=10, minute=12)
    decide_basis(session, connection, LegalBasis.INTEREST, WEIGHED, admin, began)
    for what, (months, active) in RULES.items():
        decide_rule(session, what, months, active, admin, began)
    for number, (contact, since) in enumerate(_clients(session, connection_id)[::CLIENTS], 1):
        source = f"Contract A-{number:03}"
        note_basis(session, connection_id, contact, LegalBasis.CONTRACT, source, since, accounts.get(Role.MANAGER))
    for days, role, act, about in DEEDS:
        at = (now - timedelta(days=days)).replace(hour=9 + days % 7, minute=days % 60)
        record(session, accounts.get(role), act, about, at)


def _clients(session: Session, connection_id: int) -> list[tuple[str, datetime]]:
    """The contacts of deals that were won, and since when."""
    query = (
        select(DealContact.crm_id, DealStanding.since)
        .join(Deal, Deal.id == DealContact.deal_id)
        .join(DealStanding, DealStanding.deal_id == Deal.id)
        .where(Deal.connection_id == connection_id, DealStanding.state == "won", DealStanding.since.is_not(None))
        .order_by(Deal.id)
    )
    return [(contact, since) for contact, since in session.execute(query) if since]
