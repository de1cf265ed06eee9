"""What goes back to a real Odoo: once, in words, by the right person, and without a mail to anybody."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from crm_adapters.errors import AccessRefused, OutcomeUnknown, RecordGone, RefusedByRules, TryLater
from crm_adapters.odoo import Odoo
from crm_adapters.port import HeldMeeting, MeetingState
from tests.adapters.contract import all_deals
from tests.odoo.filled import CALL, LEAD, STAGES, WON, FilledOdoo
from tests.odoo_server import OdooServer

BODY = "They count <b>stops</b> & losses.\nTwice a week.\n\n“900 a stop.” (Bo)"


@pytest.fixture(params=["add-on", "JSON-2"])
def crm(odoo: OdooServer, request: pytest.FixtureRequest) -> FilledOdoo:
    filled = FilledOdoo(odoo, way=request.param)
    filled.fill(STAGES, (), ())
    return filled


@pytest.fixture
def lead(crm: FilledOdoo) -> int:
    """The seller's, with a customer who has an address."""
    about = {"name": "Bo Halle", "email": "bo@halle.example"}
    (bo,) = crm.odoo.call("admin", "res.partner", "create", vals_list=[about])
    seller = crm.odoo.users["seller"]
    values = {"name": "Press line", "type": "opportunity", "partner_id": bo, "user_id": seller, "stage_id": int(LEAD)}
    quiet = {"mail_auto_subscribe_no_notify": True}
    (made,) = crm.odoo.call("admin", "crm.lead", "create", vals_list=[values], context=quiet)
    return int(made)


@pytest.fixture
def held(crm: FilledOdoo, lead: int) -> HeldMeeting:
    people = crm.odoo.sql("SELECT partner_id FROM crm_lead WHERE id = %s", lead)
    return HeldMeeting(
        key="0123456789abcdef",
        deal_id=str(lead),
        starts_at=datetime(2027, 1, 5, 10, tzinfo=UTC),
        minutes=45,
        title="First talk",
        body=BODY,
        owner_id=str(crm.odoo.users["seller"]),
        contact_ids=(str(people[0][0]), "lead-7"),
    )


def events(crm: FilledOdoo) -> list[dict[str, Any]]:
    names = ["name", "start", "stop", "active", "user_id", "opportunity_id", "partner_ids", "description"]
    asked = {"domain": [], "fields": names, "load": None, "context": {"active_test": False}}
    found: list[dict[str, Any]] = crm.odoo.call("admin", "calendar.event", "search_read", **asked)
    return found


def notes(crm: FilledOdoo) -> list[dict[str, Any]]:
    """Ours, not those that Odoo writes by itself."""
    domain = [["model", "=", "crm.lead"], ["message_id", "like", "parcours"]]
    asked = {"domain": domain, "fields": ["body", "author_id", "subtype_id", "res_id"], "load": None}
    found: list[dict[str, Any]] = crm.odoo.call("admin", "mail.message", "search_read", **asked)
    return found


@pytest.mark.parametrize("login", ["admin", "manager", "seller"])
def test_a_logged_meeting_is_an_event_and_a_note_by_who_held_it_and_nobody_is_written_to(
    crm: FilledOdoo, held: HeldMeeting, login: str
) -> None:
    crm.login = login
    written = crm.connect().write_meeting(held)
    (event,), (note,) = events(crm), notes(crm)
    assert (str(event["id"]), event["name"]) == (written, "First talk")
    assert (event["start"], event["stop"]) == ("2027-01-05 10:00:00", "2027-01-05 10:45:00"), "whoever's zone it is"
    assert (str(event["user_id"]), str(event["opportunity_id"])) == (held.owner_id, held.deal_id)
    assert int(held.contact_ids[0]) in event["partner_ids"]
    author = crm.odoo.call(
        "admin", "res.users", "read", ids=[int(held.owner_id or 0)], fields=["partner_id"], load=None
    )
    assert note["author_id"] == author[0]["partner_id"]
    assert str(note["res_id"]) == held.deal_id
    assert "They count &lt;b&gt;stops&lt;/b&gt; &amp; losses.<br>Twice a week." in note["body"]
    assert crm.odoo.sql("SELECT count(*) FROM mail_mail") == [(0,)]
    assert crm.odoo.sql("SELECT count(*) FROM mail_notification WHERE notification_type = 'email'") == [(0,)]


def test_edited_it_is_the_same_event_and_the_same_note(crm: FilledOdoo, held: HeldMeeting) -> None:
    first = crm.connect().write_meeting(held)
    later = datetime(2027, 1, 6, 14, tzinfo=UTC)
    edited = replace(held, starts_at=later, title="Second talk", body="They wait.", crm_id=first)
    assert crm.connect().write_meeting(edited) == first
    (event,), (note,) = events(crm), notes(crm)
    assert (event["name"], event["start"]) == ("Second talk", "2027-01-06 14:00:00")
    assert "They wait." in note["body"]
    assert "stops" not in note["body"]
    assert crm.odoo.sql("SELECT count(*) FROM mail_mail") == [(0,)]


def test_cancelled_it_leaves_the_calendar_and_the_note_says_so(crm: FilledOdoo, held: HeldMeeting) -> None:
    first = crm.connect().write_meeting(held)
    crm.connect().write_meeting(replace(held, state=MeetingState.CANCELLED, crm_id=first))
    (event,), (note,) = events(crm), notes(crm)
    assert event["active"] is False
    assert "Cancelled" in note["body"]
    assert crm.odoo.sql("SELECT count(*) FROM mail_mail") == [(0,)]


