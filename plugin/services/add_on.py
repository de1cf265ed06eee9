"""Our add-on within Odoo: it shares a secret with us, by which it tells us of changes and opens the panel."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_adapters.errors import CrmError
from crm_adapters.port import HasAddOn
from plugin.services.connections import Connected, adapter_of, connect
from plugin.services.vault import secrets_of
from plugin.services.workspace import Workspace
from plugin.store.tables import Connection

ODOO = "odoo"


@dataclass(frozen=True, slots=True)
class AddOnSettings:
    """What an admin types into the add-on's settings, beside our address."""

    connection: str
    secret: str


def connect_odoo(workspace: Workspace, name: str, values: dict[str, str], key: str, by: int | None = None) -> Connected:
    """Connect, and keep the secret that the add-on knows already, where the connection has been made before.

    Raises CrmError where Odoo can't be read.
    """
    with workspace.database.reading() as session:
        known = add_on_settings(session, workspace, name)
    secret = known.secret if known else secrets.token_urlsafe(32)
    return connect(workspace, ODOO, name, values, {"key": key, "secret": secret}, by)


def set_up_add_on(workspace: Workspace, name: str, address: str) -> bool:
    """Have the add-on know us, where it is installed and the key is an administrator's; else a person types it in."""
    with workspace.database.reading() as session:
        known = add_on_settings(session, workspace, name)
        row = session.scalar(select(Connection).filter_by(name=name))
        adapter: object = adapter_of(session, workspace, row) if row and known else None
    if known is None or not isinstance(adapter, HasAddOn):
        return False
    try:
        return adapter.set_up_add_on(address, known.connection, known.secret)
    except CrmError:
        return False


def add_on_settings(session: Session, workspace: Workspace, name: str) -> AddOnSettings | None:
    """None where there is no such connection to Odoo."""
    row = session.scalar(select(Connection).filter_by(name=name, kind=ODOO))
    if row is None:
        return None
    secret = secrets_of(session, workspace.open_vault(), row.id).get("secret")
    return AddOnSettings(row.name, secret) if secret else None
