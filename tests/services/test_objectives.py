"""Objectives: one a stage and period, changed with a reason, and as true as the histories of the deals."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from sqlalchemy import select

from plugin.domain.conversion import Histogram, Period, measure, tally
from plugin.domain.moves import WON, StageMove
from plugin.domain.objective import Verdict
from plugin.domain.visits import replay
from plugin.services.objectives import (
    ChangedMeanwhile,
    Goal,
    PeriodTaken,
    Target,
    change_objective,
    counting_on,
    plan,
    remove_objective,
    set_goal,
    set_objective,
)
from plugin.services.viewer import Role, Viewer
from plugin.services.workspace import Workspace
from plugin.store.queries.objectives import ObjectiveLine, changes_of, find_goal, objectives_of
from plugin.store.queries.wins import wins_in
from plugin.store.tables import AuditEntry, Deal, ObjectiveChange
from tests.histories import JOURNEY
from tests.services.conftest import NOW, Fill, told
from tests.services.test_conversion_report import company, stored
from tests.services.test_logging import account

YEAR = Target(60, 45, date(2026, 1, 1), date(2026, 12, 31), ("marketing", "sales"))


@pytest.fixture
def max_(workspace: Workspace) -> Viewer:
    return account(workspace, "Max", Role.MANAGER)


def begin(workspace: Workspace, viewer: Viewer, stage: str = "search", target: Target = YEAR) -> ObjectiveLine:
    with workspace.database.writing.begin() as session:
        return set_objective(session, workspace, viewer, stage, target, "We agreed on it.")


def change(
    workspace: Workspace, viewer: Viewer, objective: ObjectiveLine, target: Target, revision: int = 0
) -> ObjectiveLine:
    with workspace.database.writing.begin() as session:
        change_objective(session, workspace, viewer, objective, target, "It was a wish.", revision)
        session.flush()
        return next(one for one in objectives_of(session, "small") if one.id == objective.id)


def test_an_objective_keeps_what_it_was_who_changed_it_and_why(workspace: Workspace, max_: Viewer) -> None:
    objective = begin(workspace, max_)
    changed = change(workspace, max_, objective, replace(YEAR, share=50))
    assert (changed.share, changed.target, changed.revision) == (50, 0.5, 1)
    with workspace.database.reading() as session:
        last, first = changes_of(session, objective.id)
        acts = session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all()
    assert (first.before, first.after["share"], first.why) == ({}, 60, "We agreed on it.")
    assert (last.by, last.before["share"], last.after["share"], last.why) == ("Max", 60, 50, "It was a wish.")
    assert acts == ["objective set", "objective changed"]


def test_a_change_that_changes_nothing_is_none(workspace: Workspace, max_: Viewer) -> None:
    objective = begin(workspace, max_)
    assert change(workspace, max_, objective, YEAR).revision == 0


def test_the_second_of_two_editors_is_told(workspace: Workspace, max_: Viewer) -> None:
    objective = begin(workspace, max_)
    change(workspace, max_, objective, replace(YEAR, share=50), 0)
    with pytest.raises(ChangedMeanwhile):
        change(workspace, max_, objective, replace(YEAR, share=70), 0)


@pytest.mark.parametrize(
    ("first", "last", "taken"),
    [
        (date(2025, 1, 1), date(2025, 12, 31), False),
        (date(2025, 6, 1), date(2026, 1, 1), True),
        (date(2026, 5, 1), date(2026, 5, 1), True),
        (date(2026, 12, 31), date(2027, 6, 1), True),
        (date(2027, 1, 1), date(2027, 6, 1), False),
    ],
)
def test_a_stage_has_one_objective_on_a_day(
    workspace: Workspace, max_: Viewer, first: date, last: date, taken: bool
) -> None:
    begin(workspace, max_)
    other = replace(YEAR, first_on=first, last_on=last)
    begin(workspace, max_, "select", other)
    if taken:
        with pytest.raises(PeriodTaken):
            begin(workspace, max_, "search", other)
    else:
        begin(workspace, max_, "search", other)


def test_an_objective_that_is_taken_away_takes_its_history_along(workspace: Workspace, max_: Viewer) -> None:
    objective = begin(workspace, max_)
    with workspace.database.writing.begin() as session:
        remove_objective(session, workspace, max_, objective)
    with workspace.database.reading() as session:
        assert objectives_of(session, "small") == ()
        assert session.scalar(select(ObjectiveChange)) is None


def test_the_objective_of_today_counts_else_the_next_else_the_last() -> None:
    def line(number: int, first: date, last: date) -> ObjectiveLine:
        return ObjectiveLine(number, str(number), "search", 60, 45, first, last, (), 0)

    old = line(1, date(2024, 1, 1), date(2024, 12, 31))
    now = line(2, date(2026, 1, 1), date(2026, 12, 31))
    next_ = line(3, date(2027, 1, 1), date(2027, 12, 31))
    assert counting_on([old, now, next_], date(2026, 12, 31)) is now
    assert counting_on([old, next_], date(2026, 5, 1)) is next_
    assert counting_on([old], date(2026, 5, 1)) is old
    assert counting_on([], date(2026, 5, 1)) is None


def test_where_an_objective_stands_is_what_the_plain_histories_say(
    workspace: Workspace, fill: Fill, max_: Viewer
) -> None:
    deals = company(Random(11))
    stored(workspace, fill, deals)
    target = replace(YEAR, within_days=23, first_on=date(2026, 1, 10), last_on=date(2026, 3, 20))
    begin(workspace, max_, "search", target)
    with workspace.database.reading() as session:
        found = next(one for one in plan(session, workspace).stages if one.stage == "search")
    histogram = Histogram()
    for _, gone_at, moves in deals.values():
        passages = [one for one in replay(moves, JOURNEY).passages if one.stage == "search"]
        tally(histogram, [(one, gone_at) for one in passages], Period(target.first_on, target.last_on), NOW)
    assert found.progress is not None
    assert found.progress.row == measure("search", histogram, 23)
    assert found.progress.row.entered > 30


def test_a_plan_has_every_stage_and_says_verdicts(workspace: Workspace, fill: Fill, max_: Viewer) -> None:
    moves = [StageMove("a", NOW - timedelta(days=100), "search"), StageMove("b", NOW - timedelta(days=80), "select")]
    fill([told(f"d{n}", moves if n < 18 else moves[:1]) for n in range(20)])
    begin(workspace, max_)
    with workspace.database.reading() as session:
        found = plan(session, workspace)
    assert [one.stage for one in found.stages] == [stage.key for stage in JOURNEY.stages]
    stands = next(one for one in found.stages if one.stage == "search").progress
    assert stands is not None
    assert stands.verdict is Verdict.ON_TRACK


def test_the_goal_is_replaced_and_a_second_editor_is_told(workspace: Workspace, max_: Viewer) -> None:
    for revision in (0, 1):
        with workspace.database.writing.begin() as session:
            goal = Goal(f"Grow {revision}", "customers", Decimal(200), None, date(2026, 1, 1), date(2026, 12, 31))
            set_goal(session, workspace, max_, goal, revision)
    with pytest.raises(ChangedMeanwhile), workspace.database.writing.begin() as session:
        set_goal(session, workspace, max_, Goal("Mine"), 0)
    with workspace.database.reading() as session:
        found = find_goal(session)
    assert found is not None
    assert (found.text, found.revision) == ("Grow 1", 2)


def test_a_customer_is_new_with_the_first_win_and_money_is_kept_by_currency(workspace: Workspace, fill: Fill) -> None:
    deals = company(Random(12))
    stored(workspace, fill, deals)
    with workspace.database.writing.begin() as session:
        for number, deal in enumerate(session.scalars(select(Deal).order_by(Deal.id))):
            deal.amount, deal.currency = Decimal(number), ("EUR", "CHF", None)[number % 3]
    period = Period(date(2026, 1, 15), date(2026, 4, 1))
    expected: Counter[str] = Counter()
    money: Counter[str] = Counter()
    for number, (_, gone_at, moves) in enumerate(deals.values()):
        won = [one.at for one in moves if one.to == WON and one.at]
        if won and gone_at is None and period.contains(min(won)):
            expected["deals"] += 1
            money[("EUR", "CHF", "")[number % 3]] += number
    with workspace.database.reading() as session:
        found = wins_in(session, period)
    assert found.deals == expected["deals"] > 10
    assert dict(found.amounts) == money
