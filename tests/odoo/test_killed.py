"""A worker that is killed at any step of a round with a real Odoo, and an Odoo that is away for three days: nothing is
lost and nothing doubled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_adapters.odoo import Odoo
from plugin.domain.journeys import Journeys
from plugin.domain.outbox import LEASE
from plugin.store.database import Database
from plugin.store.migrate import upgrade
from plugin.store.tables import Connection, CrmStage, Deal, Meeting, OutboxMessage, OwnMove, StageMoveFact
from plugin.sync.push import Push
from tests.histories import JOURNEY
from tests.odoo.filled import CALL, LEAD, MEETINGS, PARKED, STAGES, FilledOdoo, deals_of, settings
from tests.odoo_server import OdooServer
from tests.sync.sweeping import NEVER, Program

MEANING = {LEAD: "problem", CALL: "search", PARKED: "select"}
LOGGED = ("101", "104", "101")
# Another prime each time would find more; all steps take a quarter of an hour (set it to 1).
STEP = 11
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def worker() -> Iterator[Program]:
    with Program("tests.odoo.odoo_and_die") as running:
        yield running


@dataclass
class World:
    """An Odoo and a database that begin alike each time: some meetings are logged here, some leads change there."""

    url: str
    odoo: OdooServer
    worker: Program
    now: datetime = NOON
    account: FilledOdoo = field(init=False)

    def __post_init__(self) -> None:
        upgrade(self.url)
        self.account = FilledOdoo(self.odoo)
        self.account.fill(STAGES, deals_of(self.odoo)[:4], MEETINGS[:2])
        self.database = Database.at(self.url)
        with self.database.writing.begin() as session:
            session.add(Connection(name="odoo", kind="odoo", settings={}, created_at=self.now))
        assert self.round()
        with self.database.writing.begin() as session:
            for stage in session.scalars(select(CrmStage)):
                stage.buyer_stage = MEANING.get(stage.crm_id)
            for number, deal in enumerate(LOGGED):
                log(session, deal, number, self.now, "won" if number == 1 else "select")
        about = {"type": "opportunity", "stage_id": int(LEAD), "user_id": False}
        call = self.odoo.call
        call("admin", "crm.lead", "create", vals_list=[{"name": f"New {number}", **about} for number in range(5)])
        call("admin", "crm.lead", "unlink", ids=[102])
        self.now += timedelta(hours=1)

    def round(self, fatal: int = NEVER) -> bool:
        values = settings(self.odoo, "admin", page_size="3").values
        return self.worker(self.url, values, self.now.timestamp(), fatal=fatal)

    def two_more_rounds(self) -> None:
        for _ in range(2):
            self.now += LEASE + timedelta(seconds=1)
            assert self.round()

    def state(self) -> tuple[Any, ...]:
        events = self.odoo.sql("SELECT name, start, opportunity_id FROM calendar_event ORDER BY start, name")
        notes = self.odoo.sql("SELECT res_id, body FROM mail_message WHERE message_id LIKE '%parcours%' ORDER BY 1, 2")
        moves = self.odoo.sql(
            "SELECT m.res_id, v.new_value_char FROM mail_tracking_value v JOIN mail_message m ON m.id = mail_message_id"
            " JOIN ir_model_fields f ON f.id = v.field_id WHERE f.name = 'stage_id' ORDER BY v.id"
        )
        with self.database.reading() as session:
            deals = session.execute(select(Deal.name, Deal.gone_at.is_(None)).order_by(Deal.name)).all()
            facts = session.scalars(
                select(StageMoveFact.label)
                .where(StageMoveFact.withdrawn_at.is_(None))
                .order_by(StageMoveFact.deal_id, StageMoveFact.ordinal)
            )
            messages = session.scalars(select(OutboxMessage.state).order_by(OutboxMessage.id)).all()
            own = session.scalar(select(func.count(OwnMove.id)))
            return events, notes, moves, tuple(map(tuple, deals)), tuple(facts), tuple(messages), own


def log(session: Session, deal: str, number: int, now: datetime, target: str | None) -> None:
    deal_id = session.scalars(select(Deal.id).filter_by(crm_id=deal)).one()
    at = now + timedelta(days=40, hours=number)
    meeting = Meeting(
        public_id=f"log{number}",
        deal_id=deal_id,
        state="held",
        starts_at=at,
        minutes=30,
        title=f"Talk {number}",
        revision=1,
    )
    session.add(meeting)
    session.flush()
    for kind in ("meeting", "move") if target else ("meeting",):
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
                next_at=now,
                fields=[],
                created_at=now,
            )
        )


def test_killed_at_any_step_and_started_again_nothing_is_lost_and_nothing_doubled(
    odoo: OdooServer, worker: Program, tmp_path: Path
) -> None:
    def world(name: str) -> World:
        return World(f"sqlite:///{tmp_path / name}", odoo, worker)

    undisturbed = world("undisturbed")
    assert undisturbed.round()
    undisturbed.two_more_rounds()
    expected = undisturbed.state()
    events, notes, _, deals, _, messages, own = expected
    assert len(events) == 2 + len(LOGGED)
    assert len(notes) == len(LOGGED)
    assert dict(deals)["No story yet"] is False
    assert set(messages) == {"done"}
    assert own
    for fatal in count(1, STEP):
        one = world(f"killed-{fatal}")
        if one.round(fatal):
            break
        one.two_more_rounds()
        assert one.state() == expected, f"killed at step {fatal}"
        one.database.close()
    assert fatal > 100


def test_after_three_days_without_odoo_all_that_was_logged_arrives_in_order_and_once(
    odoo: OdooServer, worker: Program, tmp_path: Path
) -> None:
    world = World(f"sqlite:///{tmp_path / 'outage'}", odoo, worker)
    assert world.round()
    many = 150
    with world.database.writing.begin() as session:
        for number in range(10, 10 + many):
            log(session, LOGGED[number % 2], number, world.now, None)
    adapter = Odoo.from_settings(settings(odoo, "admin"))
    adapter.client.sleep = lambda _seconds: None
    adapter.client.tries = 1

    def push() -> int:
        return Push(world.database, Journeys(JOURNEY), 1, adapter, lambda: world.now, {}).run()

    odoo.kill()
    try:
        for _ in range(12):
            world.now += timedelta(hours=6)
            assert push() == 0
    finally:
        odoo.start()
    world.now += timedelta(hours=6)
    delivered = 0
    while (sent := push()) or delivered < many:
        delivered += sent
        # In the middle of it Odoo is away once more.
        if delivered and not sent:
            world.now += timedelta(hours=1)
        assert world.now < NOON + timedelta(days=30), "it does not come to an end"
    found = odoo.sql("SELECT opportunity_id, name FROM calendar_event WHERE name LIKE 'Talk %' ORDER BY id")
    assert len(found) == len({name for _, name in found}) == len(LOGGED) + many
    for deal in {one for one, _ in found}:
        numbers = [int(name.split()[1]) for one, name in found if one == deal]
        assert numbers == sorted(numbers), "in the order in which they were logged"
