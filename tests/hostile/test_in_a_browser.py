"""A real browser is shown the pages with hostile words, and no policy stops what would run: nothing does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from plugin.services.workspace import Workspace
from tests.browser import Pages
from tests.hostile.portions import Portion
from tests.hostile.test_pages import Walk
from tests.web.conftest import Browser

# What only a text that got out of its place could have made.
STRANGERS = """() => [...document.querySelectorAll('*')].filter(one =>
    ['STYLE', 'IFRAME', 'OBJECT', 'EMBED', 'BASE', 'MATH', 'VIDEO'].includes(one.tagName)
    || (one.tagName === 'SCRIPT' && !one.src)
    || [...one.attributes].some(attribute => /^(on|style$|srcdoc$)/.test(attribute.name))
    || /^\\s*(javascript|vbscript|data):/i.test(one.getAttribute('href') ?? one.getAttribute('src') ?? '')
).map(one => one.outerHTML.slice(0, 120))"""


@pytest.mark.browser
@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_nothing_runs_and_nothing_strange_stands_on_a_page(
    company: Workspace, ana: Browser, deal: Callable[[str], str], hostile: list[Portion], page: Pages
) -> None:
    shown = page(tolerated=("",))
    ran: list[str] = []
    shown.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
    shown.route("**/*", lambda route: route.abort())
    for number, portion in enumerate(hostile[:2], start=1):
        walk = Walk(ana, f"/deals/{deal(f'h{number}')}", portion).all()
        for path in dict.fromkeys(path for path, _ in walk.pages):
            shown.set_content(ana.get(path).text, wait_until="domcontentloaded")
            assert shown.evaluate(STRANGERS) == [], path
            assert shown.evaluate("() => 'hit' in window") is False, path
    assert ran == []
