"""Connections to an address that an admin typed: never to a machine within our own network, unless the deployment says.

A name is looked up once, each of its addresses is judged, and the connection goes to the one that was judged: a name
that means another machine a moment later gains nothing.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError
from urllib3.util.connection import create_connection

from crm_adapters.errors import AccessRefused

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address
HTTPS = 443
# Addresses of version 6 that carry one of version 4: it is that one that is reached.
NAT64 = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))
COMPATIBLE = ip_network("::/96")
SIX_TO_FOUR = ip_network("2002::/16")


def networks_of(text: str) -> tuple[Network, ...]:
    """Networks like ``10.0.0.0/8``, with commas between. Raises ValueError."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


@dataclass(frozen=True, slots=True)
class Guard:
    """``allowed`` are the networks that the deployment opens besides the public internet."""

    allowed: tuple[Network, ...] = ()

    def lets(self, address: Address) -> bool:
        carried = _carried(address)
        return any(carried in network for network in self.allowed) or (carried.is_global and not carried.is_multicast)

    def judged(self, host: str, port: int) -> list[str]:
        """The addresses of the host, where all of them may be reached. Raises AccessRefused."""
        try:
            found = {str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
        except (OSError, UnicodeError):
            found = set()
        if not found or not all(self.lets(ip_address(one.partition("%")[0])) for one in found):
            raise AccessRefused(
                "this address can't be used: it is not on the public internet. Where the CRM stands in your own"
                " network, name that network in PARCOURS_NETWORKS"
            )
        return sorted(found)


def base_of(address: str, guard: Guard) -> str:
    """The address as we use it: scheme and host, nothing else. Raises AccessRefused where that is not allowed.

    Unsealed ``http`` is for networks that the deployment opened only.
    """
    try:
        parts = urlsplit(address.strip() if "://" in address else f"https://{address.strip()}")
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise AccessRefused("this is no address of an Odoo: it looks like https://my-company.odoo.com")
    opened = [ip_address(one.partition("%")[0]) for one in guard.judged(parts.hostname, port or HTTPS)]
    if parts.scheme == "http" and not all(any(_carried(one) in net for net in guard.allowed) for one in opened):
        raise AccessRefused("the address must begin with https://: over http the key could be read on the way")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


def guarded_session(guard: Guard) -> requests.Session:
    """A session whose connections pass the guard. It knows no proxies of the environment and no ``.netrc``."""
    session = requests.Session()
    session.trust_env = False
    for scheme in ("http://", "https://"):
        session.mount(scheme, _GuardedAdapter(guard))
    return session


class _GuardedAdapter(HTTPAdapter):
    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        super().__init__()

    def init_poolmanager(self, *given: Any, **more: Any) -> None:
        super().init_poolmanager(*given, **more)
        guard = self.guard

        class Plain(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return _open(self, guard)

        class Sealed(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return _open(self, guard)

        pools = {"http": _pool(HTTPConnectionPool, Plain), "https": _pool(HTTPSConnectionPool, Sealed)}
        self.poolmanager.pool_classes_by_scheme = pools


def _pool(base: type[HTTPConnectionPool], connection: type[HTTPConnection]) -> type[HTTPConnectionPool]:
    return type(f"Guarded{base.__name__}", (base,), {"ConnectionCls": connection})


def _open(connection: HTTPConnection, guard: Guard) -> socket.socket:
    port = connection.port or HTTPS
    timeout: Any = connection.timeout
    options: Any = connection.socket_options
    failed: OSError | None = None
    for host in guard.judged(connection.host, port):
        try:
            return create_connection((host, port), timeout, socket_options=options)
        except OSError as error:
            failed = error
    raise NewConnectionError(connection, "no connection") from failed


def _carried(address: Address) -> Address:
    """The address that is reached in truth."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address in SIX_TO_FOUR:
        return IPv4Address(int(address) >> 80 & 0xFFFFFFFF)
    if address.teredo:
        return address.teredo[1]
    if _within(address, (*NAT64, COMPATIBLE)) and int(address) > 1:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)
