"""What the columns count is what the plain definition gives, before and after a snapshot, for any as-of instant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import select, text, update

from plugin.domain.conversion import Histogram, Period, measure, tally
from plugin.domain.journeys import Journeys
from plugin.domain.moves import StageMove
from plugin.domain.visits import replay
from plugin.services.conversion import FIGURES, conversion, deals_behind
from plugin.services.workspace import Workspace
from plugin.store.cohorts.snapshot import make_snapshot, note_changes
from plugin.store.cohorts.view import Cohorts
from plugin.store.derived import derive
from plugin.store.queries.questions import Question
from plugin.store.tables import CohortSnapshot, Deal, DealChange, Derivation
from tests.histories import JOURNEY
from tests.services.conftest import NOW, Fill, told
from tests.services.test_conversion_report import Company, company, moves, question, stored

QUESTIONS = 25


def snapshot(workspace: Workspace) -> Path:
    return make_snapshot(workspace.database, Journeys(JOURNEY), workspace.cohorts.folder, NOW)


def told_more(workspace: Workspace, fill: Fill, deals: Company, chance: Random) -> None:
    """Some deals get more moves or another persona, some are found gone, and some are new."""
    changed = {key: deals[key] for key in chance.sample(sorted(deals), 60)}
    for key, (_, gone_at, listed) in changed.items():
        last = max((move.at for move in listed if move.at), default=NOW - timedelta(days=300))
        later = [
            move._replace(key=f"later {len(listed)} {move.key}", at=last + timedelta(minutes=chance.randint(0, 99_999)))
            for move in moves(chance)[1:4]
        ]
        deals[key] = (chance.choice(["director", "chef", None]), gone_at, [*listed, *later])
    new: Company = {f"n{len(deals) + n}": ("finance", None, moves(chance)) for n in range(20)}
    deals |= new
    stored(workspace, fill, {key: deals[key] for key in [*changed, *new]})
    with workspace.database.writing.begin() as session:
        gone = chance.sample(sorted(deals), 10)
        ids = session.scalars(update(Deal).where(Deal.crm_id.in_(gone)).values(gone_at=NOW).returning(Deal.id)).all()
        note_changes(session, list(ids))
    for key in gone:
        deals[key] = (deals[key][0], NOW, deals[key][2])


def check(workspace: Workspace, cohorts: Cohorts, deals: Company, asked: Iterable[Question]) -> None:
    for one in asked:
        with workspace.database.reading() as session:
            report = conversion(session, replace(workspace, cohorts=cohorts), one)
        for row in report.rows:
            members = [
                (passage, gone_at)
                for persona, gone_at, listed in deals.values()
                if one.persona in (None, persona)
                for passage in replay(listed, JOURNEY, one.as_of).passages
                if passage.stage == row.stage
            ]
            assert row == measure(row.stage, tally(Histogram(), members, one.period, one.as_of), one.horizon)


def questions(deals: Company, chance: Random) -> list[Question]:
    instants = [move.at for _, _, listed in deals.values() for move in listed if move.at]
    return [question(chance, instants) for _ in range(QUESTIONS)]


def test_a_snapshot_and_what_changed_since_give_the_plain_definitions_figures(workspace: Workspace, fill: Fill) -> None:
    chance = Random(11)
    deals = company(chance)
    stored(workspace, fill, deals)
    running = workspace.cohorts
    check(workspace, running, deals, questions(deals, chance))
    snapshot(workspace)
    check(workspace, running, deals, questions(deals, chance))
    for _ in range(2):
        told_more(workspace, fill, deals, chance)
        asked = questions(deals, chance)
        check(workspace, running, deals, asked)
        another_process = Cohorts(Journeys(JOURNEY), running.folder)
        check(workspace, another_process, deals, asked[:8])
    snapshot(workspace)
    check(workspace, running, deals, questions(deals, chance))


def test_every_figure_opens_onto_its_deals_beside_a_snapshot_too(workspace: Workspace, fill: Fill) -> None:
    chance = Random(12)
    deals = company(chance)
    stored(workspace, fill, deals)
    snapshot(workspace)
    told_more(workspace, fill, deals, chance)
    for asked in questions(deals, chance)[:5]:
        with workspace.database.reading() as session:
            for row in conversion(session, workspace, asked).rows:
                for figure in FIGURES:
                    behind = deals_behind(session, workspace, asked, row.stage, figure)
                    assert len(behind.lines) == behind.total == getattr(row, figure, row.entered) or figure in DERIVED


DERIVED = ("estimate", "naive", "closed_only", "any_stage", "all_stages", "snapshot", "median")


def test_a_file_that_is_cut_short_or_gone_is_not_missed(workspace: Workspace, fill: Fill) -> None:
    chance = Random(13)
    deals = company(chance)
    stored(workspace, fill, deals)
    path = snapshot(workspace)
    asked = questions(deals, chance)[:4]
    path.write_bytes(path.read_bytes()[:-100])
    check(workspace, Cohorts(Journeys(JOURNEY), path.parent), deals, asked)
    path.unlink()
    check(workspace, Cohorts(Journeys(JOURNEY), path.parent), deals, asked)


def test_a_snapshot_that_the_database_does_not_list_is_not_read(workspace: Workspace, fill: Fill) -> None:
    """As after a backup was restored: the file tells of another time."""
    chance = Random(14)
    deals = company(chance)
    stored(workspace, fill, deals)
    snapshot(workspace)
    with workspace.database.writing.begin() as session:
        session.execute(text("DELETE FROM cohort_snapshot"))
    told_more(workspace, fill, deals, chance)
    check(workspace, Cohorts(Journeys(JOURNEY), workspace.cohorts.folder), deals, questions(deals, chance)[:4])


def test_old_snapshots_and_the_changes_that_they_hold_are_thrown_away(workspace: Workspace, fill: Fill) -> None:
    for n in range(6):
        fill([told(f"d{n}", told_moves())])
        snapshot(workspace)
    with workspace.database.reading() as session:
        listed = session.scalars(select(CohortSnapshot.up_to)).all()
        kept = session.scalars(select(DealChange.id)).all()
    assert len(listed) == len(list(workspace.cohorts.folder.iterdir())) == 4
    assert all(number > min(listed) for number in kept)


def test_what_a_transaction_takes_back_is_not_remembered(workspace: Workspace, fill: Fill) -> None:
    fill([told(f"d{n}", told_moves()) for n in range(12)])
    asked = Question(Period(), NOW)
    with workspace.database.writing() as session:
        session.execute(text("UPDATE stage_move SET withdrawn_at = 1"))
        derive(session, JOURNEY, session.scalars(select(Deal.id)).all())
        inside = conversion(session, workspace, asked)
        session.rollback()
    with workspace.database.reading() as session:
        after = conversion(session, workspace, asked)
    assert [row.reached for row in inside.rows] == [0] * len(inside.rows)
    assert sum(row.reached for row in after.rows) > 0


def test_while_much_is_recomputed_the_figures_stay_as_they_were_and_say_so(workspace: Workspace, fill: Fill) -> None:
    fill([told(f"d{n}", told_moves()) for n in range(12)])
    asked = Question(Period(), NOW)
    snapshot(workspace)
    with workspace.database.writing.begin() as session:
        session.add(Derivation(id=1, journey=Journeys(JOURNEY).fingerprint, derived_at=NOW, recomputing_since=NOW))
        session.execute(text("UPDATE stage_move SET withdrawn_at = 1"))
        derive(session, JOURNEY, session.scalars(select(Deal.id)).all())
    with workspace.database.reading() as session:
        frozen = conversion(session, workspace, asked)
    with workspace.database.writing.begin() as session:
        session.execute(update(Derivation).values(recomputing_since=None))
    with workspace.database.reading() as session:
        whole = conversion(session, workspace, asked)
    assert (frozen.dated, whole.dated) == (NOW, None)
    assert sum(row.reached for row in frozen.rows) > 0
    assert sum(row.reached for row in whole.rows) == 0


def told_moves() -> list[StageMove]:
    start: datetime = NOW - timedelta(days=40)
    return [StageMove("a", start, "problem"), StageMove("b", start + timedelta(days=4), "search")]
