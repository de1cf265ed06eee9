"""The three settings: where Parcours is, which of its connections is ours, and the secret that both know."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from odoo.exceptions import AccessError, ValidationError

ADDRESS = "parcours.address"
CONNECTION = "parcours.connection"
SECRET = "parcours.secret"
SHORTEST_SECRET = 32
# Only these may be reached without https: what is sent to them stays on this machine.
THIS_MACHINE = ("localhost", "127.0.0.1")
_CONNECTION = re.compile(r"[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True)
class Connection:
    """``address`` has no slash at its end. All three are empty strings before they are set."""

    address: str
    connection: str
    secret: str

    @property
    def is_set_up(self):
        return bool(self.address and self.connection and self.secret)


def connection_of(env):
    """With more rights than the caller has: the secret must not leave the server."""
    get = env["ir.config_parameter"].sudo().get_param
    return Connection(get(ADDRESS) or "", get(CONNECTION) or "", get(SECRET) or "")


def only_for_admins(env):
    """Raises AccessError for anybody but an administrator of the settings."""
    if not env.is_system():
        raise AccessError(env._("Only an administrator may connect Odoo with Parcours."))


def store(env, address, connection, secret):
    """All three, or none of them, which ends the connection. Raises ValidationError where one can't be right."""
    new = Connection((address or "").strip().rstrip("/"), (connection or "").strip(), (secret or "").strip())
    if new != Connection("", "", ""):
        _check(env, new)
    parameters = env["ir.config_parameter"].sudo()
    for name, value in ((ADDRESS, new.address), (CONNECTION, new.connection), (SECRET, new.secret)):
        parameters.set_param(name, value or False)


def _check(env, new):
    if not _is_address(new.address):
        raise ValidationError(
            env._("The address of Parcours must begin with https:// and be complete, like https://parcours.example.com")
        )
    if not _CONNECTION.fullmatch(new.connection):
        raise ValidationError(env._("The connection is letters, digits, dashes and underscores, as Parcours shows it."))
    if len(new.secret) < SHORTEST_SECRET:
        raise ValidationError(env._("The shared secret must have at least %s characters.", SHORTEST_SECRET))


def _is_address(address):
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or re.search(r"[\s@?#\\]", address):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in THIS_MACHINE)
