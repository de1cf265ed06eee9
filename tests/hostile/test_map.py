"""What people write on the map comes back as words, and leaves the pages as calm words do."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import delete

from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from plugin.store.tables import Improvement, MapNote, Touchpoint
from tests.hostile.portions import sendable
from tests.hostile.shape import Shape, kept
from tests.hostile.strings import STRINGS, batches
from tests.web.conftest import Browser

STAGE = "/journey/search"
PAGES = (STAGE, "/journey?level=all", "/journey", "/journey/touchpoints")
LONGEST, NAME = 500, 120
# All strings, many in a text; a text has to be seen to be one, and its beginning names a touchpoint.
TEXTS = [text for text in batches(map(sendable, STRINGS), LONGEST) if kept(text[: NAME - 5])]


def write(browser: Browser, texts: list[str]) -> list[tuple[str, Shape]]:
    """For each text a touchpoint, a line that names it and an improvement; the pages that show them."""
    for number, text in enumerate(texts):
        named = {"name": f"{number} {text}"[:NAME], "where": "online", "trace": "traceable"}
        assert browser.post("/journey/touchpoints", named).status_code == 303, text[:NAME]
    page = browser.get(STAGE).text
    evaluator = re.findall(r'selected value="(\d+)"', page)[0]
    refs = re.findall(r'<option value="([0-9a-f]{32})"', page)[: len(texts)]
    for text, ref in zip(texts, refs, strict=True):
        line = {"kind": "friction", "friction-text": text, "friction-touchpoint": ref}
        assert browser.post(f"{STAGE}/notes", line).status_code == 303
        decided = {"improve-text": text, "improve-evaluator": evaluator, "improve-due_on": "2026-03-01"}
        assert browser.post(f"{STAGE}/improvements", decided).status_code == 303
    return [(path, Shape(browser.get(path).text)) for path in PAGES]


def clear(workspace: Workspace) -> None:
    with workspace.database.writing.begin() as session:
        for table in (MapNote, Improvement, Touchpoint):
            session.execute(delete(table))


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_the_map_says_hostile_words_and_is_made_as_with_calm_ones(
    workspace: Workspace, signed_in: Callable[[Role], Browser]
) -> None:
    mia = signed_in(Role.MARKETER)
    calm = dict(write(mia, [f"Calm line {number}" for number in range(len(TEXTS))]))
    clear(workspace)
    for path, shape in write(mia, TEXTS):
        assert shape.unlike(calm[path]) == [], path
        assert shape.unsafe_addresses() == [], path
        if path == STAGE:
            assert shape.lost(TEXTS) == []
    assert Shape(mia.get("/journey/touchpoints").text).lost([text[: NAME - 5] for text in TEXTS]) == []


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_postgresql_keeps_what_the_map_is_told(workspace: Workspace, signed_in: Callable[[Role], Browser]) -> None:
    texts = [text for text in TEXTS if "\0" in text]
    (_, shape), *_ = write(signed_in(Role.MARKETER), texts)
    assert shape.lost(texts) == []


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_addresses_of_the_map_take_anything(workspace: Workspace, signed_in: Callable[[Role], Browser]) -> None:
    mia = signed_in(Role.MARKETER)
    for text in TEXTS:
        answer = mia.get(f"{STAGE}/deals", query_string=dict.fromkeys(("persona", "period", "level", "of"), text))
        assert answer.status_code == 404, text[:60]
        answer = mia.get("/journey", query_string=dict.fromkeys(("persona", "period", "level"), text))
        assert Shape(answer.text).unsafe_addresses() == []
