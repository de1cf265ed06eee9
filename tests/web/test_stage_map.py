"""The map's pages."""

from __future__ import annotations

import pytest

from tests.web.conftest import Browser


@pytest.mark.parametrize(
    "path",
    [
        "/journey",
        "/journey?level=line",
        "/journey?level=all",
        "/journey/search",
        "/journey/search/deals",
        "/journey/touchpoints",
    ],
)
def test_pages_open(max_: Browser, path: str) -> None:
    assert max_.get(path).status_code == 200
