"""The panel beside a deal in its CRM: who looks, at which deal, and for how long without asking the CRM again.

A launch token (``plugin.services.launch``) opens it once. What follows bears a page token: short-lived, kept in the
page's memory, and worth no more than the person, the connection and the deal are at that moment.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from crm_adapters.errors import CrmError
from plugin.services.accounts import viewer_of
from plugin.services.connections import adapter_of, recomputing
from plugin.services.launch import Launch
from plugin.services.viewer import Viewer
from plugin.services.workspace import Workspace
from plugin.store.erased import Erased
from plugin.store.queries.accounts import AccountLine, account_by_email, account_by_id
from plugin.store.queries.deals import DealLine, find_deal, find_deal_of_crm
from plugin.store.queries.owners import account_of_owner
from plugin.store.tables import Connection
from plugin.sync.pull import Pull

LIVES = timedelta(minutes=10)
# After so long without a fresh launch the CRM is asked anew whether this person may still see the deal.
LONGEST = timedelta(hours=8)


class Closed(StrEnum):
    """Why there is nothing to be seen."""

    EXPIRED = "expired"
    REFUSED = "refused"
    UNKNOWN_PERSON = "unknown_person"
    UNKNOWN_DEAL = "unknown_deal"
    NOT_YOURS = "not_yours"


class PanelClosed(Exception):
    """``person``: how the CRM names who asks, for the admin who may let them in."""

    def __init__(self, why: Closed, person: str = "") -> None:
        super().__init__(why.value)
        self.why, self.person = why, person


@dataclass(frozen=True, slots=True)
class Guest:
    """Who looks at which deal. ``deal`` is the CRM's id; ``writes``: the CRM lets them change it."""

    viewer: Viewer
    connection_id: int
    deal: str
    writes: bool
    began: datetime

    @property
    def may_log(self) -> bool:
        return self.writes and self.viewer.may_log


def admit(session: Session, workspace: Workspace, launch: Launch) -> Guest:
    """The person of ours whom the CRM means. Raises PanelClosed where there is none."""
    account = _account(session, launch)
    if account is None or account.disabled_at:
        raise PanelClosed(Closed.UNKNOWN_PERSON, launch.email or launch.login)
    viewer = replace(viewer_of(account), language=launch.language)
    return Guest(viewer, launch.connection_id, launch.deal, launch.may_write, workspace.clock())


def page_token(workspace: Workspace, guest: Guest) -> str:
    claims = {
        "user": guest.viewer.user_id,
        "language": guest.viewer.language,
        "connection": guest.connection_id,
        "deal": guest.deal,
        "writes": guest.writes,
        "began": int(guest.began.timestamp()),
        "ends": int((workspace.clock() + LIVES).timestamp()),
    }
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode()
    return f"{body}.{_signature(workspace, body)}"


def guest_of(session: Session, workspace: Workspace, connection: str, token: str) -> Guest:
    """Who bears this page token, as they are now. Raises PanelClosed."""
    claims = _claims(workspace, token)
    now = workspace.clock()
    began, ends = (datetime.fromtimestamp(claims[name], UTC) for name in ("began", "ends"))
    row = session.get(Connection, claims["connection"])
    if now >= ends or now >= began + LONGEST or row is None or row.name != connection or row.paused_at:
        raise PanelClosed(Closed.EXPIRED)
    account = account_by_id(session, claims["user"])
    if account is None or account.disabled_at:
        raise PanelClosed(Closed.EXPIRED)
    viewer = replace(viewer_of(account), language=claims["language"])
    return Guest(viewer, row.id, claims["deal"], claims["writes"], began)


def deal_of(session: Session, guest: Guest) -> DealLine | None:
    """The deal, where it has come in; raises PanelClosed where it is somebody else's."""
    deal = find_deal_of_crm(session, guest.connection_id, guest.deal)
    if deal and find_deal(session, deal.public_id, guest.viewer.only_owner) is None:
        raise PanelClosed(Closed.NOT_YOURS)
    return deal


def known_deal(session: Session, guest: Guest) -> DealLine:
    """The deal of a panel that is open. Raises PanelClosed."""
    deal = deal_of(session, guest)
    if deal is None:
        raise PanelClosed(Closed.UNKNOWN_DEAL)
    return deal


def fetch_deal(workspace: Workspace, guest: Guest) -> bool:
    """Read a deal that has not come in yet, here and now; False where that is not to be had."""
    try:
        with workspace.database.reading() as session:
            row = session.get_one(Connection, guest.connection_id)
            adapter = adapter_of(session, workspace, row)
        return Pull(
            recomputing(workspace), row.id, adapter, workspace.template_stages, erased=Erased(workspace.secret)
        ).one(guest.deal)
    except CrmError:
        return False


def _account(session: Session, launch: Launch) -> AccountLine | None:
    """By what nobody can change of themselves in the CRM: their log-in, else who they are among the salespeople."""
    found = account_by_email(session, launch.login.lower())
    if found is None and launch.owner:
        user_id = account_of_owner(session, launch.connection_id, launch.owner)
        found = account_by_id(session, user_id) if user_id else None
    return found


def _claims(workspace: Workspace, token: str) -> dict[str, Any]:
    body, _, signature = token.partition(".")
    if not token.isascii() or not hmac.compare_digest(signature, _signature(workspace, body)):
        raise PanelClosed(Closed.EXPIRED)
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body))
    return found


def _signature(workspace: Workspace, body: str) -> str:
    return hmac.new(workspace.secret.encode(), f"panel:{body}".encode(), hashlib.sha256).hexdigest()
