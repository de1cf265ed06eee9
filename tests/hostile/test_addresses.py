"""Hostile words in addresses and in fields that no person types into: no answer breaks, none leads elsewhere."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from itertools import cycle
from urllib.parse import quote, urljoin

import pytest
from flask import Flask

from plugin.services.viewer import Role
from plugin.web.sign_in import safe_next
from tests.hostile.portions import NAME, sendable
from tests.hostile.shape import Shape, letters
from tests.hostile.strings import KINDS, STRINGS, batches
from tests.web.conftest import Browser
from tests.web.log_form import offered
from tests.web.test_template_editor import fields

# One of each kind, and those that a database, a header or a calendar trips over.
SAMPLES = tuple(
    dict.fromkeys(
        [
            *(sendable(next(make())) for make in KINDS),
            *("\0", "a\0b", "\r\nSet-Cookie: a=b", "%", "\u202e", "9" * 25, "-1", "", " ", "x" * 300),
            *("0001-01-01", "9999-12-31", "0001-01-01T00:00", "9999-12-31T23:59", "2026-02-30"),
        ]
    )
)
PATHS = (
    *(
        "/deals/{}",
        "/deals/{}/log",
        "/deals/{}/plan",
        "/recap/{}",
        "/brand/logo/{}",
        "/templates/{}",
        "/static/{}",
        "/{}",
    ),
    *("/deals/DEAL/meeting/{}", "/deals/DEAL/prepare/{}", "/deals/DEAL/present/{}", "/deals/DEAL/log/{}"),
    *("/deals/DEAL/meetings/{}/recap", "/deals/DEAL/meeting/{}/deck.pptx", "/templates/{}/1/pictures/{}"),
    *("/journey/personas/{}",),
    *("/templates/discovery/draft/pictures/{}", "/templates/{}/export.zip", "/templates/{}/compare"),
)
QUESTIONS = (
    ("/deals", ("q", "stage", "state", "page", "persona")),
    ("/journey/canvas", ("persona",)),
    ("/deals/DEAL/log", ("template", "went")),
    ("/deals/DEAL/meeting/framing", ("language",)),
    ("/deals/DEAL/present/framing", ("notes", "language")),
    ("/conversion", ("from", "to", "as-of", "horizon", "pipeline", "owner", "persona", "source")),
    ("/conversion", ("as-of",)),
    ("/conversion/deals?stage=search&figure=entered", ("as-of",)),
    ("/conversion/deals", ("stage", "figure", "all")),
    ("/journey/touches", ("stage", "by", "look-back", "period", "persona")),
    ("/journey/touches/deals?stage=problem", ("value", "by", "all", "none")),
    ("/journey/touches/deals?stage=problem", ("value",)),
    ("/radar", ("alert", "stage", "owner", "persona", "days", "page")),
    ("/radar.csv", ("alert", "stage", "owner", "persona", "days")),
    ("/radar/returns", ("from", "to", "as-of", "pipeline", "owner", "persona", "source")),
    ("/radar/returns/deals", ("stage", "target", "all")),
    ("/radar/moments/meetings", ("in", "template", "version", "who", "effect", "felt", "all")),
    ("/sign-in", ("next", "lang")),
    ("/templates/discovery/compare", ("version", "with")),
    ("/templates/discovery/preview", ("deal", "language")),
)
# Fields of the log that hold a choice, a date or a mark of ours.
CHOSEN = ("key", "revision", "outcome", "template", "forward_to", "back_to", "felt", "effect", "next_template")


@pytest.fixture
def ada(signed_in: Callable[[Role], Browser]) -> Browser:
    return signed_in(Role.ADMIN)


def texts() -> Iterator[str]:
    yield from (sendable(text) for text in batches(STRINGS, NAME))


def test_a_search_for_any_of_them_finds_or_doesnt_and_says_what_was_asked(ada: Browser) -> None:
    for text in texts():
        answer = ada.get("/deals", query_string={"q": text, "stage": text, "state": text, "page": text})
        assert answer.status_code == 200
        shape = Shape(answer.text)
        assert shape.lost([text]) == []
        assert shape.unsafe_addresses() == []
        assert {attributes for tag, attributes in shape.tags if tag == "script"} == {("defer", "src")}


def test_no_address_breaks_an_answer(ada: Browser, deal: Callable[[str], str]) -> None:
    for path in PATHS:
        for text in SAMPLES:
            named = path.replace("{}", quote(text, safe="")).replace("DEAL", deal("north"))
            assert ada.get(named).status_code < 500, named
    for path, text in zip(cycle(PATHS), texts(), strict=False):
        named = path.replace("{}", quote(text, safe="/")).replace("DEAL", deal("north"))
        assert ada.get(named).status_code < 500, named


def test_no_question_breaks_an_answer(ada: Browser, deal: Callable[[str], str]) -> None:
    for path, names in QUESTIONS:
        for text in SAMPLES:
            asked = "&".join(f"{name}={quote(text, safe='')}" for name in names)
            answer = ada.get(f"{path.replace('DEAL', deal('north'))}{'&' if '?' in path else '?'}{asked}")
            assert answer.status_code < 500, (path, text)
            assert Shape(answer.text).unsafe_addresses() == [], (path, text)


def test_a_file_and_a_goal_made_of_them_are_read_or_told(ada: Browser) -> None:
    for text in SAMPLES:
        ada.get("/journey/touches/files")
        sheet = io.BytesIO(f"deal;date;channel;campaign\n{text};{text};{text};{text}\nnorth;;{text};".encode())
        looked = ada.post("/journey/touches/files", {"file": (sheet, text or "x"), "dates": "day_first"})
        assert looked.status_code in (200, 422), text
        assert Shape(looked.text).unsafe_addresses() == []
        tried = ada.post("/journey/touches/goals", {"field": "kind", "value": text, "stage": "search", "do": "try"})
        assert tried.status_code in (200, 422), text
        assert Shape(tried.text).unsafe_addresses() == []


def test_signing_in_leads_nowhere_else(app: Flask) -> None:
    with app.test_request_context():
        for text in STRINGS:
            for wanted in (text, f"/{text}", f"//{text}", f"https:{text}"):
                assert urljoin("https://ours.example/sign-in", safe_next(wanted)).startswith("https://ours.example/")


def test_no_choice_of_the_log_breaks_it(ana: Browser, deal: Callable[[str], str]) -> None:
    path = f"/deals/{deal('north')}/log/new"
    for text in SAMPLES:
        form = offered(ana.get(path).text) | {"progress": "forward"}
        for changed in (dict.fromkeys(CHOSEN, text), {"starts_at": text}, {"next_in": "other", "next_at": text}):
            assert ana.post(path, form | changed).status_code in {303, 422}, (changed, text)


def test_no_name_of_a_field_breaks_a_draft(ana: Browser, deal: Callable[[str], str]) -> None:
    path = f"/deals/{deal('north')}/log/new"
    sent = dict.fromkeys(texts(), "kept")
    names = list(sent)
    for begin in range(0, len(names), 250):
        some = {name: sent[name] for name in names[begin : begin + 250]}
        assert ana.post(f"{path}/draft", {**some, "note": "and this"}).status_code == 200
        assert Shape(ana.get(path).text).lost(["and this"]) == []


def test_nobody_signs_in_by_them(anybody: Browser, ana: Browser) -> None:
    anybody.get("/sign-in")
    for text in SAMPLES[:6]:
        sent = {"email": f"{text}@x.example\0", "password": text or "x", "next": text}
        assert anybody.post("/sign-in", sent).status_code in {303, 401, 422, 429}
        saved = ana.post("/account/preferences", {"language": text, "theme": text, "time_zone": text})
        assert saved.status_code in {303, 422}
        word = {"decision": text, "word": text, "change": text, "due_on": text, "item": f"slide:{text}"}
        for path in ("follow-ups/x", "plan/x", "meeting/framing/choose"):
            assert ana.post(f"/deals/nowhere/{path}", word).status_code == 404


def test_a_draft_of_a_template_keeps_them_and_is_told_what_is_wrong(ada: Browser, deal: Callable[[str], str]) -> None:
    form = fields(ada.get("/templates/discovery").text)
    places = [name for name in form if name.startswith(("en.", "fr.", "questions.", "file:"))]
    texts = dict(zip(places, batches([sendable(one) for one in STRINGS], 4_000), strict=False))
    assert ada.post("/templates/discovery", form | texts).status_code == 303
    for path in ("", "?view=files", "/compare", f"/preview?deal={deal('north')}"):
        shown = ada.get(f"/templates/discovery{path}")
        assert shown.status_code == (422 if path.startswith("/preview") else 200)
        shape = Shape(shown.text)
        assert shape.unsafe_addresses() == []
        assert {attributes for tag, attributes in shape.tags if tag == "script"} == {("defer", "src")}
    said = letters(Shape(ada.get("/templates/discovery").text).text)
    assert [text for text in texts.values() if letters(text) not in said] == []
