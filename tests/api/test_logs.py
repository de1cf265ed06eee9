"""A log that a program sends: the page's entry and rules; stored once however often it is sent."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from plugin.services.api_answers import Sent, keep_answer
from plugin.services.workspace import Workspace
from plugin.store.tables import ApiAnswer, BuyerWords, Deal, Meeting, MeetingLog
from tests.api.conftest import Program
from tests.web.conftest import NOW, Clock

HELD: dict[str, Any] = {"outcome": "held", "starts_at": "2026-03-02T08:00:00Z"}
FULL: dict[str, Any] = {
    **HELD,
    "template": "framing",
    "evidence": [{"key": "routes_named", "words": "Do nothing, or you.", "said_by": "Bo north"}],
    "answers": [{"question": 6, "words": "They could do it alone.", "status": "confirmed"}],
    "attendees": [{"name": "Bo  north", "decides": True}],
    "felt": "keen",
    "effect": "strengthened",
    "note": "Sent the map.",
    "progress": "forward",
    "target": "select",
    "next_at": "2026-03-09T10:00:00+01:00",
}


def count(workspace: Workspace, table: Any) -> int:
    with workspace.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_everything_of_a_log_is_stored_as_the_page_stores_it(
    ana: Program, workspace: Workspace, deal: Callable[[str], str]
) -> None:
    answer = ana.log(deal("north"), FULL)
    assert answer.status_code == 201
    assert (answer.json["before"], answer.json["after"], answer.json["state_after"]) == ("search", "select", "open")
    told = ana.get(f"/deals/{deal('north')}").json
    assert told["standing"]["stage"] == "select"
    assert told["planned"]["starts_at"] == "2026-03-09T09:00:00Z"
    assert told["answers"][5]["words"][0]["text"] == "They could do it alone."
    held, notes = ana.get(f"/deals/{deal('north')}/meetings").json["meetings"][1], "Sent the map."
    assert (held["id"], held["felt"], held["notes"][0]["text"]) == (answer.json["meeting"], "keen", notes)
    assert held["notes"][0]["by"] == "Ana"


def test_the_same_request_is_stored_once_and_gets_its_first_answer_again(
    ana: Program, workspace: Workspace, deal: Callable[[str], str], clock: Clock
) -> None:
    first = ana.log(deal("north"), FULL)
    clock.forward(days=2)
    ana.log(deal("north"), {**HELD, "starts_at": "2026-03-04T08:00:00Z", "progress": "lost"}, key="second")
    again = ana.log(deal("north"), dict(reversed(FULL.items())))
    assert (again.status_code, again.json) == (201, first.json)
    assert count(workspace, MeetingLog) == 2


def test_requests_that_come_at_once_are_stored_once(
    ana: Program, workspace: Workspace, deal: Callable[[str], str]
) -> None:
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: ana.log(deal("north"), HELD), range(12)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json["meeting"] for answer in answers}) == 1
    assert count(workspace, MeetingLog) == 1


def test_who_was_second_at_the_same_instant_gets_the_answer_of_the_first(
    ana: Program, workspace: Workspace, deal: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a database that lets both begin: the second one finds out when it stores."""
    first = ana.log(deal("north"), HELD)
    looked: list[Sent] = []

    def blind_once(session: Any, sent: Sent) -> Any:
        looked.append(sent)
        return None if len(looked) == 1 else {**first.json}

    monkeypatch.setattr("plugin.api.logs.answered_before", blind_once)
    second = ana.log(deal("north"), HELD)
    assert (second.status_code, second.json, len(looked)) == (201, first.json, 2)
    assert count(workspace, MeetingLog) == 1


def test_a_key_belongs_to_one_request(ana: Program, workspace: Workspace, deal: Callable[[str], str]) -> None:
    ana.log(deal("north"), HELD)
    for other in (ana.log(deal("north"), {**HELD, "note": "more"}), ana.log(deal("south"), HELD)):
        assert (other.status_code, other.json["type"]) == (422, "urn:parcours:problem:key-used-before")
    assert count(workspace, MeetingLog) == 1


def test_two_people_may_choose_the_same_key(
    ana: Program, max_: Program, workspace: Workspace, deal: Callable[[str], str]
) -> None:
    assert ana.log(deal("north"), HELD).status_code == 201
    later = {**HELD, "starts_at": "2026-03-01T08:00:00Z"}
    assert max_.log(deal("north"), later).status_code == 201
    assert count(workspace, MeetingLog) == 2


def test_a_refused_request_keeps_no_key(ana: Program, workspace: Workspace, deal: Callable[[str], str]) -> None:
    assert ana.log(deal("north"), {**HELD, "template": "nothing"}).status_code == 422
    assert count(workspace, ApiAnswer) == 0
    assert ana.log(deal("north"), HELD).status_code == 201


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": ""}, {"Idempotency-Key": "x" * 201}])
def test_a_log_needs_a_key(ana: Program, deal: Callable[[str], str], headers: dict[str, str]) -> None:
    answer = ana.send("POST", f"/deals/{deal('north')}/logs", json=HELD, headers=headers)
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (400, "/Idempotency-Key")


