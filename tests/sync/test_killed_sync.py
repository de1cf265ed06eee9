"""A sync that is killed anywhere and started again leaves what an undisturbed one leaves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import make_url, select

from plugin.store.database import Database
from plugin.store.tables import Deal, StageMoveFact
from tests.companies import day, write_company
from tests.databases import Databases
from tests.sync.sweeping import EVERY, Program, copy_of
from tests.sync.sync_and_die import PAGE_SIZE
from tests.sync.test_pull import everything_derived

DEALS = PAGE_SIZE * 5 // 2  # three pages
STAGES = ("lead", "call", "offer", "lead", "won")


@pytest.fixture(scope="module")
def sync() -> Iterator[Program]:
    with Program("tests.sync.sync_and_die") as running:
        yield running


@pytest.fixture
def yesterday(tmp_path: Path) -> Path:
    return write_company(tmp_path / "yesterday", {f"d{n}": walk(n) for n in range(DEALS)})


@pytest.fixture
def today(tmp_path: Path) -> Path:
    """Five deals went, five came; of the others some went on, and some began another way."""
    return write_company(tmp_path / "today", {f"d{n}": walked_on(n) for n in range(5, DEALS + 5)})


def walk(number: int) -> Iterable[tuple[str, str]]:
    return [(STAGES[step], day(1 + step * 3, number % 24)) for step in range(number % 5 + 1)]


def walked_on(number: int) -> Iterable[tuple[str, str]]:
    first, *rest = walk(number)
    return [first if number % 7 else ("call", day(1, 2)), *rest, *([] if number % 3 else [("talks", day(25))])]


def state(url: str) -> tuple[object, ...]:
    database = Database.at(url)
    facts = select(Deal.crm_id, StageMoveFact.ordinal, StageMoveFact.label, StageMoveFact.withdrawn_at.is_(None))
    try:
        with database.reading() as session:
            deals = session.execute(select(Deal.crm_id, Deal.gone_at.is_(None))).all()
            moves = session.execute(facts.join(Deal, Deal.id == StageMoveFact.deal_id)).all()
        return sorted(map(tuple, deals)), sorted(map(tuple, moves)), everything_derived(database)
    finally:
        database.close()


@pytest.mark.parametrize("first", [True, False], ids=["the first sync", "a later sync"])
def test_killed_at_any_step_and_started_again_it_ends_like_an_undisturbed_run(
    databases: Databases, sync: Program, yesterday: Path, today: Path, first: bool
) -> None:
    before = databases.make(migrated=True)
    if not first:
        assert sync(before, str(yesterday))
    undisturbed = copy_of(databases, before)
    assert sync(undisturbed, str(today))
    expected = state(undisturbed)
    every = EVERY[make_url(before).get_backend_name()]
    for fatal in count(1, every):
        killed = copy_of(databases, before)
        survived = sync(killed, str(today), fatal=fatal)
        assert survived or sync(killed, str(today))
        assert state(killed) == expected, f"killed at step {fatal}"
        databases.drop(killed)
        if survived:
            break
    assert fatal > 40
    for url in (before, undisturbed):
        databases.drop(url)


def test_killed_again_and_again_each_time_a_step_later_it_ends_like_an_undisturbed_run(
    databases: Databases, sync: Program, today: Path
) -> None:
    undisturbed, killed = databases.make(migrated=True), databases.make(migrated=True)
    assert sync(undisturbed, str(today))
    kills = next(kills for kills in count() if sync(killed, str(today), fatal=kills + 1))
    assert kills > 10
    assert state(killed) == state(undisturbed)
    for url in (undisturbed, killed):
        databases.drop(url)
