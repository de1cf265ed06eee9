"""The figure 8 in a real Chromium: with the fonts that it finds no label lies on another, and it prints on one page."""

from __future__ import annotations

import re

import pytest

from plugin.services.viewer import Role
from tests.browser import Pages
from tests.web.test_pages_in_a_browser import address, enter, workspace

__all__ = ["address", "workspace"]

pytestmark = pytest.mark.browser

# Labels of the picture that is shown, as the browser measures them; those of one stage may stand close.
OVERLAPS = """() => {
  const boxes = [...document.querySelectorAll('svg.crowd text')].map(one => [one, one.getBoundingClientRect()])
    .filter(([, box]) => box.width);
  const over = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 4 && b.top < a.bottom - 4;
  return boxes.flatMap(([a, one], n) => boxes.slice(n + 1).filter(([, other]) => over(one, other))
    .map(([b]) => `${a.textContent} on ${b.textContent}`));
}"""


@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
def test_no_label_lies_on_another_at_any_width(page: Pages, address: str, locale: str) -> None:
    shown = page(base_url=address, locale=locale)
    enter(shown, Role.MARKETER)
    shown.goto("/journey?period=12-months")
    for width in (320, 360, 768, 960, 1280):
        shown.set_viewport_size({"width": width, "height": 800})
        assert shown.locator("svg.crowd:visible").count() == 1
        assert shown.evaluate(OVERLAPS) == [], width


@pytest.mark.parametrize("level", ["line", "stages"])
def test_a_level_prints_on_one_page(page: Pages, address: str, level: str) -> None:
    shown = page(base_url=address)
    enter(shown, Role.MARKETER)
    shown.goto(f"/journey?level={level}")
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", shown.pdf(prefer_css_page_size=True))) == 1
