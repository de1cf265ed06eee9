"""A sync beside a publication, and a source that names the stages of another journey."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from plugin.domain.journey import Journey
from plugin.domain.journeys import Journeys
from plugin.library.journeys import load_journey, shipped_journeys
from plugin.services.connections import connect, sync
from plugin.services.journey_use import By, Origin, follow, put_in_use
from plugin.services.workspace import Workspace
from plugin.store.tables import CrmPipeline, CrmStage, DealStanding, SyncRun
from tests.companies import STAGES, day, write_company

MOVES = {f"d{n}": [("lead", day(1)), ("call", day(3 + n)), ("offer", day(20))] for n in range(6)}


def shipped(key: str) -> Journey:
    return load_journey(shipped_journeys()[key])


@pytest.fixture
def company(workspace: Workspace, tmp_path: Path) -> Workspace:
    space = workspace.with_journeys(Journeys(shipped("figure8")))
    connect(space, "csv", "company", {"folder": str(write_company(tmp_path / "company", MOVES))})
    sync(space, None, lambda _name: lambda _stream, _read, _total: None)
    return space


def stages(workspace: Workspace) -> set[str | None]:
    with workspace.database.reading() as session:
        return set(session.scalars(select(DealStanding.stage)))


def test_a_file_that_names_other_stages_leaves_what_was_decided_here(company: Workspace, tmp_path: Path) -> None:
    put_in_use(company, shipped("aida"), Origin.SHIPPED, By())
    with company.database.reading() as session:
        pipeline = session.scalars(select(CrmPipeline.id)).one()
    follow(company.now(), pipeline, "aida", By())
    assert stages(company) == {"desire"}
    with company.database.reading() as session:
        decided = dict(session.execute(select(CrmStage.crm_id, CrmStage.buyer_stage)).all())
    more = {**MOVES, "new": [("lead", day(2)), ("call", day(9))]}
    write_company(tmp_path / "company", more, STAGES.replace("Offer sent", "Offer out"))
    sync(company.now(), None, lambda _name: lambda _stream, _read, _total: None)
    with company.database.reading() as session:
        assert dict(session.execute(select(CrmStage.crm_id, CrmStage.buyer_stage)).all()) == decided
    assert stages(company) == {"desire", "interest"}
    follow(company.now(), pipeline, "figure8", By())
    assert stages(company) == {"select", "search"}


def test_a_sync_that_meets_a_publication_goes_on_with_the_new_journeys(company: Workspace, tmp_path: Path) -> None:
    write_company(tmp_path / "company", {**MOVES, "new": [("lead", day(2)), ("call", day(9))]})
    renamed = shipped("figure8")
    others = tuple(one for one in renamed.stages if one.key != "select")
    text_of_two = Journey(renamed.key, renamed.name, others)
    published = []

    def publish_meanwhile(stream: str, _read: int, _total: int | None) -> None:
        if not published:
            published.append(put_in_use(company, _numbered(text_of_two), Origin.BROWSER, By()))

    results = sync(company, None, lambda _name: publish_meanwhile)
    assert not isinstance(results["company"], Exception)
    write_company(tmp_path / "company", {**MOVES, "newer": [("lead", day(2))]})
    sync(company, None, lambda _name: lambda _stream, _read, _total: None)
    with company.database.reading() as session:
        runs = session.scalars(select(SyncRun.state)).all()
        standing = set(session.scalars(select(DealStanding.stage)))
    assert set(runs) == {"done"}
    assert standing == {"search", "problem"}


def _numbered(journey: Journey) -> Journey:
    left = {loop: len(keys) for loop, keys in journey.stages_of_loop.items()}
    stages_ = []
    for position, stage in enumerate(journey.stages, 1):
        left[stage.loop] -= 1
        stages_.append(replace(stage, position=position, distance=left[stage.loop]))
    return replace(journey, stages=tuple(stages_))
