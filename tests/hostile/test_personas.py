"""Hostile words in personas, rules, beliefs and files: they come back as words, and do nothing else."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from werkzeug.datastructures import MultiDict

from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from tests.hostile.portions import NAME, Portion, of_the_crm, sendable
from tests.hostile.shape import Shape
from tests.hostile.strings import STRINGS, batches
from tests.web.conftest import Browser

ON_ONE_ENGINE = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)


@pytest.fixture
def mia(signed_in: Callable[[Role], Browser]) -> Browser:
    return signed_in(Role.MARKETER)


def see(browser: Browser, path: str, *texts: str) -> Shape:
    answer = browser.get(path)
    assert answer.status_code == 200, path
    shape = Shape(answer.text)
    assert shape.unsafe_addresses() == [], path
    assert shape.lost(texts) == [], path
    return shape


@ON_ONE_ENGINE
def test_a_persona_says_what_was_typed(company: Workspace, mia: Browser, hostile: list[Portion]) -> None:
    for portion in hostile:
        names = [name[:80] for name in portion.names]
        form = {
            "name_en": names[0],
            "name_fr": names[1],
            "type": "user",
            "role_en": portion.names[2],
            "goals_en": portion.words[0],
            "challenges_fr": portion.words[1],
            "habits_en": portion.words[2],
            "conditions-0-field": "company",
            "conditions-0-how": "contains",
            "conditions-0-words": portion.words[3],
            "revision": "0",
        }
        preview = mia.post("/journey/personas/it", {**form, "wish": "preview"})
        assert preview.status_code in {200, 422}
        assert Shape(preview.text).unsafe_addresses() == []
        revision = mia.get("/journey/personas/it").text.partition('name="revision" value="')[2].partition('"')[0]
        assert mia.post("/journey/personas/it", {**form, "revision": revision}).status_code in {303, 422}
        see(mia, "/journey/personas")
        see(mia, "/journey/personas/it")


@ON_ONE_ENGINE
def test_a_belief_says_what_was_typed(company: Workspace, mia: Browser) -> None:
    for number, text in enumerate(map(sendable, batches(STRINGS, 900))):
        path = f"/journey/canvas/director/{number % 10 + 1}"
        before = mia.get("/journey/canvas?persona=director").text
        form = before.partition(f'action="{path}"')[2]
        written = {"belief": text, "before": form.partition('name="before" value="')[2].partition('"')[0]}
        assert mia.post(path, written).status_code == 303
        see(mia, "/journey/canvas?persona=director", text)


@ON_ONE_ENGINE
def test_what_a_crm_says_is_shown_beside_a_rule(company: Workspace, mia: Browser) -> None:
    see(mia, "/journey/personas/director", *(told[5] for told in of_the_crm()[:5]))


@ON_ONE_ENGINE
def test_no_file_breaks_the_import(company: Workspace, mia: Browser) -> None:
    for text in map(sendable, batches(STRINGS, NAME)):
        for content in (text, f"personas:\n  - key: {text}\n", f'personas:\n  - {{key: a, type: b, name: "{text}"}}\n'):
            sent = MultiDict([("csrf_token", mia.token), ("file", (io.BytesIO(content.encode()), "personas.yaml"))])
            answer = mia.client.post("/journey/personas", data=sent)
            assert answer.status_code == 422
            assert Shape(answer.text).unsafe_addresses() == []
