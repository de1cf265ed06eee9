"""A real Odoo keeps the contract of the port: over both of its ways to be asked."""

from __future__ import annotations

import pytest

from tests.adapters.contract import AdapterContract, FillableCrm
from tests.odoo import filled
from tests.odoo.filled import FilledOdoo, deals_of, owners_of
from tests.odoo_server import OdooServer


@pytest.mark.parametrize("version", [None, (18, 0)], ids=["JSON-2", "JSON-RPC"], scope="class")
class TestOdoo(AdapterContract):
    stages, meetings, won = filled.STAGES, filled.MEETINGS, filled.WON
    unlisted = None

    @pytest.fixture(autouse=True)
    def samples(self, odoo: OdooServer) -> None:
        self.deals, self.owners = deals_of(odoo), frozenset(owners_of(odoo))

    @pytest.fixture
    def crm(self, odoo: OdooServer, version: tuple[int, int] | None) -> FillableCrm:
        return FilledOdoo(odoo, version=version)
