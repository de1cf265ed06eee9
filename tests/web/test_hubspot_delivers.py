"""A HubSpot account that tells what happens in it, over real sockets: late, twice, out of order, and in floods."""

from __future__ import annotations

import logging
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random
from threading import Thread
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import func, select
from werkzeug.serving import make_server

from plugin.services import worker
from plugin.services.connections import connect
from plugin.services.vault import Vault
from plugin.services.workspace import Workspace
from plugin.store.database import Database
from plugin.store.tables import (
    BuyerWords,
    Connection,
    CrmEvent,
    CrmStage,
    Deal,
    DealContact,
    Meeting,
    MeetingAttendee,
    StageMoveFact,
)
from plugin.web import create_app, edge
from tests.adapters.hubspot_account import DEALS, MEETINGS, STAGES, FilledHubSpot
from tests.fakes.hubspot import Account, FakeHubSpot
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


def test_a_person_who_is_erased_there_is_gone_here_before_the_worker_comes(
    connected: Workspace, hubspot: FakeHubSpot, sender: Sender, clock: Clock
) -> None:
    with connected.database.writing.begin() as session:
        person = session.scalars(select(DealContact).filter_by(crm_id="301")).one()
        about = {"deal_id": person.deal_id, "state": "held", "starts_at": clock(), "minutes": 30}
        meeting = Meeting(public_id="held", revision=1, **about)
        session.add(meeting)
        session.flush()
        session.add(MeetingAttendee(meeting_id=meeting.id, name=person.name))
        words = {"text": "We meant to wait.", "said_by": person.name, "said_at": clock(), "status": "heard"}
        session.add(BuyerWords(deal_id=person.deal_id, meeting_id=meeting.id, **words))
    hubspot.account.forget("contacts", "301")
    sender.duplicates = 100
    sender.tell()
    assert kept(connected) == Counter([("contact.privacyDeletion", "301")])
    for _ in range(2):
        with connected.database.reading() as session:
            assert session.scalars(select(DealContact.id).filter_by(name="Bo Halle")).all() == []
            assert session.scalars(select(MeetingAttendee.name)).all() == []
            assert session.execute(select(BuyerWords.text, BuyerWords.said_by)).all() == [("", "")]
        clock.forward(hours=25)
        work(connected)  # everything is read


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
