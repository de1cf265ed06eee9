"""A HubSpot account that tells what happens in it, over real sockets: late, twice, out of order, and in floods."""

from __future__ import annotations

import logging
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from threading import Thread
from typing import Any

import pytest
from cryptography.fernet import Fernet
from flask import Request
from sqlalchemy import func, select
from werkzeug.serving import make_server

from plugin.services import worker
from plugin.services.connections import connect
from plugin.services.vault import Vault
from plugin.services.workspace import Workspace
from plugin.store.database import Database
from plugin.store.tables import (
    Base,
    BuyerWords,
    Connection,
    CrmEvent,
    CrmStage,
    Deal,
    DealContact,
    FollowUp,
    LogDraft,
    Meeting,
    MeetingAttendee,
    MeetingLog,
    PlanStep,
    Recap,
    RecapLine,
    StageMoveFact,
    UserAccount,
)
from plugin.web import create_app, edge
from tests.adapters.hubspot_account import DEALS, MEETINGS, STAGES, FilledHubSpot
from tests.fakes.hubspot import Account, FakeHubSpot
from tests.fakes.hubspot.faults import Fault
from tests.fakes.hubspot.sender import MOST_AT_ONCE, RETRIES, SECONDS, Sender
from tests.ports import free_port
from tests.web.conftest import Clock

SECRET = "the app's own secret"
# What docs/hubspot.md has the app subscribe to.
SUBSCRIBED = frozenset(
    {
        *(f"deal.{what}" for what in ("creation", "deletion", "merge", "restore", "propertyChange dealstage")),
        "contact.privacyDeletion",
    }
)
WALK = ("lead", "call", "parked", "won")

WsgiApp = Callable[..., Any]


@dataclass
class Door:
    """Lets requests in to the application; to the next ones happens what stands in ``trouble``, the first one first.

    ``broken``: a 500, and the application has not heard of it; ``lost``: the answer; ``late``: it comes when nobody
    waits any more.
    """

    app: WsgiApp
    trouble: list[str] = field(default_factory=list)
    too_late: float = 0.0

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        what = self.trouble.pop(0) if self.trouble else ""
        if what == "broken":
            start_response("500 Internal Server Error", [("Content-Length", "0")])
            return [b""]
        answer = self.app(environ, start_response)
        if what == "late":
            time.sleep(self.too_late)
        if what == "lost":
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionResetError
        return answer


@contextmanager
def served(app: WsgiApp) -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """On both engines: deliveries come in at once."""
    opened = Database.at(database_url)
    yield opened
    opened.close()


@pytest.fixture
def hubspot(clock: Clock) -> Iterator[FakeHubSpot]:
    with FakeHubSpot() as running:
        FilledHubSpot(running).fill(STAGES, DEALS, MEETINGS)
        running.account.clock = clock
        yield running


