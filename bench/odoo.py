"""A full sync and an unchanged one from a real Odoo with many opportunities, beside OdooRPC doing the same reads.

``python -m bench.odoo 20000`` prints a table. Odoo is the one of the tests: one process, on this machine. *Server* is
what the same reads take where nothing is done with the answers: a plain session that asks the same questions, one after
the other, and throws the answers away.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import click
import odoorpc

from crm_adapters.odoo import Odoo
from crm_adapters.odoo.parse import LEAD_FIELDS, PARTNER_FIELDS
from crm_adapters.odoo.reading import OPPORTUNITIES, PAGE
from plugin.domain.journeys import Journeys
from plugin.library.journeys import load_journey, shipped_journeys
from plugin.store import migrate
from plugin.store.database import Database
from plugin.store.recomputing import Recomputing
from plugin.store.tables import Connection
from plugin.sync.pull import Pull
from tests.odoo.filled import settings
from tests.odoo_server import OdooServer

STAGES = 4


@click.command()
@click.argument("size", type=int, default=20_000)
def main(size: int) -> None:
    with OdooServer() as odoo:
        fill(odoo, size)
        moves = odoo.sql("SELECT count(*) FROM mail_tracking_value")[0][0]
        print(f"{size:,} opportunities, {moves:,} entries of the change log\n")
        print("| | calls | s | ÷ server |\n|---|--:|--:|--:|")
        server = measured("the server itself: the same reads", lambda: plain(odoo), None)
        measured("OdooRPC, the same reads", lambda: by_odoorpc(odoo), server)
        measured("ours, reading", lambda: read(odoo, True), server)
        measured("ours, reading without the add-on", lambda: read(odoo, False), server)
        with tempfile.TemporaryDirectory() as folder:
            measured("ours, a full sync into SQLite", lambda: sync(odoo, folder), server)
            # What changed within the overlap is read twice; an hour later nothing is.
            odoo.sql("UPDATE crm_lead SET write_date = write_date - interval '1 hour'")
            odoo.sql("UPDATE res_partner SET write_date = write_date - interval '1 hour'")
            measured("ours, nothing changed", lambda: sync(odoo, folder), None)


def measured(what: str, once: Callable[[], int], server: float | None) -> float:
    began = time.perf_counter()
    calls = once()
    seconds = time.perf_counter() - began
    print(
        f"| {what} | {calls} | {seconds:.2f} | {seconds / server:.2f} |"
        if server
        else f"| {what} | {calls} | {seconds:.2f} | |",
        flush=True,
    )
    return seconds


def fill(odoo: OdooServer, size: int) -> None:
    """Opportunities by Odoo, their history straight into the tables: by Odoo it would take hours."""
    chance = Random(5)
    for start in range(0, 500, 100):
        people = [{"name": f"Person {start + n}", "function": "director"} for n in range(100)]
        odoo.call("admin", "res.partner", "create", vals_list=people)
    partners = [one for (one,) in odoo.sql("SELECT id FROM res_partner WHERE name LIKE 'Person %'")]
    quiet = {"tracking_disable": True, "mail_create_nolog": True, "mail_create_nosubscribe": True}
    for start in range(0, size, 500):
        leads = [
            {
                "name": f"Deal {start + n}",
                "type": "opportunity",
                "partner_id": chance.choice(partners),
                "user_id": odoo.users["seller"],
                "stage_id": STAGES,
                "expected_revenue": 1000,
            }
            for n in range(min(500, size - start))
        ]
        odoo.call("admin", "crm.lead", "create", vals_list=leads, context=quiet)
    odoo.sql("UPDATE crm_lead SET create_date = now() - interval '100 days', stage_id = 1 + id % 4")
    for stage in range(1, STAGES):
        odoo.sql(
            "WITH said AS (INSERT INTO mail_message (model, res_id, date, message_type, create_uid, create_date)"
            " SELECT 'crm.lead', id, now() - interval '90 days', 'notification', 2, now() FROM crm_lead"
            " WHERE stage_id > %s RETURNING id)"
            " INSERT INTO mail_tracking_value (field_id, old_value_integer, new_value_integer, mail_message_id,"
            "  create_uid, create_date) SELECT (SELECT id FROM ir_model_fields WHERE model = 'crm.lead' AND"
            "  name = 'stage_id'), %s, %s, said.id, 2, now() - make_interval(days => 80 - 10 * %s) FROM said",
            *(stage, stage, stage + 1, stage),
        )
    odoo.sql("UPDATE crm_lead SET write_date = now() - interval '1 day'")
    odoo.sql("UPDATE res_partner SET write_date = now() - interval '1 day'")
    odoo.sql("ANALYZE")


def adapter_of(odoo: OdooServer, add_on: bool = True) -> Odoo:
    adapter = Odoo.from_settings(settings(odoo, "admin"))
    adapter.reader.uses_add_on = add_on
    return adapter


def read(odoo: OdooServer, add_on: bool) -> int:
    adapter = adapter_of(odoo, add_on)
    adapter.pipelines()
    for _ in adapter.deals(None):
        pass
    return adapter.client.requests


def sync(odoo: OdooServer, folder: str) -> int:
    url = f"sqlite:///{folder}/bench.sqlite3"
    migrate.upgrade(url)
    database = Database.at(url)
    with database.writing.begin() as session:
        if session.get(Connection, 1) is None:
            session.add(Connection(name="odoo", kind="odoo", settings={}, created_at=datetime.now(UTC)))
    adapter = adapter_of(odoo)
    journey = load_journey(shipped_journeys()["figure8"])
    Pull(
        Recomputing(database, Journeys(journey), Path(folder) / "cohorts", lambda: datetime.now(UTC)), 1, adapter, {}
    ).run()
    database.close()
    return adapter.client.requests


def plain(odoo: OdooServer) -> int:
    """The questions of a full reading; nobody looks at the answers."""
    return walk(adapter_of(odoo).client.read, "parcours_history")


def by_odoorpc(odoo: OdooServer) -> int:
    host, _, port = odoo.address.removeprefix("http://").partition(":")
    client = odoorpc.ODOO(host, port=int(port), timeout=300)
    client.login(odoo.database, "admin", odoo.keys["admin"])

    def ask(model: str, method: str, **named: Any) -> Any:
        return client.execute_kw(model, method, [], named)

    return walk(ask, "parcours_history")


def walk(ask: Callable[..., Any], history: str) -> int:
    after, calls = 0, 0
    while True:
        domain = [*OPPORTUNITIES, ["id", ">", after]]
        asked = {"fields": list(LEAD_FIELDS), "order": "id", "load": None, "limit": PAGE}
        leads = ask("crm.lead", "search_read", domain=domain, context={"active_test": False}, **asked)
        calls += 1
        if leads:
            partners = sorted({one["partner_id"] for one in leads if one["partner_id"]})
            fields = {"fields": list(PARTNER_FIELDS), "order": "id", "load": None}
            ask("res.partner", "search_read", domain=[["id", "in", partners]], **fields)
            ask("crm.lead", history, lead_ids=[one["id"] for one in leads])
            calls += 2
        if len(leads) < PAGE:
            return calls
        after = leads[-1]["id"]


if __name__ == "__main__":
    main()
