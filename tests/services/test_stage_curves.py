"""A stage's curves, whole and compared."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from plugin.domain.conversion import Period
from plugin.domain.finding import Change
from plugin.domain.moves import StageMove
from plugin.services.conversion import conversion
from plugin.services.crm_numbers import crm_numbers
from plugin.services.stage_curves import CurvesReport, stage_curves
from plugin.services.workspace import Workspace
from plugin.store.queries.questions import Question
from plugin.store.queries.standings import WaitingDeals, waiting_deals
from plugin.store.tables import Deal, Meeting
from tests.histories import START
from tests.services.conftest import NOW, Fill, told

QUESTION = Question(Period(), NOW)


@pytest.fixture
def filled(fill: Fill) -> None:
    """Ana's twelve deals pass problem after ten days, Bob's eleven after twenty; Cy has three."""
    deals = []
    for owner, count, days in (("Ana", 12, 10), ("Bob", 11, 20), ("Cy", 3, 5)):
        for number in range(count):
            start = START + timedelta(days=number)
            moves = [
                StageMove(f"{owner}{number}a", start, "problem"),
                StageMove(f"{owner}{number}b", start + timedelta(days=days), "search"),
            ]
            deals.append(told(f"{owner}{number}", moves, owner=owner))
    fill(deals)


def report(workspace: Workspace, compare: str | None, question: Question | None = None) -> CurvesReport:
    with workspace.database.reading() as session:
        return stage_curves(session, workspace, question or Question(Period(), NOW), "problem", compare)


def test_parts_with_ten_deals_are_compared_the_largest_first(workspace: Workspace, filled: None) -> None:
    found = report(workspace, "owner")
    assert found.whole.entered == 26
    assert [(group.name, group.curves.entered, group.curves.advanced[0].day) for group in found.groups] == [
        ("Ana", 12, 10),
        ("Bob", 11, 20),
    ]
    assert found.left_out == 1


def test_what_is_asked_for_already_is_not_compared_by(workspace: Workspace, filled: None) -> None:
    assert report(workspace, "owner", Question(Period(), NOW, owner="Ana")).groups == ()
    assert report(workspace, "nonsense").groups == ()
    assert report(workspace, None).groups == ()


def test_a_period_is_compared_with_the_days_right_before_it(workspace: Workspace, filled: None) -> None:
    assert Period(date(2026, 4, 1), date(2026, 4, 30)).before == Period(date(2026, 3, 2), date(2026, 3, 31))
    assert Period(date(2026, 4, 1), None).before is None
    assert Period(date.min, date.max).before is None
    week = Period(START.date() + timedelta(days=6), START.date() + timedelta(days=11))
    (before,) = report(workspace, "period", Question(week, NOW)).groups
    assert (before.name, before.curves.entered) == (None, 15)


def numbers(workspace: Workspace, stage: str) -> dict[str, tuple[int | None, int | None]]:
    with workspace.database.reading() as session:
        found = crm_numbers(session, workspace, QUESTION, stage)
    return {one.definition.value: (one.part, one.whole) for one in found}


def test_every_definition_counts_the_same_store(workspace: Workspace, filled: None) -> None:
    """All 26 deals passed problem and stand in search: no definition can make another figure of that."""
    with workspace.database.reading() as session:
        found = {
            one.definition.value: (one.part, one.whole) for one in crm_numbers(session, workspace, QUESTION, "problem")
        }
    assert found == {
        "ours": (None, 26),
        "open_as_lost": (26, 26),
        "closed_only": (26, 26),
        "any_stage": (26, 26),
        "all_stages": (26, 26),
        "snapshot": (26, 26),
    }


def test_who_skips_a_stage_disappears_from_one_funnel_and_not_from_the_other(workspace: Workspace, fill: Fill) -> None:
    steps = [StageMove("a", START, "problem"), StageMove("b", START + timedelta(days=9), "select")]
    through = [*steps[:1], StageMove("c", START + timedelta(days=3), "search"), steps[1]]
    fill([told("skipped", steps), told("through", through)])
    with workspace.database.reading() as session:
        found = {
            one.definition.value: (one.part, one.whole) for one in crm_numbers(session, workspace, QUESTION, "search")
        }
    assert (found["all_stages"], found["any_stage"], found["snapshot"]) == ((1, 1), (2, 1), (2, 2))


def test_a_report_says_how_many_wait_without_a_next_meeting(workspace: Workspace, filled: None) -> None:
    with workspace.database.writing.begin() as session:
        report_now = conversion(session, workspace, QUESTION)
        assert report_now.finding.row
        assert report_now.finding.row.stage == "search"
        assert report_now.waiting == WaitingDeals(26, 26)
        view = workspace.cohorts.view(session)
        everybody_has_left_it = WaitingDeals(0, 0)
        assert waiting_deals(session, view, QUESTION, "problem", NOW) == everybody_has_left_it
        deal_id = session.scalars(select(Deal.id).limit(1)).one()
        for days, state in ((1, "planned"), (-1, "planned"), (2, "cancelled")):
            at = NOW + timedelta(days=days)
            session.add(Meeting(public_id=f"m{days}", deal_id=deal_id, state=state, starts_at=at, minutes=30))
        session.flush()
        assert waiting_deals(session, view, QUESTION, "search", NOW) == WaitingDeals(26, 25)
        assert waiting_deals(session, view, replace(QUESTION, owner="Cy"), "search", NOW).deals == 3


def test_a_trend_needs_a_period_and_enough_deals_before_it(workspace: Workspace, filled: None) -> None:
    week = Period(START.date() + timedelta(days=6), START.date() + timedelta(days=11))
    with workspace.database.reading() as session:
        assert conversion(session, workspace, QUESTION).trend is None
        found = conversion(session, workspace, Question(week, NOW)).trend
    assert found
    assert (found.change, found.before.entered) == (Change.UNCLEAR, 15)
