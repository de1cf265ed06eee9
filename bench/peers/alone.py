"""What needs nothing but our own environment: us, HubSpot's own client, a plain session."""

from __future__ import annotations

import sqlite3
import sys
from datetime import UTC, datetime

from sqlalchemy import update

from bench.peers import ours
from bench.peers.run import Got, Run, Way
from plugin.store import migrate
from plugin.store.database import Database
from plugin.store.tables import Connection, CrmStage
from plugin.sync.stages import store_pipelines

MEANING = {"lead": "problem", "call": "search", "parked": "select"}


def _connect(run: Run) -> None:
    """What was done long before a sync: a database, a connection, and what its stages mean to the buyer."""
    migrate.upgrade(ours.url(run.folder))
    database = Database.at(ours.url(run.folder))
    pipelines, now = ours.adapter(run.address, run.token).pipelines(), datetime.now(UTC)
    with database.writing.begin() as session:
        session.add(Connection(id=1, name="hub", kind="hubspot", settings={}, created_at=now))
        session.flush()
        store_pipelines(session, 1, pipelines, now, maps_stages=False)
        for stage, meaning in MEANING.items():
            session.execute(update(CrmStage).where(CrmStage.crm_id == stage).values(buyer_stage=meaning))
    database.close()


def _begin(run: Run) -> list[str]:
    _connect(run)
    return _pull(run)


def _pull(run: Run) -> list[str]:
    return [*_module("ours", run), str(run.folder)]


def _module(name: str, run: Run) -> list[str]:
    return [sys.executable, "-m", f"bench.peers.{name}", run.address, run.token]


def _stored(run: Run) -> Got:
    with sqlite3.connect(run.folder / "bench.sqlite3") as database:
        return Got(*(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES))  # noqa: S608


def _said(run: Run) -> Got:
    return next((Got(**one) for one in run.messages()), Got(0, 0))


TABLES = ("deal", "stage_move")
OURS = Way("Parcours", "names", _begin, _stored, _pull)
OFFICIAL = Way("HubSpot's own client", "none", lambda run: _module("official", run), _said)
PLAIN = Way("a plain session", "ids", lambda run: _module("plain", run), _said)
WAYS = (OURS, OFFICIAL, PLAIN)
