"""An address that an admin types is no way into our own network."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address

import pytest
import requests

from crm_adapters.errors import AccessRefused
from crm_adapters.odoo.network import Guard, base_of, guarded_session, networks_of

PUBLIC = "93.184.216.34"
WITHIN = (
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.1", "100.64.0.1"),
    *("224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1"),
    # Addresses of version 6 that carry one of version 4.
    *("::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2002:a00:1::1"),
    "64:ff9b:1::1",
)


def resolves(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Every name means these; returns what was asked for."""
    asked: list[str] = []
    known = socket.getaddrinfo

    def lookup(host: str, port: int, *given: object, **more: object) -> list[tuple[object, ...]]:
        if host[0].isdecimal():
            return known(host, port, *given, **more)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    return asked


@pytest.mark.parametrize("address", WITHIN)
def test_an_address_within_a_network_is_refused(address: str) -> None:
    assert not Guard().lets(ip_address(address))


@pytest.mark.parametrize("address", [PUBLIC, "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"])
def test_a_public_address_is_let_through(address: str) -> None:
    assert Guard().lets(ip_address(address))


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "localhost", "[::1]", "①②⑦.⓪.⓪.①"])
def test_an_address_in_disguise_is_known(host: str) -> None:
    with pytest.raises(AccessRefused, match="can't be used"):
        base_of(f"https://{host}", Guard())


def test_a_name_of_which_one_address_is_within_is_refused_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    resolves(monkeypatch, PUBLIC, "10.0.0.5")
    with pytest.raises(AccessRefused, match="PARCOURS_NETWORKS"):
        base_of("https://crm.example", Guard())


@pytest.mark.parametrize(
    ("typed", "used"),
    [
        ("crm.example", "https://crm.example"),
        (" https://crm.example/odoo/crm?debug=1#x ", "https://crm.example"),
        ("https://crm.example:8443/", "https://crm.example:8443"),
    ],
)
def test_of_an_address_scheme_and_host_are_used(monkeypatch: pytest.MonkeyPatch, typed: str, used: str) -> None:
    resolves(monkeypatch, PUBLIC)
    assert base_of(typed, Guard()) == used


@pytest.mark.parametrize(
    "typed", ["", "https://", "ftp://crm.example", "https://me:secret@crm.example", "https://crm.example:port", "a b"]
)
def test_what_is_no_address_is_told_so(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    resolves(monkeypatch)
    with pytest.raises(AccessRefused) as refused:
        base_of(typed, Guard())
    assert "secret" not in str(refused.value)


def test_http_is_for_networks_that_the_deployment_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    resolves(monkeypatch, PUBLIC)
    with pytest.raises(AccessRefused, match="must begin with https"):
        base_of("http://crm.example", Guard())
    resolves(monkeypatch, "10.0.0.5")
    opened = Guard(networks_of("192.168.0.0/16, 10.0.0.0/8"))
    assert base_of("http://crm.example", opened) == "http://crm.example"


@pytest.fixture
def inside() -> Iterator[int]:
    """A server of ours that nobody outside should reach; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"secret")

        def log_message(self, *_given: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def test_a_name_that_means_another_machine_a_moment_later_gains_nothing(
    monkeypatch: pytest.MonkeyPatch, inside: int
) -> None:
    resolves(monkeypatch, PUBLIC)
    base_of(f"https://crm.example:{inside}", Guard())
    resolves(monkeypatch, "127.0.0.1")
    with pytest.raises(AccessRefused):
        guarded_session(Guard()).get(f"http://crm.example:{inside}/")


def test_the_connection_goes_to_the_address_that_was_judged(monkeypatch: pytest.MonkeyPatch, inside: int) -> None:
    asked = resolves(monkeypatch, "127.0.0.1")
    session = guarded_session(Guard(networks_of("127.0.0.0/8")))
    assert session.get(f"http://crm.example:{inside}/").text == "secret"
    assert asked == ["crm.example"], "once"


def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch, inside: int) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    session = guarded_session(Guard(networks_of("127.0.0.0/8")))
    assert session.get(f"http://127.0.0.1:{inside}/").ok


def test_a_closed_port_is_told_like_any_other_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(requests.ConnectionError):
        guarded_session(Guard(networks_of("127.0.0.0/8"))).get("http://127.0.0.1:9/", timeout=5)
