"""``python -m tests.odoo_server``: an Odoo to look at, until Ctrl-C; with ``install``, only what it needs is made."""

from __future__ import annotations

import argparse
import sys
import time

from dev import Failed
from tests.odoo_server import OdooServer
from tests.odoo_server.install import installed
from tests.odoo_server.template import template


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.odoo_server", description=__doc__)
    parser.add_argument("command", nargs="?", choices=["serve", "install"], default="serve")
    parser.add_argument("--workers", type=int, default=0, help="processes that answer; 0 for one of many threads")
    asked = parser.parse_args()
    try:
        return install() if asked.command == "install" else serve(asked.workers)
    except Failed as error:
        print(f"\n{error}", file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        return 130


def install() -> int:
    with template(installed()) as folder:
        print(f"Odoo 19 is kept in {folder.parent}")  # noqa: T201
    return 0


def serve(workers: int) -> int:
    with OdooServer(workers=workers) as odoo:
        print(f"{odoo.address}/odoo   database {odoo.database}   log {odoo.log}")  # noqa: T201
        for login, key in odoo.keys.items():
            print(f"  {login:8} password {odoo.passwords[login]:8} key {key}")  # noqa: T201
        sys.stdout.flush()
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    sys.exit(main())
