"""Several journeys side by side: each deal is read with that of its pipeline, and coming back loses nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm_adapters import port
from plugin.domain.conversion import Period
from plugin.domain.journey import Journey
from plugin.domain.journeys import Journeys
from plugin.domain.moves import LOST, WON, StageMove
from plugin.domain.visits import replay
from plugin.services import journey_use
from plugin.services.connections import rebuild, recomputing
from plugin.services.conversion import conversion, deals_behind
from plugin.services.journey_use import By, Origin, follow, make_main, put_in_use, take_out
from plugin.services.readings import read_deals
from plugin.services.workspace import Workspace
from plugin.store import recomputing as recomputing_module
from plugin.store.derived import derive_each, moves_of
from plugin.store.queries.deals import lines_of
from plugin.store.queries.questions import Question
from plugin.store.tables import AuditEntry, CrmPipeline, CrmStage, Deal, DealStanding, StageMoveFact
from plugin.sync.deals import DealPageWriter
from plugin.sync.stages import StageIds, store_pipelines
from tests.histories import JOURNEY, KEYS, START, small_journey
from tests.services.conftest import NOW, STAGES, Fill, told

OTHER = replace(small_journey(("doubt", "wish", "choice"), purchase=3), key="other")
ALL = Question(Period(), NOW)


def walk(number: int) -> list[StageMove]:
    """As far as the number says, some back again, some won."""
    moves = [
        StageMove(f"m{n}", START + timedelta(days=3 * n + number % 5), key)
        for n, key in enumerate(KEYS[: 1 + number % 6])
    ]
    if number % 4 == 0 and number % 6 < 4:
        moves.append(StageMove("back", START + timedelta(days=60), KEYS[0]))
    if number % 3 == 0:
        moves.append(StageMove("end", START + timedelta(days=80), WON if number % 2 else LOST))
    return moves


@pytest.fixture
def company(workspace: Workspace, fill: Fill) -> Workspace:
    """Forty deals in two pipelines of the same stages."""
    fill([told(f"d{n}", walk(n)) for n in range(20)])
    fill_second(workspace, range(20, 40))
    return workspace


def fill_second(workspace: Workspace, numbers: Iterable[int]) -> None:
    with workspace.database.writing.begin() as session:
        connection_id = session.scalars(select(CrmPipeline.connection_id)).first() or 0
        store_pipelines(session, connection_id, [port.Pipeline("second", "Second", STAGES)], NOW)
        writer = DealPageWriter(connection_id, StageIds.read(session, connection_id), NOW)
        deals = [replace(told(f"d{n}", walk(n)), pipeline_id="second") for n in numbers]
        written = writer.write(session, port.DealPage(tuple(deals), "end"), 1)
        derive_each(session, workspace.journeys, written.deal_ids, written.added)


def pipeline(workspace: Workspace, label: str) -> int:
    with workspace.database.reading() as session:
        return session.scalars(select(CrmPipeline.id).filter_by(label=label)).one()


def derived(workspace: Workspace) -> list[tuple[object, ...]]:
    columns = list(DealStanding.__table__.columns)
    with workspace.database.reading() as session:
        return [tuple(row) for row in session.execute(select(*columns).order_by(DealStanding.deal_id))]


def meanings(workspace: Workspace) -> list[tuple[object, ...]]:
    with workspace.database.reading() as session:
        query = select(CrmStage.pipeline_id, CrmStage.crm_id, CrmStage.buyer_stage).order_by(CrmStage.id)
        return [tuple(row) for row in session.execute(query)]


def entered(workspace: Workspace, key: str) -> dict[str, int]:
    with workspace.database.reading() as session:
        report = conversion(session, workspace.of(key), ALL)
    return {row.stage: row.entered for row in report.rows}


def published(workspace: Workspace, journey: Journey = OTHER) -> Workspace:
    assert put_in_use(workspace, journey, Origin.BROWSER, By(note="a try"))
    return workspace.now()


def test_a_journey_beside_the_main_one_is_followed_by_no_pipeline_until_somebody_says_so(company: Workspace) -> None:
    before, figures = derived(company), entered(company, "")
    now = published(company)
    assert [one.key for one in now.journeys] == ["small", "other"]
    assert now.journey == JOURNEY
    assert derived(now) == before
    assert entered(now, "small") == figures
    assert set(entered(now, "other").values()) == {0}


def test_each_report_counts_the_deals_of_the_pipelines_that_follow_its_journey(company: Workspace) -> None:
    now = published(company)
    assert follow(now, pipeline(now, "Second"), "other", By())
    assert entered(now, "small")["problem"] == 20
    assert entered(now, "other")["doubt"] == 20
    with now.database.reading() as session:
        report = conversion(session, now.of("other"), ALL)
        for row in report.rows:
            behind = deals_behind(session, now.of("other"), ALL, row.stage, "entered")
            assert len(behind.lines) == behind.total == row.entered


@pytest.mark.parametrize("file", [True, False])
def test_to_another_journey_and_back_gives_what_there_was(company: Workspace, file: bool) -> None:
    if file:
        recomputing(company).announce()
        recomputing(company).finish()
    before, meant, figures = derived(company), meanings(company), entered(company, "")
    now = published(company)
    second = pipeline(now, "Second")
    follow(now, second, "other", By())
    away = derived(now), meanings(now), entered(now, "other")
    assert away[0] != before
    follow(now, second, "small", By())
    assert (derived(now), meanings(now), entered(now, "small")) == (before, meant, figures)
    follow(now, second, "other", By())
    assert (derived(now), meanings(now), entered(now, "other")) == away
    rebuild(now, lambda _done, _total: None)
    assert (derived(now), meanings(now), entered(now, "other")) == away


def test_what_an_admin_decided_for_a_journey_is_there_when_the_pipeline_comes_back(company: Workspace) -> None:
    now = published(company)
    second = pipeline(now, "Second")
    follow(now, second, "other", By())
    with now.database.writing.begin() as session:
        session.scalars(select(CrmStage).filter_by(pipeline_id=second, crm_id="buy")).one().buyer_stage = "doubt"
    decided = meanings(now)
    follow(now, second, "small", By())
    follow(now, second, "other", By())
    assert meanings(now) == decided


def test_the_main_journey_may_be_another_one(company: Workspace) -> None:
    before = derived(company)
    now = published(company)
    assert make_main(now, "other", By())
    now = now.now()
    assert now.journey.key == "other"
    assert entered(now, "other")["doubt"] == 40
    make_main(now, "small", By())
    assert derived(now.now()) == before


def test_a_journey_that_is_taken_out_gives_its_pipelines_back_to_the_main_one(company: Workspace) -> None:
    before = derived(company)
    now = published(company)
    follow(now, pipeline(now, "Second"), "other", By())
    take_out(now, "other", By())
    now = now.now()
    assert [one.key for one in now.journeys] == ["small"]
    assert derived(now) == before
    with pytest.raises(KeyError):
        take_out(now, "small", By())


def without(stage: str) -> Journey:
    keys = tuple(key for key in KEYS if key != stage)
    return small_journey(keys, purchase=3)


def test_a_logged_move_into_a_stage_that_was_given_up_is_unmapped_and_lives_again_with_it(company: Workspace) -> None:
    with company.database.writing.begin() as session:
        deal_id = session.scalars(select(Deal.id).filter_by(crm_id="d1")).one()
        fact = StageMoveFact(deal_id=deal_id, key="log:1", origin="log", target="select", label="select", ordinal=99)
        fact.at, fact.actor_kind, fact.recorded_at = START + timedelta(days=100), "person", NOW
        session.add(fact)
        session.flush()
        derive_each(session, company.journeys, [deal_id])
    before = derived(company)
    now = published(company, without("select"))
    with now.database.reading() as session:
        (reading,) = read_deals(session, now, list(lines_of(session, [deal_id]).values()))
    assert reading.unmapped == 1
    assert "select" not in entered(now, "")
    put_in_use(now, JOURNEY, Origin.BROWSER, By())
    assert derived(now.now()) == before


def test_a_stage_that_was_renamed_takes_its_history_along(company: Workspace) -> None:
    stages = tuple(
        replace(one, key="weigh", formerly=("select",)) if one.key == "select" else one for one in JOURNEY.stages
    )
    figures = entered(company, "")
    now = published(company, replace(JOURNEY, stages=stages))
    assert entered(now, "") == {("weigh" if key == "select" else key): count for key, count in figures.items()}
    assert {row[2] for row in meanings(now)} == {*KEYS, "weigh", None} - {"select"}


def test_a_deal_that_changes_its_pipeline_is_read_with_the_journey_of_the_new_one(company: Workspace) -> None:
    now = published(company)
    follow(now, pipeline(now, "Second"), "other", By())
    figures = entered(now, "other")
    with now.database.writing.begin() as session:
        connection_id = session.scalars(select(CrmPipeline.connection_id)).first() or 0
        writer = DealPageWriter(connection_id, StageIds.read(session, connection_id), NOW)
        moved = replace(
            told("d5", [*walk(5), StageMove("more", START + timedelta(days=200), "buy")]), pipeline_id="second"
        )
        written = writer.write(session, port.DealPage((moved,), "end"), 1)
        derive_each(session, now.journeys, written.deal_ids, written.added)
        deal_id = session.scalars(select(Deal.id).filter_by(crm_id="d5")).one()
    with now.database.reading() as session:
        other = now.journeys.by_key["other"]
        moves = dict(moves_of(session, other, [deal_id]))[deal_id]
        stored = session.get_one(DealStanding, deal_id)
        assert stored.stage == replay(moves, other).standing.stage == "choice"
    assert entered(now, "other") == {**figures, "choice": figures["choice"] + 1}
    assert entered(now, "small")["problem"] == 19


def test_many_deals_are_read_anew_behind_the_publication_and_reports_say_so(
    company: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebuild(company, lambda _done, _total: None)
    figures = entered(company, "")
    monkeypatch.setattr(journey_use, "AT_ONCE", 5)
    monkeypatch.setattr(recomputing_module, "AT_ONCE", 5)
    assert not put_in_use(company, without("select"), Origin.BROWSER, By())
    now = company.now()
    with now.database.reading() as session:
        meanwhile = conversion(session, now, ALL)
        behind = deals_behind(session, now, ALL, "search", "entered")
    assert meanwhile.dated == NOW
    assert {row.stage: row.entered for row in meanwhile.rows} == {k: v for k, v in figures.items() if k != "select"}
    assert len(behind.lines) == figures["search"]
    recomputing(now).finish()
    with now.database.reading() as session:
        after = conversion(session, now, ALL)
    assert after.dated is None
    assert "select" not in {row.stage for row in after.rows}


def test_a_process_that_has_not_heard_of_a_publication_answers_with_the_figures_of_before(company: Workspace) -> None:
    rebuild(company, lambda _done, _total: None)
    recomputing(company).announce()
    recomputing(company).finish()
    figures = entered(company, "")
    elsewhere = replace(company, cohorts=replace(company.cohorts, kept=type(company.cohorts.kept)()))
    assert entered(elsewhere, "") == figures
    put_in_use(company, without("search"), Origin.BROWSER, By())
    assert entered(elsewhere, "") == figures
    assert "search" not in entered(elsewhere.now(), "")


def test_who_changed_what_is_recorded(company: Workspace) -> None:
    now = published(company)
    make_main(now, "other", By())
    with now.database.reading() as session:
        acts = [(row.act, row.about) for row in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    assert acts == [("journey published", "other"), ("journey made main", "other")]


def test_the_fingerprint_is_that_of_all_journeys_in_use() -> None:
    assert Journeys(JOURNEY).fingerprint != Journeys(JOURNEY, (OTHER,)).fingerprint
    assert Journeys(JOURNEY, (OTHER,)).named("other") is OTHER
    assert Journeys(JOURNEY, (OTHER,)).named(None) is Journeys(JOURNEY, (OTHER,)).named("gone") is JOURNEY
