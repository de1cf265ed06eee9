"""How an Odoo is asked: with our add-on, by its own change log, or as an older one is asked."""

from __future__ import annotations

from collections.abc import Callable

from crm_adapters.odoo import Odoo
from crm_adapters.port import ConnectionSettings

WAYS = ("add-on", "JSON-2", "JSON-RPC")


def connecting(
    values: dict[str, str], way: str, listen: Callable[[Odoo], Odoo] = lambda one: one
) -> Callable[[], Odoo]:
    """Makes adapters that go this way: with our add-on, by Odoo's change log, or as an older Odoo is asked."""

    def connect() -> Odoo:
        adapter = Odoo.from_settings(ConnectionSettings("odoo", values))
        if way == "JSON-RPC":
            adapter.client.__dict__["version"] = (18, 0)
        adapter.reader.uses_add_on = way == "add-on"
        return listen(adapter)

    return connect