@pytest.fixture
def connected(workspace: Workspace, hubspot: FakeHubSpot, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The first sync is done, and half a minute has passed."""
    monkeypatch.setattr("crm_adapters.hubspot.pacing.OUR_SHARE", 1e9)
    monkeypatch.setattr("crm_adapters.hubspot.pacing.SEARCHES_A_SECOND", 1e9)
    space = replace(workspace, vault=Vault([Fernet.generate_key().decode()]))
    secrets = {"token": hubspot.token, "client_secret": SECRET}
    connect(space, "hubspot", "hub", {"host": hubspot.address}, secrets)
    work(space)
    clock.forward(seconds=30)
    return space


@pytest.fixture
def door(connected: Workspace) -> Door:
    return Door(create_app(connected, https=False))


@pytest.fixture
def sender(door: Door, hubspot: FakeHubSpot) -> Iterator[Sender]:
    with served(door) as address:
        made = Sender(hubspot.account, f"{address}/hooks/hub", SECRET, subscribed=SUBSCRIBED)
        made.forget()
        yield made


def work(space: Workspace) -> None:
    """One round of the worker."""
    worker.work_once(space, lambda _said: None)


def there(hubspot: FakeHubSpot) -> dict[str, tuple[str | None, list[str]]]:
    """The deals as HubSpot has them: name, and stages in their order."""
    return {
        one.id: (one.properties["dealname"], [entry["value"] for entry in reversed(one.history.get("dealstage", []))])
        for one in hubspot.account.records["deals"].values()
        if one.archived_at is None
    }


def here(space: Workspace) -> dict[str, tuple[str | None, list[str]]]:
    """The same, as we have them."""
    ours = (
        select(Deal.id, Deal.crm_id, Deal.name).join(Connection).where(Connection.name == "hub", Deal.gone_at.is_(None))
    )
    moves = (
        select(StageMoveFact.deal_id, CrmStage.crm_id)
        .join(CrmStage)
        .where(StageMoveFact.withdrawn_at.is_(None))
        .order_by(StageMoveFact.deal_id, StageMoveFact.ordinal)
    )
    with space.database.reading() as session:
        stages: dict[int, list[str]] = {}
        for deal_id, stage in session.execute(moves):
            stages.setdefault(deal_id, []).append(stage)
        return {crm_id: (name, stages.get(id_, [])) for id_, crm_id, name in session.execute(ours)}


def kept(space: Workspace) -> Counter[tuple[str, str]]:
    with space.database.reading() as session:
        return Counter((what, record) for what, record in session.execute(select(CrmEvent.what, CrmEvent.record)))


def waiting(space: Workspace) -> int:
    with space.database.reading() as session:
        return session.scalar(select(func.count()).where(CrmEvent.handled_at.is_(None))) or 0


def a_busy_hour(account: Account, clock: Clock, chance: Random) -> None:
    """Deals come, walk on and back, are archived, restored and merged."""
    for number in range(40):
        account.put(
            "deals", {"dealname": f"Deal {number}", "pipeline": "new", "dealstage": "lead"}, str(2_000 + number)
        )
    for _ in range(100):
        clock.forward(seconds=1)
        account.put("deals", {"dealstage": chance.choice(WALK)}, str(2_000 + chance.randrange(40)))
    account.archive("deals", "2001")
    account.archive("deals", "2002")
    account.archive("deals", "104")
    account.restore("deals", "2002")
    account.merge_deals("2003", "2004")
    clock.forward(seconds=1)


@pytest.mark.parametrize("seed", [1, 2])
def test_told_twice_shuffled_and_again_after_a_lost_answer_deals_read_here_as_there_and_an_event_is_kept_once(
    connected: Workspace, hubspot: FakeHubSpot, door: Door, sender: Sender, clock: Clock, seed: int
) -> None:
    a_busy_hour(hubspot.account, clock, Random(seed))
    door.trouble, door.too_late = ["lost", "broken", "late"], 0.8
    sender.seconds, sender.batch, sender.at_once = 0.4, 20, 3
    sender.random, sender.duplicates, sender.strays, sender.shuffled = Random(seed), 30, 10, True
    told = sender.tell()
    assert {one.status for one in sender.attempts if one.number == 0} == {None, 500, 204}
    assert sender.given_up == []
    known = {key: times for key, times in kept(connected).items() if key[0] != "conversation.whispered"}
    assert known == Counter((one["subscriptionType"], str(one["objectId"])) for one in told)
    assert here(connected) != there(hubspot)
    work(connected)
    assert here(connected) == there(hubspot)
    assert waiting(connected) == 0


def test_what_is_told_anew_is_not_read_anew(
    connected: Workspace, hubspot: FakeHubSpot, sender: Sender, clock: Clock
) -> None:
    hubspot.account.put("deals", {"dealstage": "call"}, "104")
    told = sender.tell()
    work(connected)
    hubspot.requests.clear()
    sender.deliver(told)
    work(connected)
    assert hubspot.requests == []


@pytest.mark.parametrize("trouble", ["the commit fails", "nobody listens"])
def test_a_delivery_that_fails_comes_again_and_counts_once(
    connected: Workspace, hubspot: FakeHubSpot, sender: Sender, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    right = sender.address
    if trouble == "nobody listens":
        sender.address = f"http://127.0.0.1:{free_port()}/hooks/hub"
    else:
        monkeypatch.setattr("plugin.web.hooks.commit", failing_once())

    def mend(_number: int) -> None:
        assert kept(connected) == Counter()
        sender.address = right

    sender.before_retry = mend
    hubspot.account.put("deals", {"dealstage": "won"}, "101")
    sender.tell()
    assert [one.number for one in sender.attempts] == [0, 1]
    assert sender.attempts[0].status in (500, None)
    assert kept(connected) == Counter([("deal.propertyChange", "101")])
    work(connected)
    assert here(connected)["101"] == ("Press line", ["lead", "call", "won"])


def failing_once() -> Callable[[], None]:
    errors = [OSError("the disk is full")]

    def commit() -> None:
        if errors:
            raise errors.pop()
        edge.commit()

    return commit


def test_a_flood_is_answered_at_once_and_read_in_a_few_requests(
    connected: Workspace, hubspot: FakeHubSpot, sender: Sender, clock: Clock
) -> None:
    for number in range(10_000):
        hubspot.account.put("deals", {"dealname": f"Deal {number}", "pipeline": "new"}, str(2_000 + number % 300))
    sender.subscribed, sender.at_once = {"deal.propertyChange dealname"}, MOST_AT_ONCE
    assert len(sender.tell()) == 10_000
    assert {(one.number, one.status, one.events) for one in sender.attempts} == {(0, 204, 100)}
    assert max(one.seconds for one in sender.attempts) < SECONDS
    assert waiting(connected) == 10_000
    clock.forward(seconds=1)
    hubspot.requests.clear()
    work(connected)
    # Two searches for 300 ids, their people and firms at once, and 50 of them with their histories in a request.
    reading = Counter(path.rpartition("/objects/")[2] for _, path in hubspot.requests)
    assert reading["2026-09/deals/batch/read"] == 6
    assert len(hubspot.requests) < 20
    assert here(connected) == there(hubspot)
    assert waiting(connected) == 0


def who_was_there(space: Workspace, clock: Clock) -> None:
    """Bo Halle in every place where a name or words of a buyer may stand."""
    with space.database.writing.begin() as session:
        person = session.scalars(select(DealContact).filter_by(crm_id="301")).one()
        deal, name, said = person.deal_id, person.name, "We meant to wait."
        user = session.scalars(select(UserAccount.id)).first()
        meeting = Meeting(public_id="held", deal_id=deal, state="held", starts_at=clock(), minutes=30, revision=1)
        session.add(meeting)
        session.flush()
        of_meeting = {"meeting_id": meeting.id}
        recap = Recap(
            public_id="r",
            language="en",
            greeting=f"Dear {name}",
            created_at=clock(),
            expires_at=clock(),
            answered_by=name,
            remark="It is as I said.",
            **of_meeting,
        )
        session.add(recap)
        session.flush()
        step = {"public_id": "s", "side": "them", "due_on": clock().date(), "created_at": clock()}
        follow_up = {"public_id": "f", "kind": "move", "signal": "words", "proposed_at": clock()}
        fields = {"notes": [f"{name} called"], "words-0-text": said}
        session.add_all(
            [
                MeetingAttendee(name=name, **of_meeting),
                MeetingLog(key="l", note=f"{name} was late.", logged_at=clock(), **of_meeting),
                BuyerWords(deal_id=deal, text=said, said_by=name, said_at=clock(), status="heard", **of_meeting),
                PlanStep(deal_id=deal, text=f"{name} asks the board", who=name, **step),
                RecapLine(
                    recap_id=recap.id, position=1, kind="answer", text=said, said_by=name, reply_text="Yes, wait."
                ),
                FollowUp(deal_id=deal, words=said, **follow_up, **of_meeting),
                LogDraft(deal_id=deal, meeting_ref="new", user_id=user, fields=fields, updated_at=clock()),
            ]
        )


def all_text(space: Workspace) -> str:
    """All that is stored, as text."""
    with space.database.reading() as session:
        rows = [str(row) for table in Base.metadata.sorted_tables for row in session.execute(table.select())]
    return "\n".join(rows)


TOLD_BY_BO = ("Bo Halle", "We meant to wait.", "It is as I said.", "Yes, wait.")


def test_a_person_who_is_erased_there_is_gone_here_before_the_worker_comes_and_stays_so(
    connected: Workspace, hubspot: FakeHubSpot, sender: Sender, clock: Clock
) -> None:
    who_was_there(connected, clock)
    assert all(words in all_text(connected) for words in TOLD_BY_BO)
    hubspot.account.forget("contacts", "301")
    sender.duplicates = 100
    sender.tell()
    assert kept(connected) == Counter([("contact.privacyDeletion", "301")])
    for _ in range(2):
        assert [words for words in TOLD_BY_BO if words in all_text(connected)] == []
        with connected.database.reading() as session:
            assert session.scalars(select(BuyerWords.status)).all() == ["heard"], "what was counted stays"
        clock.forward(hours=25)
        work(connected)  # everything is read


def test_a_person_who_left_the_deal_before_the_erasure_was_told_goes_too(
    connected: Workspace, hubspot: FakeHubSpot, sender: Sender, clock: Clock
) -> None:
    who_was_there(connected, clock)
    hubspot.account.forget("contacts", "301")
    hubspot.account.put("deals", {"dealname": "Touched"}, "107")
    clock.forward(minutes=5)
    work(connected)
    sender.tell()
    assert [words for words in TOLD_BY_BO if words in all_text(connected)] == []


def test_a_page_that_was_read_before_the_erasure_brings_nobody_back(
    connected: Workspace, hubspot: FakeHubSpot, sender: Sender, clock: Clock
) -> None:
    hubspot.account.put("deals", {"dealname": "Touched"}, "107")
    sender.forget()
    clock.forward(minutes=5)

    def meanwhile(request: Request) -> bool:
        """When the people's names have been read, and the page is not stored yet."""
        if request.path.endswith("companies/batch/read") and not sender.attempts:
            hubspot.account.forget("contacts", "301")
            sender.tell()
        return False

    hubspot.faults.add(Fault("slow", chosen=meanwhile))
    work(connected)
    assert sender.attempts
    assert "Bo Halle" not in all_text(connected)


def test_the_same_told_many_times_at_once_is_noted_once_and_taken_each_time(
    connected: Workspace, hubspot: FakeHubSpot, sender: Sender
) -> None:
    hubspot.account.put("deals", {"dealstage": "won"}, "101")
    (event,) = [one for one in hubspot.account.events if one.get("propertyName") == "dealstage"][-1:]
    sender.batch, sender.at_once = 1, 8
    sender.deliver([event] * 8)
    assert [one.status for one in sender.attempts] == [204] * 8
    assert kept(connected) == Counter([("deal.propertyChange", "101")])


def test_what_the_search_does_not_find_yet_is_looked_for_again(
    connected: Workspace, hubspot: FakeHubSpot, sender: Sender, clock: Clock
) -> None:
    hubspot.account.index_delay = timedelta(seconds=20)
    hubspot.account.put("deals", {"dealstage": "won"}, "101")
    sender.tell()
    clock.forward(seconds=5)
    work(connected)
    assert here(connected)["101"][1][-1] != "won"
    clock.forward(seconds=30)
    work(connected)
    assert here(connected)["101"][1][-1] == "won"


def test_a_pull_that_fails_leaves_what_was_told_for_the_next(
    connected: Workspace, hubspot: FakeHubSpot, sender: Sender, clock: Clock
) -> None:
    hubspot.account.put("deals", {"dealstage": "won"}, "101")
    sender.tell()
    hubspot.scopes = {"nothing"}
    work(connected)
    hubspot.scopes = None
    work(connected)
    assert here(connected)["101"][1][-1] != "won", "not at once: it would fail again"
    clock.forward(seconds=11)
    work(connected)
    assert here(connected)["101"][1][-1] == "won"


def test_long_values_are_no_reason_to_refuse_a_delivery(
    connected: Workspace, hubspot: FakeHubSpot, sender: Sender
) -> None:
    sender.subscribed = None
    for number in range(100):
        hubspot.account.put("deals", {"dealname": f"{number} " + "x" * 20_000}, "101")
    sender.tell()
    assert {one.status for one in sender.attempts} == {204}


def test_what_was_told_long_ago_is_forgotten(
    connected: Workspace, hubspot: FakeHubSpot, sender: Sender, clock: Clock
) -> None:
    hubspot.account.put("deals", {"dealstage": "won"}, "101")
    sender.tell()
    work(connected)
    clock.forward(days=15)
    work(connected)
    assert kept(connected) == Counter()


def test_an_address_behind_a_proxy_with_signs_that_are_written_out_or_not_is_known_by_its_signature(
    connected: Workspace, hubspot: FakeHubSpot
) -> None:
    query = "?from=eu%40hubspot%2fcrm%3A1&name=%C3%A9t%20%25"
    address = "https://parcours.example"
    with served(create_app(connected, https=True, address=address)) as near:
        sender = Sender(hubspot.account, f"{address}/hooks/hub{query}", SECRET, f"{near}/hooks/hub{query}")
        sender.forget()
        hubspot.account.put("deals", {"dealname": "Renamed"}, "102")
        sender.tell()
        assert [one.status for one in sender.attempts] == [204]


def test_whoever_has_not_the_secret_tries_in_vain(connected: Workspace, hubspot: FakeHubSpot, sender: Sender) -> None:
    sender.secret = "guessed"
    hubspot.account.forget("contacts", "301")
    hubspot.requests.clear()
    told = sender.tell()
    assert [(one.number, one.status) for one in sender.attempts] == [(number, 401) for number in range(RETRIES + 1)]
    assert sender.given_up == told
    assert kept(connected) == Counter()
    work(connected)
    assert hubspot.requests == []
