"""A worker that is killed at any step of a round, and started again, leaves what an undisturbed one leaves."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
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

MAPPED = {"lead": "problem", "call": "search", "renewal": "sustain"}
LOGGED = ("101", "103", "104", "101")
# Another prime each time would find more; every step takes half an hour (set it to 1).
STEP = 13


@pytest.fixture
def server() -> Iterator[FakeHubSpot]:
    with FakeHubSpot() as running:
        yield running


class World:
    """A database and an account that begin alike each time: some meetings are logged, some deals changed."""

    def __init__(self, url: str, server: FakeHubSpot) -> None:
        self.url, self.server = url, server
        self.account = FilledHubSpot(server)
        self.account.fill(STAGES, DEALS, MEETINGS)
        self.database = Database.at(url)
        with self.database.writing.begin() as session:
            session.add(Connection(name="hub", kind="hubspot", settings={}, created_at=self.account.now))
        assert self.round(10**9) == 0
        with self.database.writing.begin() as session:
            for stage in session.scalars(select(CrmStage)):
                stage.buyer_stage = MAPPED.get(stage.crm_id)
            for number, deal in enumerate(LOGGED):
                self._log(session, deal, number)
        for number in range(12):
            about = {"dealname": f"New {number}", "dealstage": "lead", "pipeline": "new"}
            server.account.put("deals", about, str(900 + number))
        server.account.archive("deals", "102")
        self.account.now += timedelta(hours=1)

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

    def round(self, fatal: int) -> int:
        now = str(self.account.now.timestamp())
        command = [sys.executable, "-m", "tests.sync.hubspot_and_die", self.url, self.server.address]
        command += [self.server.token, now, str(fatal)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2])
        assert done.returncode in (0, -9), done.stderr
        return done.returncode

    def later(self) -> None:
        """So that what a dead worker held is free again."""
        self.account.now += LEASE + timedelta(seconds=1)

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


def test_killed_at_any_step_and_started_again_nothing_is_lost_and_nothing_doubled(
    databases: Databases, server: FakeHubSpot
) -> None:
    undisturbed = World(databases.make(migrated=True), server)
    assert undisturbed.round(10**9) == 0
    undisturbed.later()
    assert undisturbed.round(10**9) == 0
    expected = undisturbed.state()
    undisturbed.database.close()
    fatal, kills = 1, 0
    while True:
        world = World(databases.make(migrated=True), server)
        if world.round(fatal) == 0:
            break
        kills += 1
        for _ in range(3):
            world.later()
            assert world.round(10**9) == 0
        assert world.state() == expected, f"killed at step {fatal}"
        world.database.close()
        fatal += STEP
    assert kills >= 10


def test_the_undisturbed_round_does_what_is_expected(databases: Databases, server: FakeHubSpot) -> None:
    """Else the sweep above would compare nothing with nothing."""
    world = World(databases.make(migrated=True), server)
    assert world.round(10**9) == 0
    written, histories, (deals, _, messages, own) = world.state()
    assert len(written) == len(MEETINGS) + len(LOGGED)
    assert histories["104"][0] == "won"
    assert dict(deals)["102"] is False
    assert len(deals) == len(DEALS) + 12
    assert set(messages) == {"done", "refused"}, "the old pipeline has no stage that means Search"
    assert own
