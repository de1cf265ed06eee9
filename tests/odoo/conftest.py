"""Tests against a real Odoo: ``make test-odoo``. ``make test`` does not look for them."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.odoo_server import OdooServer

collect_ignore_glob = [] if os.environ.get("TEST_ODOO") else ["test_*.py"]


@pytest.fixture(scope="session")
def odoo() -> Iterator[OdooServer]:
    """One server for all tests; each makes what it needs and leaves the rest alone."""
    with OdooServer() as running:
        yield running
