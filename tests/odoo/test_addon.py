"""Our add-on under Odoo's own runner of tests, inside Odoo."""

from __future__ import annotations

import re

from tests.odoo_server import OdooServer
from tests.odoo_server.server import free_port

RESULT = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests")
# What Odoo can not try (without a browser, say) it leaves out, and counts as if it had gone well.
LEFT_OUT = re.compile(r": skipped \S")


def test_odoo_runs_the_add_ons_own_tests_and_none_fails(odoo: OdooServer) -> None:
    with odoo.another("addon_tests") as database:
        said = odoo.run(
            *("--update=parcours", "--test-enable", "--test-tags=/parcours", "--stop-after-init"),
            *(f"--http-port={free_port()}", f"--db-filter=^{database}$"),
            database=database,
        )

    failed, errors, run = map(int, RESULT.findall(said)[-1])
    assert (failed, errors) == (0, 0), said[-5000:]
    assert run > 0, said[-5000:]
    assert not [line for line in said.splitlines() if LEFT_OUT.search(line)]
