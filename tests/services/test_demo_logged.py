"""What the demo's salespeople logged: kits with versions and stories, words of those who went back, open proposals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from plugin.domain.alert import Alert
from plugin.domain.conversion import Period
from plugin.library.folders import shipped_folder
from plugin.library.journeys import load_journey, shipped_journeys
from plugin.library.personas import load_personas
from plugin.library.templates import Library
from plugin.services.demo import prepare_demo
from plugin.services.effectiveness import meeting_effects
from plugin.services.moments import moments_report
from plugin.services.radar import radar
from plugin.services.returns import stage_returns
from plugin.services.shelf import Shelf
from plugin.services.viewer import Role, Viewer
from plugin.services.workspace import Workspace
from plugin.store.cohorts.view import Cohorts
from plugin.store.database import Database
from plugin.store.queries.questions import Question
from plugin.store.tables import FollowUp, Meeting, MeetingLog, UserAccount
from tests.databases import SqliteDatabases

NOW = datetime(2026, 3, 30, 8, 10, tzinfo=UTC)
ASKED = Question(Period(), NOW)


@pytest.fixture(scope="module")
def demo(sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    url = sqlite_databases.make(migrated=True)
    database, journey = Database.at(url), load_journey(shipped_journeys()["figure8"])
    folder = tmp_path_factory.mktemp("demo")
    made = Workspace(
        database=database,
        journey=journey,
        cohorts=Cohorts(journey, folder / "cohorts"),
        shelf=Shelf(Library.of([shipped_folder()]), database),
        personas=load_personas(shipped_folder() / "personas.yaml"),
        clock=lambda: NOW,
        secret="a secret of the tests, long enough",
    )
    prepare_demo(made, folder / "company", lambda _text: None)
    yield made
    database.close()
    sqlite_databases.drop(url)


def test_meetings_carry_the_version_and_the_story_of_their_day(demo: Workspace) -> None:
    with demo.database.reading() as session:
        report = meeting_effects(session, demo, replace(ASKED, horizon=90), "select")
        unlogged = session.scalar(
            select(func.count()).where(Meeting.state == "held", Meeting.effect.is_not(None), Meeting.revision == 0)
        )
    assert unlogged == 0
    versions = [one for one in report.effects if one.subject.version]
    assert len(versions) == len([one for one in report.versions if one.curves.advanced]) == 2
    assert all(one.effect.shrunk is not None for one in versions)
    assert any(one.subject.story for one in report.effects)


def test_most_who_went_back_said_why_and_somebody_had_seen_it_coming(demo: Workspace) -> None:
    with demo.database.reading() as session:
        ways = [told for stage in stage_returns(session, demo, ASKED) for told in stage.ways]
        found = radar(session, demo, Viewer(0, "Max", "", Role.MANAGER))
    assert sum(bool(told.words) for told in ways) >= 6
    assert found.counts[Alert.TAKEN_BACK] >= 3
    assert found.counts[Alert.BACK] >= 5


def test_claire_has_one_of_each(demo: Workspace) -> None:
    with demo.database.reading() as session:
        claire = session.scalars(select(UserAccount).filter_by(name="Claire Fontaine")).one()
        viewer = Viewer(claire.id, claire.name, claire.email, Role.SALESPERSON)
        assert min(radar(session, demo, viewer).counts.values()) >= 1


def test_moments_are_told_for_every_stage(demo: Workspace) -> None:
    with demo.database.reading() as session:
        report = moments_report(session, demo, ASKED)
    assert len(report.stages) == 8
    assert sum(len(one.versions) for one in report.templates) == 8, "two of each of the four that were changed"


def test_a_second_start_keeps_what_people_changed(demo: Workspace, tmp_path: Path) -> None:
    with demo.database.writing.begin() as session:
        meeting = session.scalars(select(Meeting).where(Meeting.revision == 1).limit(1)).one()
        session.execute(update(Meeting).where(Meeting.id == meeting.id).values(felt="keen", effect="broke", revision=2))
        before = counts(demo)
    prepare_demo(demo, tmp_path, lambda _text: None)
    with demo.database.reading() as session:
        kept = session.get_one(Meeting, meeting.id)
    assert (kept.felt, kept.effect, kept.revision) == ("keen", "broke", 2)
    assert counts(demo) == before


def counts(demo: Workspace) -> Counter[str]:
    with demo.database.reading() as session:
        return Counter(
            {one.__tablename__: session.scalar(select(func.count()).select_from(one)) for one in (MeetingLog, FollowUp)}
        )