def test_who_logs_on_an_old_revision_is_told_what_colleagues_wrote(
    ana: Program, max_: Program, workspace: Workspace, deal: Callable[[str], str], meeting: Callable[..., str]
) -> None:
    planned = meeting("north", NOW)
    body = {**HELD, "meeting": planned, "note": "Mine."}
    assert max_.log(deal("north"), {**body, "note": "Theirs."}).status_code == 201
    conflict = ana.log(deal("north"), body)
    assert conflict.status_code == 409
    assert conflict.mimetype == "application/problem+json"
    assert conflict.json["revision"] == 1
    assert [(one["by"], one["text"]) for one in conflict.json["theirs"]] == [("Max", "Theirs.")]
    assert count(workspace, MeetingLog) == 1
    assert ana.log(deal("north"), {**body, "revision": 1}).status_code == 201


RULES = [
    ({"starts_at": "1999-03-02T08:00:00Z"}, "/starts_at"),
    ({"next_at": "2026-03-02T08:59:59Z"}, "/next_at"),
    ({"template": "nothing"}, "/template"),
    ({"next_template": "nothing"}, "/next_template"),
    ({"evidence": [{"key": "nothing"}]}, "/evidence/0/key"),
    ({"evidence": [{"key": "routes_named"}, {"key": "routes_named"}]}, "/evidence/1/key"),
    ({"answers": [{"question": 1, "words": " \u0000 "}]}, "/answers/0/words"),
    ({"attendees": [{"name": "Bo"}, {"name": " Bo "}]}, "/attendees/1/name"),
    ({"attendees": [{"name": "\u200b"}]}, "/attendees/0/name"),
    ({"progress": "forward"}, "/target"),
    ({"progress": "forward", "target": "problem"}, "/target"),
    ({"progress": "back", "target": "select"}, "/target"),
    ({"progress": "stayed", "target": "select"}, "/target"),
    ({"what_changed": "All."}, "/what_changed"),
    ({"outcome": "no_show", "felt": "keen"}, "/felt"),
    ({"outcome": "moved", "progress": "won"}, "/progress"),
]


@pytest.mark.parametrize(("change", "pointer"), RULES, ids=[f"{pointer} {change}" for change, pointer in RULES])
def test_what_the_page_would_not_offer_is_refused(
    ana: Program, workspace: Workspace, deal: Callable[[str], str], change: dict[str, Any], pointer: str
) -> None:
    # The buyer of North went back once: there it may be said what changed.
    answer = ana.log(deal("south" if pointer == "/what_changed" else "north"), {**HELD, **change})
    assert (answer.status_code, [fault["pointer"] for fault in answer.json["errors"]]) == (422, [pointer])
    assert count(workspace, MeetingLog) == count(workspace, Meeting) == 0


SHAPES = [
    ({}, "/starts_at"),
    ({"starts_at": "2026-03-02T08:00:00Z", "outcome": "cancelled"}, "/outcome"),
    ({**HELD, "starts_at": "2026-03-02T08:00:00"}, "/starts_at"),
    ({**HELD, "starts_at": 1}, "/starts_at"),
    ({**HELD, "starts_at": "1"}, "/starts_at"),
    ({**HELD, "starts_at": "0001-01-01T00:00:00+10:00"}, "/starts_at"),
    ({**HELD, "note": False}, "/note"),
    ({**HELD, "note": "x" * 10_001}, "/note"),
    ({**HELD, "revision": "1"}, "/revision"),
    ({**HELD, "revision": True}, "/revision"),
    ({**HELD, "answers": [{"question": 11, "words": "x"}]}, "/answers/0/question"),
    ({**HELD, "a/b~c": 1}, "/a~1b~0c"),
]


@pytest.mark.parametrize(("body", "pointer"), SHAPES, ids=[f"{pointer} {str(body)[:60]}" for body, pointer in SHAPES])
def test_what_has_not_the_form_is_refused_with_its_place(
    ana: Program, deal: Callable[[str], str], body: dict[str, Any], pointer: str
) -> None:
    answer = ana.log(deal("north"), body)
    assert answer.status_code == 400
    assert pointer in [fault["pointer"] for fault in answer.json["errors"]]


def test_signs_that_no_database_holds_are_left_out(
    ana: Program, workspace: Workspace, deal: Callable[[str], str]
) -> None:
    said = {"evidence": [{"key": "routes_named", "words": " We\u0000 wait.\r\n\u202eSo. "}]}
    assert ana.log(deal("north"), {**HELD, **said}).status_code == 201
    with workspace.database.reading() as session:
        assert session.scalars(select(BuyerWords.text)).one() == "We wait.\nSo."


def test_going_back_is_never_blocked(ana: Program, deal: Callable[[str], str]) -> None:
    answer = ana.log(deal("north"), {**HELD, "progress": "back", "target": "problem"})
    assert (answer.status_code, answer.json["after"]) == (201, "problem")


def test_nothing_is_half_stored_where_the_answer_can_t_be_kept(
    ana: Program, workspace: Workspace, deal: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*given: Any) -> None:
        keep_answer(*given)
        raise OSError("no space left")

    monkeypatch.setattr("plugin.api.logs.keep_answer", full_disk)
    assert ana.log(deal("north"), FULL).status_code == 500
    assert [count(workspace, table) for table in (MeetingLog, Meeting, ApiAnswer, BuyerWords)] == [0, 0, 0, 0]
    assert count(workspace, Deal) == 5
