"""A real Odoo 19 for the tests: from Debian's package, on a PostgreSQL of its own; nothing is installed on the system.

``python -m tests.odoo_server`` starts one for a person to look at.
"""

from tests.odoo_server.server import OdooServer

__all__ = ["OdooServer"]
