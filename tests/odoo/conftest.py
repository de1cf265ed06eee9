"""Tests against a real Odoo: ``make test-odoo``. ``make test`` does not look for them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.odoo_server import OdooServer

collect_ignore_glob = [] if os.environ.get("TEST_ODOO") else ["test_*.py"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("odoo")


@pytest.fixture(scope="session")
def odoo() -> Iterator[OdooServer]:
    """One server for all tests; each makes what it needs and leaves the rest alone."""
    with OdooServer() as running:
        yield running


@pytest.fixture
def fresh_odoo(odoo: OdooServer) -> OdooServer:
    """The same server, with the database as it was made."""
    odoo.fresh()
    return odoo
