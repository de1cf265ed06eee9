"""A stage's curves, whole and compared."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from plugin.domain.conversion import Period
from plugin.domain.moves import StageMove
from plugin.services.stage_curves import CurvesReport, period_before, stage_curves
from plugin.services.workspace import Workspace
from plugin.store.queries.cohorts import Question
from tests.histories import START
from tests.services.conftest import NOW, Fill, told


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
    assert period_before(Period(date(2026, 4, 1), date(2026, 4, 30))) == Period(date(2026, 3, 2), date(2026, 3, 31))
    assert period_before(Period(date(2026, 4, 1), None)) is None
    week = Period(START.date() + timedelta(days=6), START.date() + timedelta(days=11))
    (before,) = report(workspace, "period", Question(week, NOW)).groups
    assert (before.name, before.curves.entered) == (None, 15)
