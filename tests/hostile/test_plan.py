"""Hostile words in the plan: goal, reasons, actions and their files say them, and do nothing else."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select

from plugin.services.workspace import Workspace
from plugin.store.tables import Action, Objective
from tests.hostile.portions import sendable
from tests.hostile.shape import Shape, kept
from tests.hostile.strings import STRINGS, batches
from tests.hostile.test_lists import FORMULA
from tests.services.test_icalendar import read, unescaped
from tests.web.conftest import Browser
from tests.web.test_plan_pages import ACTION, OBJECTIVE

TITLE, NAME, HOW = 160, 120, 4_000
LISTS = (
    *("/plan", "/plan/actions", "/plan/actions/board", "/plan/actions/calendar?month=2026-03", "/plan/actions/worth"),
    "/plan/week?week=2026-W05",
)


@dataclass
class Planned:
    """A goal, an objective with its reason, and an action for each title; the pages that show them."""

    browser: Browser
    titles: list[str]
    how: list[str]
    pages: list[tuple[str, Shape]] = field(default_factory=list)

    def send(self, path: str, fields: dict[str, str]) -> None:
        answer = self.browser.post(path, fields)
        assert answer.status_code == 303, (path, answer.status_code)

    def see(self, path: str, *texts: str) -> None:
        answer = self.browser.get(path)
        assert answer.status_code == 200, path
        shape = Shape(answer.text)
        assert shape.unsafe_addresses() == [], path
        assert shape.lost(texts) == [], path
        self.pages.append((path, shape))

    def set(self, workspace: Workspace) -> Planned:
        self.send("/plan/goal", {"text": self.titles[0], "revision": revision_of(self.browser, "/plan/goal")})
        self.send("/plan/objectives/new", {**OBJECTIVE, "why": self.how[0][:1000]})
        for number, title in enumerate(self.titles):
            how = self.how[number % len(self.how)]
            placed = {"placed": "improve", "placed_why": f"! {how}"[:1000]}
            named = {"title": title, "how": how, "owner_name": title[:NAME], "team": "sales"}
            self.send("/plan/actions/new", {**ACTION, **named, **placed})
        self._look(workspace)
        return self

    def _look(self, workspace: Workspace) -> None:
        with workspace.database.reading() as session:
            objective = session.scalars(select(Objective.public_id)).one()
            actions = session.scalars(select(Action.public_id).order_by(Action.id)).all()
        self.see("/plan", *self.titles)
        for path in LISTS[1:5]:
            self.see(path, *self.titles)
        self.see(LISTS[5], *self.titles[:1])
        self.see(f"/plan/objectives/{objective}", self.how[0][:1000])
        for number, action in enumerate(actions[:5]):
            self.see(f"/plan/actions/{action}", self.titles[number], self.how[number % len(self.how)])


def revision_of(browser: Browser, path: str) -> str:
    return browser.get(path).text.partition('name="revision"')[2].partition('value="')[2].partition('"')[0]


@pytest.fixture
def titles() -> list[str]:
    """Hostile strings of every kind; those of which nothing can be seen are no titles."""
    found = [text for text in batches([sendable(one) for one in STRINGS], TITLE, " ") if kept(text)]
    return found[:: len(found) // 120 + 1]


@pytest.fixture
def how() -> list[str]:
    return batches([sendable(one) for one in STRINGS], HOW)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_hostile_words_make_the_pages_that_calm_words_make(
    max_: Browser, workspace: Workspace, titles: list[str], how: list[str]
) -> None:
    loud = Planned(max_, titles, how).set(workspace)
    taken_away(workspace)
    calm_how = [f"calm {number}" for number in range(len(how))]
    calm = Planned(max_, [f"calm title {number}" for number in range(len(titles))], calm_how).set(workspace)
    for (path, before), (_, after) in zip(calm.pages, loud.pages, strict=True):
        assert after.unlike(before) == [], path


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_files_say_them_and_run_none(max_: Browser, workspace: Workspace, titles: list[str], how: list[str]) -> None:
    Planned(max_, titles, how).set(workspace)
    rows = list(csv.DictReader(io.StringIO(max_.get("/plan/actions.csv").data.decode("utf-8-sig"), newline="")))
    assert [cell for row in rows for cell in row.values() if FORMULA.match(cell)] == []
    assert [kept(row["title"].removeprefix("'")) for row in rows] == [kept(one.removeprefix("'")) for one in titles]
    events = read(max_.get("/plan/actions.ics").data)
    assert [kept(unescaped(one["SUMMARY"])) for one in events] == [kept(one) for one in titles]


def taken_away(workspace: Workspace) -> None:
    with workspace.database.writing.begin() as session:
        for table in (Action, Objective):
            for row in session.scalars(select(table)):
                session.delete(row)