def test_nobody_came_is_said_in_the_note(crm: FilledOdoo, held: HeldMeeting) -> None:
    crm.connect().write_meeting(replace(held, state=MeetingState.NO_SHOW))
    assert "Nobody came" in notes(crm)[0]["body"]


def test_a_planned_event_is_the_meeting_and_not_doubled(crm: FilledOdoo, held: HeldMeeting) -> None:
    times = {"start": "2027-01-05 10:00:00", "stop": "2027-01-05 11:00:00"}
    about = {"name": "Planned", "opportunity_id": int(held.deal_id), **times}
    (planned,) = crm.odoo.call("admin", "calendar.event", "create", vals_list=[about])
    assert crm.connect().write_meeting(replace(held, crm_id=str(planned))) == str(planned)
    assert [event["name"] for event in events(crm)] == ["First talk"]


def lose_answers(adapter: Odoo, monkeypatch: pytest.MonkeyPatch, lost: Callable[[str], bool]) -> list[str]:
    """The server does it, and the connection breaks before the answer; returns what was lost."""
    send, broken = requests.Session.request, []

    def request(self: requests.Session, method: str, url: str, **more: Any) -> requests.Response:
        answer = send(self, method, url, **more)
        if lost(url) and url not in broken:
            broken.append(url)
            raise requests.ConnectionError("the answer was lost")
        return answer

    monkeypatch.setattr(adapter.client.session, "request", request.__get__(adapter.client.session))
    return broken


def test_after_a_lost_answer_nothing_is_guessed_and_nothing_doubled(
    crm: FilledOdoo, held: HeldMeeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter = crm.connect()
    adapter.client.sleep = lambda _seconds: None
    broken = lose_answers(adapter, monkeypatch, lambda _url: True)
    unknown = 0
    for _ in range(30):
        try:
            written = adapter.write_meeting(held)
            break
        except OutcomeUnknown:
            unknown += 1
    assert unknown >= 1
    assert len(broken) > 3
    assert [str(event["id"]) for event in events(crm)] == [written]
    assert len(notes(crm)) == 1


def test_six_workers_at_once_write_one_event_and_one_note(crm: FilledOdoo, held: HeldMeeting) -> None:
    adapters = [crm.connect() for _ in range(6)]

    def write(adapter: Odoo) -> str:
        for _ in range(10):
            try:
                return adapter.write_meeting(held)
            except (TryLater, OutcomeUnknown):
                continue
        raise AssertionError("never written")

    with ThreadPoolExecutor(6) as pool:
        found = set(pool.map(write, adapters))
    adapters[0].write_meeting(held)
    assert len(found) == 1
    assert len(events(crm)) == 1
    assert len(notes(crm)) == 1


def test_a_deal_is_moved_won_lost_with_a_reason_and_restored(crm: FilledOdoo, lead: int) -> None:
    adapter = crm.connect()
    for stage in (CALL, "lost-1", LEAD, WON, CALL):
        move = adapter.move_deal(str(lead), stage)
        (deal,) = all_deals(crm.connect())
        assert (deal.moves[-1].stage_id, deal.moves[-1].id) == (stage, move)
        assert adapter.move_deal(str(lead), stage) == move, "a second time nothing is moved"
    (about,) = crm.odoo.call("admin", "crm.lead", "read", ids=[lead], fields=["active", "won_status", "lost_reason_id"])
    assert (about["active"], about["won_status"], about["lost_reason_id"]) == (True, "pending", False)
    assert [move.stage_id for move in deal.moves] == [LEAD, CALL, "lost-1", LEAD, WON, CALL]


def test_what_odoos_rules_forbid_is_told_in_its_words(crm: FilledOdoo, lead: int) -> None:
    adapter = crm.connect()
    adapter.move_deal(str(lead), WON)
    with pytest.raises(RefusedByRules, match="lost"):
        adapter.move_deal(str(lead), "lost")


def test_a_meeting_that_ends_before_it_begins_is_refused_in_words(crm: FilledOdoo, held: HeldMeeting) -> None:
    with pytest.raises(RefusedByRules):
        crm.connect().write_meeting(replace(held, minutes=-30))
    assert events(crm) == []
    assert notes(crm) == []


def test_another_persons_lead_is_refused_without_names(crm: FilledOdoo, held: HeldMeeting, lead: int) -> None:
    crm.odoo.call("admin", "crm.lead", "write", ids=[lead], vals={"user_id": crm.odoo.users["manager"]})
    crm.login = "seller"
    with pytest.raises(AccessRefused) as refused:
        crm.connect().write_meeting(held)
    assert "Sam" not in str(refused.value)
    with pytest.raises(AccessRefused):
        crm.connect().move_deal(str(lead), CALL)
    assert events(crm) == []


def test_a_lead_that_is_gone_is_told_gone(crm: FilledOdoo, held: HeldMeeting, lead: int) -> None:
    crm.odoo.call("admin", "crm.lead", "unlink", ids=[lead])
    with pytest.raises(RecordGone):
        crm.connect().write_meeting(held)
    with pytest.raises(RecordGone):
        crm.connect().move_deal(str(lead), CALL)
