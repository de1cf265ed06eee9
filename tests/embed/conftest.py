"""What the pages' tests have: a small company on SQLite, whose first deal is in an Odoo."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.fernet import Fernet
from flask.testing import FlaskClient
from sqlalchemy import select

from plugin.embed import create_panel
from plugin.services.vault import Vault, put_secret
from plugin.services.workspace import Workspace
from plugin.store.tables import Connection, Deal
from tests.embed.launching import NOW, ODOO, SECRET
from tests.web.conftest import Clock, clock, database, library
from tests.web.conftest import workspace as company

__all__ = ["clock", "company", "database", "library"]


@pytest.fixture
def workspace(company: Workspace, clock: Clock) -> Workspace:
    clock.now = NOW
    space = replace(company, vault=Vault([Fernet.generate_key().decode()]))
    with space.database.writing.begin() as session:
        row = Connection(name="odoo", kind="odoo", settings={"address": f"{ODOO}/web"}, created_at=NOW)
        session.add(row)
        session.flush()
        put_secret(session, space.open_vault(), row.id, "secret", SECRET, NOW)
        for deal in session.scalars(select(Deal)):
            if deal.name == "Deal north":
                deal.connection_id, deal.crm_id = row.id, "350"
    return space


@pytest.fixture
def client(workspace: Workspace) -> FlaskClient:
    return create_panel(workspace, https=True).test_client()
