"""Hostile words as the texts of a journey: drafted, previewed, published, shown, and out as a file, word for word."""

from __future__ import annotations

import io
from collections.abc import Callable

from plugin.domain.typed_text import tidy
from plugin.library.journeys import read_journey_text
from plugin.services.viewer import Role
from tests.hostile.portions import Portion
from tests.hostile.shape import Shape
from tests.web.conftest import Browser
from tests.web.test_journeys import fields

PATH = "/journey/versions/figure8"


def test_hostile_words_of_a_journey_stay_words(hostile: list[Portion], signed_in: Callable[[Role], Browser]) -> None:
    mia = signed_in(Role.MARKETER)
    for portion in hostile[:3]:
        said = [tidy(text)[:1000] for text in (portion.note, portion.what_changed, *portion.words) if tidy(text)]
        typed = fields(mia.get(PATH).text)
        names = [f"stages.{place}.{name}.{code}" for place in range(8) for name in TEXTS for code in ("en", "fr")]
        for number, name in enumerate(names):
            typed[name] = said[number % len(said)]
        assert mia.post(PATH, typed.to_dict(flat=False)).status_code == 303
        revision = fields(mia.get(PATH).text)["revision"]
        for path in ("", "/preview", "/compare"):
            shape = Shape(mia.get(PATH + path).text)
            assert shape.unsafe_addresses() == []
        answer = mia.post(f"{PATH}/publish", {"revision": revision, "note": portion.note})
        assert answer.status_code == 303, answer.text
        for path in ("/journey/versions", "/conversion", "/deals", "/conversion/flow", "/conversion/now"):
            shape = Shape(mia.get(path).text)
            assert shape.unsafe_addresses() == [], path
            assert shape.lost(said[:1]) == [] or path != "/conversion", path
        journey = read_journey_text(mia.get(f"{PATH}/export.yaml").text)
        assert journey.stages[0].name.en == said[0]


TEXTS = ("name", "question", "objective")


def test_numbers_and_keys_that_a_form_never_sends_break_nothing(signed_in: Callable[[Role], Browser]) -> None:
    mia = signed_in(Role.MARKETER)
    typed = fields(mia.get(PATH).text).to_dict(flat=False)
    for name, value in (
        ("stages", "999999999999"),
        ("stages", "-1"),
        ("stages.0.items", "٣"),
        ("stages.0.key", "../../etc/passwd"),
        ("stages.0.key", "won"),
        ("stages.0.formerly", "a b c " * 500),
        ("stages.0.meetings", "nothing_like_it"),
        ("stages.0.loop", "spiral"),
        ("revision", "x"),
        ("change", "item:0:" + "9" * 99),
    ):
        answer = mia.post(PATH, {**typed, name: value})
        assert answer.status_code in (303, 409), (name, value)
        assert mia.get(PATH).status_code == 200
        assert mia.get(f"{PATH}/preview").status_code in (200, 422)
        mia.get(PATH)
        mia.post(f"{PATH}/discard")
        mia.get(PATH)


def test_files_that_are_no_journeys_are_refused_in_words(signed_in: Callable[[Role], Browser]) -> None:
    mia = signed_in(Role.ADMIN)
    for content in (
        b"",
        b"\x00",
        b"a: &x [*x]",
        b"- " * 400,
        b"key: x\nstages: 3",
        "clé: é".encode("latin-1"),
        b"{" * 99,
    ):
        mia.get("/journey/versions")
        sent = {"file": (io.BytesIO(content), "../../x.yaml")}
        answer = mia.post("/journey/versions/import", sent, content_type="multipart/form-data")
        assert answer.status_code == 422, content
        assert 'role="alert"' in answer.text
    mia.get("/journey/versions")
    large = {"file": (io.BytesIO(b"#" * 900_000), "x.yaml")}
    assert mia.post("/journey/versions/import", large, content_type="multipart/form-data").status_code == 422
