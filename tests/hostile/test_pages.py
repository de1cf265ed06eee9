"""Hostile words go through every page that takes or shows words: they come back as words, and do nothing else."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from plugin.services.workspace import Workspace
from tests.hostile.portions import Portion, calm
from tests.hostile.shape import Shape
from tests.web.conftest import Browser
from tests.web.log_form import offered

TEMPLATES = ("discovery", "framing")


@dataclass
class Walk:
    """One deal's meeting, from the draft to the buyer's answer; ``pages`` are those that were seen, in order."""

    browser: Browser
    deal: str
    said: Portion
    pages: list[tuple[str, Shape]] = field(default_factory=list)

    def see(self, path: str, *texts: str) -> str:
        """The page, which must be whole, safe, and say all of the texts."""
        answer = self.browser.get(path)
        assert answer.status_code == 200, path
        shape = Shape(answer.text)
        assert shape.unsafe_addresses() == [], path
        assert shape.lost(texts) == [], path
        self.pages.append((path, shape))
        return answer.text

    def send(self, path: str, fields: dict[str, str]) -> str:
        answer = self.browser.post(path, fields)
        assert answer.status_code == 303, (path, answer.status_code)
        return answer.location

    def all(self) -> Walk:
        self.log()
        self.plan()
        self.meeting()
        for greeting, words in zip(self.said.greetings, self.said.words, strict=False):
            self.recap(greeting, words)
        self.see(self.deal, self.said.note, self.said.what_changed)
        return self

    def log(self) -> None:
        """What was typed is in the draft, in the page beside the slides, and then in the log."""
        path = f"{self.deal}/log/new"
        form = offered(self.see(path))
        typed = {
            name: text for fields in (self._words(form), self._people(), self._notes()) for name, text in fields.items()
        }
        assert self.browser.post(f"{path}/draft", form | typed).status_code == 200
        typed_texts = [text for text in typed.values() if len(text) > 1]
        self.see(path, *typed_texts)
        self.see(f"{self.deal}/converse/framing", *self.said.words[:10], self.said.note)
        self.send(path, form | typed)
        self.see(self.deal, self.said.note, self.said.what_changed, *self.said.words[:10])

    def plan(self) -> None:
        path = f"{self.deal}/plan"
        for step, who in zip(self.said.steps, self.said.names, strict=False):
            self.send(path, {"text": step, "who": who, "side": "them", "due_on": "2026-03-09"})
        self.see(path, *self.said.steps)
        self.see(self.deal, *self.said.steps)

    def meeting(self) -> None:
        for template in TEMPLATES:
            for page in ("prepare", "meeting", "present", "converse"):
                self.see(f"{self.deal}/{page}/{template}")
            self.see(f"{self.deal}/present/{template}?notes")
            self.see(f"{self.deal}/meeting/{template}?language=fr")
        self.see(f"{self.deal}/meeting/framing", *self.said.words[4:7])

    def recap(self, greeting: str, words: str) -> None:
        """Made, sent, opened, taken back by the buyer in their words, and read again."""
        path = self._recap_path()
        lines = {f"{kind}_{place}": said for place, said in enumerate(self.said.words) for kind, said in _line(said)}
        self.send(path, {"greeting": greeting, "language": "en", **lines})
        link = self.see(path, greeting).partition("/recap/")[2][:64]
        self.see(f"/recap/{link}", greeting, *self.said.words)
        answers = {f"reply_{place}": "contradicted" for place in range(1, 5)}
        answers |= {f"text_{place}": words for place in range(1, 5)}
        self.send(f"/recap/{link}", {**answers, "remark": greeting, "name": self.said.names[0], "lang": words[:50]})
        self.see(f"/recap/{link}", words, greeting)
        self.see(path, words, greeting, self.said.names[0])
        self.see(self.deal, words)

    def _recap_path(self) -> str:
        self.see(self.deal)
        return next(one for one in self.pages[-1][1].addresses if one.endswith("/recap"))

    def _words(self, form: dict[str, str]) -> dict[str, str]:
        """Into the ten answers and the first two pieces of evidence."""
        evidence = [name.removesuffix("-words") for name in form if name.startswith("evidence_") and "-words" in name]
        places = [*(f"answer_{number}" for number in range(1, 11)), *evidence]
        said = {f"{place}-words": text for place, text in zip(places, self.said.words, strict=False)}
        return said | {f"{place}-said_by": name for place, name in zip(places, self.said.names, strict=False)}

    def _people(self) -> dict[str, str]:
        return {f"person_{place}-name": name for place, name in enumerate(self.said.names, start=1)}

    def _notes(self) -> dict[str, str]:
        went_back = {"progress": "back", "back_to": "problem", "what_changed": self.said.what_changed}
        return {"note": self.said.note, **went_back}


def _line(said: str) -> Iterator[tuple[str, str]]:
    yield "keep", "1"
    yield "text", said


def compare(browser: Browser, deal: Callable[[str], str], portions: list[Portion]) -> None:
    """Every page is made of the same elements as with calm words, but for the words."""
    quiet = Walk(browser, f"/deals/{deal('h0')}", calm()).all()
    for number, portion in enumerate(portions, start=1):
        loud = Walk(browser, f"/deals/{deal(f'h{number}')}", portion).all()
        for (path, before), (_, after) in zip(quiet.pages, loud.pages, strict=True):
            assert after.unlike(before) == [], path


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_meeting_with_hostile_words_makes_the_pages_that_calm_words_make(
    company: Workspace, ana: Browser, deal: Callable[[str], str], hostile: list[Portion]
) -> None:
    compare(ana, deal, hostile)


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_postgresql_takes_the_signs_that_it_could_refuse(
    company: Workspace, ana: Browser, deal: Callable[[str], str], hostile: list[Portion]
) -> None:
    compare(ana, deal, [portion for portion in hostile if "\0" in portion.note])


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_the_radar_says_hostile_words_of_what_changed_and_stays_whole(
    company: Workspace, ana: Browser, max_: Browser, deal: Callable[[str], str], hostile: list[Portion]
) -> None:
    changed = [one for one in hostile if one.what_changed.strip()][:12]
    for number, portion in enumerate(changed):
        Walk(ana, f"/deals/{deal(f'h{number}')}", portion).log()
    page = Shape(ana.get("/radar?alert=back").text)
    assert page.lost([one.what_changed for one in changed]) == []
    for path in ("/radar?alert=back", "/radar/returns", "/radar/returns/deals?stage=search", "/radar/moments"):
        shape = Shape(max_.get(path).text)
        assert shape.unsafe_addresses() == [], path
        assert {tag for tag, _ in shape.tags} & {"script", "style", "iframe"} == {"script"}, path
    behind = Shape(max_.get("/radar/returns/deals?stage=search").text)
    assert behind.lost([one.what_changed for one in changed]) == []
    for path in ("/radar.csv?alert=back", "/radar/returns/deals.csv?stage=search"):
        cells = [cell for row in csv.reader(io.StringIO(max_.get(path).data.decode("utf-8-sig"))) for cell in row]
        assert [cell for cell in cells if cell.lstrip().startswith(("=", "+", "@"))] == [], path
