"""A real Odoo keeps the contract of the port: in each way in which it is asked."""

from __future__ import annotations

import pytest

from tests.adapters.contract import AdapterContract, FillableCrm
from tests.odoo import filled
from tests.odoo.filled import FilledOdoo, deals_of, owners_of
from tests.odoo.ways import WAYS
from tests.odoo_server import OdooServer


@pytest.mark.parametrize("way", WAYS, scope="class")
class TestOdoo(AdapterContract):
    stages, meetings, won = filled.STAGES, filled.MEETINGS, filled.WON
    unlisted = None

    @pytest.fixture(autouse=True)
    def samples(self, odoo: OdooServer) -> None:
        self.deals, self.owners = deals_of(odoo), frozenset(owners_of(odoo))

    @pytest.fixture
    def crm(self, odoo: OdooServer, way: str) -> FillableCrm:
        return FilledOdoo(odoo, way=way)
