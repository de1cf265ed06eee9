"""A real Chromium for the tests, which also listens: a page that complains in its console fails its test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from dev import find_browser, is_root

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Request

QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # Nothing on our pages may come from elsewhere; where something tries to, it gets no answer.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
OUR_HOSTS = {"127.0.0.1", "localhost"}
ACCESSIBILITY_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
REPORT_POLICY_VIOLATIONS = """
document.addEventListener('securitypolicyviolation', event =>
    console.error(`content-security policy ${event.violatedDirective} broken by ${event.blockedURI}`));
"""


@dataclass
class Pages:
    """Opens pages of one browser, each in a context of its own (no shared cookies); notes what goes wrong in them."""

    browser: Browser
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def __call__(
        self,
        width: int = 1280,
        locale: str = "en-GB",
        *,
        height: int = 900,
        base_url: str | None = None,
        javascript: bool = True,
        dark: bool = False,
        tolerated: tuple[str, ...] = (),
    ) -> Page:
        """A new page. ``tolerated``: parts of console messages that the test provokes ("status of 403")."""
        context = self.browser.new_context(
            viewport={"width": width, "height": height},
            locale=locale,
            base_url=base_url,
            java_script_enabled=javascript,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        context.add_init_script(REPORT_POLICY_VIOLATIONS)
        self._listen(context, tolerated)
        self.contexts.append(context)
        return context.new_page()

    def close(self) -> None:
        while self.contexts:
            self.contexts.pop().close()

    def _listen(self, context: BrowserContext, tolerated: tuple[str, ...]) -> None:
        def complain(message: str) -> None:
            if not any(part in message for part in tolerated):
                self.complaints.append(message)

        def look_at(request: Request) -> None:
            if not is_ours(request.url):
                complain(f"request to another host: {request.url}")

        context.on("request", look_at)
        context.on("weberror", lambda thrown: complain(f"uncaught: {thrown.error}"))
        context.on("console", lambda said: complain(f"console: {said.text}") if said.type == "error" else None)


def is_ours(url: str) -> bool:
    """Whether an address stays on this machine; ``data:`` and ``blob:`` never leave the page."""
    parts = urlsplit(url)
    return parts.hostname in OUR_HOSTS if parts.scheme in {"http", "https", "ws", "wss"} else True


def axe(page: Page) -> list[str]:
    """What axe finds on the page as it is now, one readable line for each element: rule, element, how to mend it."""
    from axe_playwright_python.sync_playwright import Axe  # it reads half a megabyte of script when imported

    options = {"runOnly": {"type": "tag", "values": ACCESSIBILITY_RULES}, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{violation['id']}: {violation['help']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for violation in found
        for node in violation["nodes"]
    ]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for the whole session."""
    from playwright.sync_api import sync_playwright  # only the tests that need it wait for it

    path = find_browser()
    if path is None:
        pytest.fail("No Chromium found: `python3 dev.py test` installs one, or CHROMIUM can name it", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=[*QUIET, *(["--no-sandbox"] if is_root() else [])]
        )
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Pages]:
    """Opens pages: ``page(width=360, locale="fr-FR", base_url=...)``. Fails the test where any of them complained."""
    pages = Pages(chromium)
    yield pages
    pages.close()
    if pages.complaints:
        pytest.fail("The browser complained:\n" + "\n".join(pages.complaints), pytrace=False)
