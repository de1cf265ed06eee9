"""An Odoo to look at, until Ctrl-C."""

from __future__ import annotations

import sys
import time

from tests.odoo_server.install import NoOdoo
from tests.odoo_server.server import OdooServer

try:
    with OdooServer() as odoo:
        print(f"{odoo.address}/odoo   database {odoo.database}   log {odoo.log}")  # noqa: T201
        for login, key in odoo.keys.items():
            print(f"  {login:8} password {login:8} key {key}")  # noqa: T201
        sys.stdout.flush()
        while True:
            time.sleep(3600)
except NoOdoo as error:
    sys.exit(f"\n{error}")
except KeyboardInterrupt:
    sys.exit(0)
