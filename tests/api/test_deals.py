"""Deals as programs read them: the same as the page's, batch by batch, under public ids."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from plugin.api.cursors import beginning, cursor
from plugin.services.deal_page import deal_page
from plugin.services.meeting_kit import meeting_kit
from plugin.services.viewer import Role, Viewer
from plugin.services.workspace import Workspace
from plugin.store.tables import Deal, UserAccount
from tests.api.conftest import Program
from tests.web.conftest import NOW, PEOPLE


def names(answer: Any) -> list[str]:
    return [one["name"] for one in answer.json["deals"]]


@pytest.fixture
def viewer(workspace: Workspace) -> Viewer:
    with workspace.database.reading() as session:
        account = session.scalars(select(UserAccount).filter_by(email=PEOPLE[Role.SALESPERSON])).one()
        return Viewer(account.id, account.name, account.email, Role.SALESPERSON)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Deal north", "Deal south"]),
        ("?state=won", ["Deal west"]),
        ("?state=all", ["Deal lost", "Deal north", "Deal parked", "Deal south", "Deal west"]),
        ("?stage=search", ["Deal north"]),
        ("?q=SOUTH", ["Deal south"]),
        ("?persona=director", ["Deal north", "Deal south"]),
        ("?persona=Managing+Director", ["Deal north", "Deal south"]),
        ("?persona=finance", []),
        ("?q=%25", []),
        ("?q=%00", ["Deal north", "Deal south"]),
    ],
)
def test_filters_narrow_the_list(ana: Program, query: str, found: list[str]) -> None:
    assert sorted(names(ana.get(f"/deals{query}"))) == found


@pytest.mark.parametrize(
    ("query", "status", "pointer"),
    [
        ("?limit=0", 400, "/limit"),
        ("?limit=101", 400, "/limit"),
        ("?limit=1e1", 400, "/limit"),
        ("?limit=1&limit=2", 400, "/limit"),
        ("?state=asleep", 400, "/state"),
        ("?stages=search", 400, "/stages"),
        ("?cursor=12", 400, "/cursor"),
        ("?stage=nowhere", 422, "/stage"),
        ("?persona=nobody", 422, "/persona"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused_with_its_name(
    ana: Program, query: str, status: int, pointer: str
) -> None:
    answer = ana.get(f"/deals{query}")
    assert answer.status_code == status
    assert [fault["pointer"] for fault in answer.json["errors"]] == [pointer]


@given(place=st.integers(0, 2**48 - 1))
def test_a_cursor_is_the_place_that_it_was_made_from(place: int) -> None:
    assert beginning(cursor(place)) == place


@given(text=st.from_regex(r"[A-Za-z0-9_-]{8}", fullmatch=True))
def test_every_text_of_its_form_is_a_cursor(text: str) -> None:
    assert cursor(beginning(text)) == text


def batches(ana: Program, sizes: list[int], between: Callable[[int], None]) -> Iterator[str]:
    after = ""
    for turn in range(200):
        answer = ana.get(f"/deals?state=all&limit={sizes[turn % len(sizes)]}{after}")
        yield from names(answer)
        if answer.json["next"] is None:
            return
        after = f"&cursor={answer.json['next']}"
        between(turn)
    raise AssertionError("the list has no end")


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(1, 4), min_size=1, max_size=4), added=st.lists(st.integers(0, 2), max_size=4))
def test_who_reads_on_finds_each_deal_once_while_others_are_added(
    max_: Program, workspace: Workspace, sizes: list[int], added: list[int]
) -> None:
    before = names(max_.get("/deals?state=all&limit=100"))

    def add(turn: int) -> None:
        for _ in range(added[turn] if turn < len(added) else 0):
            add_deal(workspace)

    found = list(batches(max_, sizes, add))
    assert len(found) == len(set(found))
    assert found[: len(before)] == before


def add_deal(workspace: Workspace) -> None:
    with workspace.database.writing.begin() as session:
        number = session.scalar(select(func.count()).select_from(Deal)) or 0
        like = session.scalars(select(Deal).limit(1)).one()
        columns = {column.key: getattr(like, column.key) for column in Deal.__table__.columns if column.key != "id"}
        fresh = {"crm_id": f"added {number}", "public_id": f"added{number}", "name": f"Added {number}"}
        session.add(Deal(**{**columns, **fresh}))


def test_a_deal_is_what_its_page_shows(
    ana: Program, workspace: Workspace, viewer: Viewer, deal: Callable[[str], str]
) -> None:
    with workspace.database.reading() as session:
        page = deal_page(session, workspace, viewer, deal("north"))
    told = ana.get(f"/deals/{deal('north')}").json
    assert page is not None
    assert page.reading.direction is not None
    assert told["deal"]["id"] == deal("north")
    assert told["standing"]["stage"] == page.reading.standing.stage
    assert told["direction"]["direction"] == page.reading.direction.direction == "back"
    assert [one["key"] for one in told["evidence"]] == [line.key for line in page.evidence]
    assert len(told["answers"]) == 10
    visits = ana.get(f"/deals/{deal('north')}/history").json["visits"]
    assert [(one["stage"], one["round"]) for one in visits] == [(one.stage, one.round) for one in page.visits]
    assert visits[0]["entered_at"] == "2026-01-03T09:00:00Z"


def test_what_comes_next_and_its_kit_are_the_page_s(
    ana: Program, workspace: Workspace, viewer: Viewer, deal: Callable[[str], str]
) -> None:
    choice = ana.get(f"/deals/{deal('north')}/next").json["choice"]
    assert (choice["template"], choice["reasons"][0]["why"]) == ("framing", "went_back")
    told = ana.get(f"/deals/{deal('north')}/kits/framing?language=fr").json
    with workspace.database.reading() as session:
        kit = meeting_kit(session, workspace, viewer, deal("north"), "framing", language="fr")
    assert kit is not None
    assert told["kit"]["title"] == kit.kit.title == "Cadrage"
    assert [one["item"] for one in told["kit"]["slides"]] == [one.item for one in kit.kit.slides]
    assert [one["ask"] for one in told["kit"]["questions"]] == [one.ask for one in kit.kit.questions]
    assert told["missing_evidence"] == list(kit.missing_evidence)


def test_meetings_are_told_with_the_revision_that_a_log_needs(
    ana: Program, deal: Callable[[str], str], meeting: Callable[..., str]
) -> None:
    planned = meeting("north", NOW)
    (told,) = ana.get(f"/deals/{deal('north')}/meetings").json["meetings"]
    assert (told["id"], told["state"], told["revision"], told["notes"]) == (planned, "planned", 0, [])


@pytest.mark.parametrize("path", ["/deals/x", "/deals/%00", "/deals/x/kits/discovery", "/deals/x/nothing"])
def test_what_is_not_there_is_not_found(ana: Program, path: str) -> None:
    assert ana.get(path).status_code == 404


def test_a_deal_s_number_in_our_tables_opens_nothing(ana: Program) -> None:
    assert ana.get("/deals/1").status_code == 404
