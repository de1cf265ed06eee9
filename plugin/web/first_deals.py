"""What pages say while no deal has come in: that there is none, and who can connect the CRM."""

from __future__ import annotations

from flask import Flask

from plugin.store.queries import accounts
from plugin.store.queries.deals import is_any_deal
from plugin.web.edge import session


def install(app: Flask) -> None:
    app.jinja_env.globals.update(any_deal=any_deal, admins=admins)


def any_deal() -> bool:
    return is_any_deal(session())


def admins() -> tuple[accounts.Admin, ...]:
    return accounts.admins(session())
