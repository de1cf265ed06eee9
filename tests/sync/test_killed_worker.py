"""A worker that is killed at any step of a round, and started again, leaves what an undisturbed one leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.domain.outbox import LEASE
from plugin.store.database import Database
from plugin.store.tables import Connection, CrmStage, Deal, Meeting, OutboxMessage, OwnMove, StageMoveFact
from tests.adapters.hubspot_account import DEALS, MEETINGS, STAGES, FilledHubSpot
from tests.databases import Databases
from tests.fakes.hubspot import FakeHubSpot
from tests.sync.sweeping import EVERY, NEVER, Program, copy_of

MAPPED = {"lead": "problem", "call": "search", "renewal": "sustain"}
LOGGED = ("101", "103", "104", "101")
NEW = 12
# The sweep is so many tests, which several processes share.
PARTS = 6
# What a worker that starts again may ask although it was asked before. (All runs have as many rounds, and each round
# asks for pipelines, for what was archived, and what changed.)
ASKED_AGAIN = Counter(
    {
        # The ids of the people and of the firms beside a page of records, and the records.
        "page": 3,
        # Owners, those who left apart; of meetings, the outcomes and our key; and a move needs the pipelines.
        "once in a round": 5,
        # The deal of the message at hand, and its meeting.
        "message": 2,
        "write": 0,
    }
)


@dataclass
class World:
    """A database and an account at the same instant of the same story."""

    url: str
    server: FakeHubSpot
    worker: Program

    def __post_init__(self) -> None:
        self.account = FilledHubSpot(self.server)
        self.account.fill(STAGES, DEALS, MEETINGS)
        self.server.requests.clear()
        self.database = Database.at(self.url)

    def round(self, fatal: int = NEVER) -> bool:
        """False where the worker was killed in it."""
        now = self.account.now.timestamp()
        return self.worker(self.url, self.server.address, self.server.token, now, fatal=fatal)

    def two_more_rounds(self) -> None:
        """Each so late that what a dead worker held is free again. The second reads what the first wrote."""
        for _ in range(2):
            self.account.now += LEASE + timedelta(seconds=1)
            assert self.round()

    def begin(self) -> None:
        """The first sync, and some meetings that are logged behind it."""
        with self.database.writing.begin() as session:
            session.add(Connection(name="hub", kind="hubspot", settings={}, created_at=self.account.now))
        assert self.round()
        with self.database.writing.begin() as session:
            for stage in session.scalars(select(CrmStage)):
                stage.buyer_stage = MAPPED.get(stage.crm_id)
            for number, deal in enumerate(LOGGED):
                self._log(session, deal, number)

    def _log(self, session: Session, deal: str, number: int) -> None:
        deal_id = session.scalars(select(Deal.id).filter_by(crm_id=deal)).one()
        at = self.account.now + timedelta(days=number)
        meeting = Meeting(
            public_id=f"log{number}", deal_id=deal_id, state="held", starts_at=at, minutes=30, title="Talk", revision=1
        )
        session.add(meeting)
        session.flush()
        for kind, target in (("meeting", None), ("move", "won" if number == 2 else "search")):
            session.add(
                OutboxMessage(
                    public_id=uuid4().hex,
                    connection_id=1,
                    deal_id=deal_id,
                    meeting_id=meeting.id if kind == "meeting" else None,
                    kind=kind,
                    key=f"{kind} {number}",
                    target=target,
                    state="waiting",
                    attempts=0,
                    next_at=self.account.now,
                    fields=[],
                    created_at=self.account.now,
                )
            )

    def an_hour_passes(self) -> None:
        """There, deals come and one goes."""
        for number in range(NEW):
            about = {"dealname": f"New {number}", "dealstage": "lead", "pipeline": "new"}
            self.server.account.put("deals", about, str(900 + number))
        self.server.account.archive("deals", "102")
        self.account.now += timedelta(hours=1)

    def state(self) -> tuple[Any, Any, Any]:
        records = self.server.account.records
        written = [
            (one.properties["hs_meeting_title"], one.properties.get("parcours_key"))
            for one in records["meetings"].values()
        ]
        histories = {
            one.id: [entry["value"] for entry in one.history.get("dealstage", [])] for one in records["deals"].values()
        }
        with self.database.reading() as session:
            deals = session.execute(select(Deal.crm_id, Deal.gone_at.is_(None)).order_by(Deal.crm_id)).all()
            facts = session.scalars(
                select(StageMoveFact.label)
                .where(StageMoveFact.withdrawn_at.is_(None))
                .order_by(StageMoveFact.deal_id, StageMoveFact.ordinal)
            )
            messages = session.scalars(select(OutboxMessage.state).order_by(OutboxMessage.id)).all()
            known = len(session.scalars(select(OwnMove.id)).all())
            found = (tuple(map(tuple, deals)), tuple(facts), tuple(messages), known)
        return sorted(written, key=str), histories, found


@dataclass
class Sweep:
    """One engine, a database of the moment before the round, and what three rounds leave that nobody disturbs."""

    engine: str
    databases: Databases
    server: FakeHubSpot
    worker: Program

    def __post_init__(self) -> None:
        world = World(self.databases.make(migrated=True), self.server, self.worker)
        world.begin()
        world.database.close()
        self.before = world.url
        with self.world() as undisturbed:
            assert undisturbed.round()
            undisturbed.two_more_rounds()
            self.expected = undisturbed.state()
            self.requests = Counter(self.server.requests)

    def asked_again(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for (method, path), times in (Counter(self.server.requests) - self.requests).items():
            found[kind(method, path)] += times
        return found

    @contextmanager
    def world(self) -> Iterator[World]:
        world = World(copy_of(self.databases, self.before), self.server, self.worker)
        world.an_hour_passes()
        try:
            yield world
        finally:
            world.database.close()
            self.databases.drop(world.url)


def kind(method: str, path: str) -> str:
    if path.endswith(("/search", "/batch/read")):
        return "page"
    if method != "GET":
        return "write"
    return "once in a round" if any(one in path for one in ("/owners/", "/pipelines/", "/properties/")) else "message"


@pytest.fixture(scope="module")
def server() -> Iterator[FakeHubSpot]:
    with FakeHubSpot() as running:
        yield running


@pytest.fixture(scope="module")
def worker() -> Iterator[Program]:
    with Program("tests.sync.hubspot_and_die") as running:
        yield running


@pytest.fixture(scope="module", params=EVERY)
def sweep(request: pytest.FixtureRequest, server: FakeHubSpot, worker: Program) -> Iterator[Sweep]:
    made = Sweep(request.param, request.getfixturevalue(f"{request.param}_databases"), server, worker)
    yield made
    made.databases.drop(made.before)


@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_any_step_and_started_again_nothing_is_lost_or_doubled_and_at_most_a_page_is_read_again(
    sweep: Sweep, part: int
) -> None:
    every = EVERY[sweep.engine]
    for fatal in count(1 + part * every, PARTS * every):
        with sweep.world() as world:
            if world.round(fatal):
                break
            world.two_more_rounds()
            assert world.state() == sweep.expected, f"killed at step {fatal}"
        assert sweep.asked_again() <= ASKED_AGAIN, f"killed at step {fatal}"
    assert fatal > 150


def test_the_undisturbed_round_does_what_is_expected(sweep: Sweep) -> None:
    """Else the sweep above would compare nothing with nothing."""
    with sweep.world() as world:
        assert world.round()
        written, histories, (deals, _, messages, own) = world.state()
    assert len(written) == len(MEETINGS) + len(LOGGED)
    assert histories["104"][0] == "won"
    assert dict(deals)["102"] is False
    assert len(deals) == len(DEALS) + NEW
    assert set(messages) == {"done", "refused"}, "the old pipeline has no stage that means Search"
    assert own
