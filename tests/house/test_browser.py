"""The browser that the page tests stand on: it must see what it is there to see."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from tests.browser import Pages, axe, is_ours

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

FRAME = """<!doctype html><html lang=en><title>A page</title><link rel=icon href='data:,'>
<meta name=viewport content='width=device-width'><main>{}</main>"""
POLICY = "default-src 'self'; img-src * data:; style-src 'self' 'unsafe-inline'"
BODIES = {
    "/good": "<h1>Good</h1><p>Nothing to see.</p>",
    "/unlabelled": "<h1>Form</h1><input type=text><p style='color: #999'>pale</p>",
    "/inline": "<h1>Inline</h1><script>document.title = 'changed'</script>",
    "/elsewhere": "<h1>Elsewhere</h1><img alt='' src='http://elsewhere.example/pixel.png'>",
    "/broken": "<h1>Broken</h1><script src='/broken.js'></script>",
    "/broken.js": "throw new Error('it broke')",
}


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = BODIES.get(self.path)
        self.send_response(404 if body is None else 200)
        script = self.path.endswith(".js")
        self.send_header("Content-Type", "text/javascript" if script else "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write((body if body and script else FRAME.format(body or "")).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Its log would stand between the tests' own lines."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def watched(chromium: Browser) -> Iterator[Pages]:
    """As ``page``, for pages that are expected to complain."""
    pages = Pages(chromium)
    yield pages
    pages.close()


def test_a_good_page_is_shown_at_the_width_and_in_the_language_asked_for(page: Pages, site: str) -> None:
    shown = page(width=360, locale="fr-FR", base_url=site)
    shown.goto("/good")

    assert shown.get_by_role("heading").inner_text() == "Good"
    assert shown.evaluate("[innerWidth, navigator.language]") == [360, "fr-FR"]
    assert axe(shown) == []


def test_axe_names_the_rule_and_the_element(page: Pages, site: str) -> None:
    shown = page(base_url=site)
    shown.goto("/unlabelled")

    found = axe(shown)

    assert {line.split(":")[0] for line in found} == {"label", "color-contrast"}
    assert any("input" in line for line in found)


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("/inline", "content-security policy script-src-elem broken by inline"),
        ("/elsewhere", "request to another host: http://elsewhere.example/pixel.png"),
        ("/broken", "uncaught: it broke"),
        ("/missing", "status of 404"),
    ],
)
def test_a_page_that_misbehaves_is_noticed(watched: Pages, site: str, path: str, complaint: str) -> None:
    shown = watched(base_url=site)
    shown.goto(path)
    shown.wait_for_load_state("networkidle")

    assert any(complaint in said for said in watched.complaints), watched.complaints


def test_a_complaint_that_the_test_provokes_is_tolerated(page: Pages, site: str) -> None:
    page(base_url=site, tolerated=("status of 404",)).goto("/missing")


@pytest.mark.parametrize("url", ["http://127.0.0.1:8437/", "ws://localhost/", "data:image/png;base64,", "about:blank"])
def test_an_address_on_this_machine_is_ours(url: str) -> None:
    assert is_ours(url)


@pytest.mark.parametrize("url", ["https://example.org/", "http://127.0.0.1.example.org/", "wss://example.org"])
def test_an_address_elsewhere_is_not_ours(url: str) -> None:
    assert not is_ours(url)
