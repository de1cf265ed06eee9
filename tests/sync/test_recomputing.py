"""A changed mapping of many deals is recomputed aside: whoever reads sees the old figures, dated, then the new ones."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from plugin.domain.conversion import Period
from plugin.domain.journey import Journey
from plugin.domain.journeys import Journeys
from plugin.store import recomputing
from plugin.store.cohorts.view import Cohorts
from plugin.store.database import Database
from plugin.store.queries.questions import Question
from plugin.sync import pull as pulling
from tests.companies import STAGES, day, write_company
from tests.sync.conftest import NOW
from tests.sync.test_pull import PullFolder, everything_derived

DEALS = 30
OTHERWISE = STAGES.replace("offer,Offer sent,3,open,select", "offer,Offer sent,3,open,buy")
MOVES = {f"d{n}": [("lead", day(1)), ("call", day(3 + n % 5)), ("offer", day(20))] for n in range(DEALS)}


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recomputing, "AT_ONCE", 10)
    monkeypatch.setattr(pulling, "AT_ONCE", 10)
    monkeypatch.setattr("plugin.store.derived.BATCH", 7)
    monkeypatch.setattr(recomputing.deal_ids_after, "__defaults__", (7,))


def entered(database: Database, cohorts: Cohorts) -> tuple[dict[str, int], datetime | None]:
    with database.reading() as session:
        view = cohorts.view(session)
        counted = view.histograms(session, Question(Period(), NOW))
    return {stage: one.entered for stage, one in counted.items() if one.entered}, view.dated


def test_until_the_new_reading_is_whole_the_old_figures_are_shown_and_dated(
    database: Database, pull: PullFolder, journey: Journey, tmp_path: Path
) -> None:
    folder = write_company(tmp_path / "company", MOVES)
    pull(folder)
    cohorts, seen = Cohorts(Journeys(journey), tmp_path / "cohorts"), []
    old = {"problem": DEALS, "search": DEALS, "select": DEALS}
    assert entered(database, cohorts) == (old, None)

    def look(stream: str, done: int, _total: int | None) -> None:
        if stream == "recomputing":
            seen.append(
                (done, entered(database, cohorts), entered(database, Cohorts(Journeys(journey), tmp_path / "cohorts")))
            )

    pull(write_company(tmp_path / "company", MOVES, OTHERWISE), report=look)
    assert [done for done, _, _ in seen] == [7, 14, 21, 28, 30]
    assert all(running == another == (old, NOW) for _, running, another in seen)
    assert entered(database, cohorts) == ({"problem": DEALS, "search": DEALS, "buy": DEALS}, None)


def test_stopped_in_the_middle_it_is_gone_on_with_by_the_next_sync(
    database: Database, pull: PullFolder, journey: Journey, tmp_path: Path
) -> None:
    folder = write_company(tmp_path / "company", MOVES)
    pull(folder)

    def stop(stream: str, done: int, _total: int | None) -> None:
        if stream == "recomputing" and done >= 14:
            raise KeyboardInterrupt

    write_company(folder, MOVES, OTHERWISE)
    with pytest.raises(KeyboardInterrupt):
        pull(folder, report=stop)
    cohorts, done_again = Cohorts(Journeys(journey), tmp_path / "cohorts"), []
    assert entered(database, cohorts)[1] == NOW
    pull(folder, report=lambda stream, done, _total: done_again.append(done) if stream == "recomputing" else None)
    assert done_again[-1] < DEALS, "what was done before is not done again"
    assert entered(database, cohorts) == ({"problem": DEALS, "search": DEALS, "buy": DEALS}, None)


def test_recomputed_everything_is_as_it_was(
    database: Database, pull: PullFolder, journey: Journey, tmp_path: Path
) -> None:
    pull(write_company(tmp_path / "company", MOVES))
    before = everything_derived(database)
    again = recomputing.Recomputing(database, Journeys(journey), tmp_path / "cohorts", lambda: NOW)
    assert again.everything(lambda _done, _total: None) == DEALS
    assert everything_derived(database) == before
