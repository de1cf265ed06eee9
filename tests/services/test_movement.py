"""Flow, cohorts of each month, and the open deals of today: every count is that of the plain histories."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest
from sqlalchemy.orm import Session

from plugin.domain.conversion import Period, in_cohort
from plugin.domain.direction import Direction, Pace
from plugin.domain.visits import replay
from plugin.services.conversion import conversion, deals_behind
from plugin.services.movement import cohorts_by_month, flow, months, open_deals, open_deals_behind
from plugin.services.readings import read_deals
from plugin.services.workspace import Workspace
from plugin.store.queries.deals import DealLine, deal_lines, read_lines
from plugin.store.queries.questions import Question
from plugin.store.tables import Deal, DealStanding
from tests.histories import JOURNEY, START
from tests.services.conftest import NOW, Fill
from tests.services.test_cohorts import questions, snapshot, told_more
from tests.services.test_conversion_report import company, stored


@pytest.mark.parametrize("seed", [3, 4])
def test_a_flow_counts_where_each_first_visit_led_and_opens_onto_the_deals(
    workspace: Workspace, fill: Fill, seed: int
) -> None:
    chance = Random(seed)
    deals = company(chance)
    stored(workspace, fill, deals)
    snapshot(workspace)
    told_more(workspace, fill, deals, chance)
    for asked in questions(deals, chance)[:6]:
        with workspace.database.reading() as session:
            found = flow(session, workspace, asked)
            for one in found:
                expected: Counter[str | None] = Counter()
                for persona, _, listed in deals.values():
                    for passage in replay(listed, JOURNEY, asked.as_of).passages:
                        mine = passage.stage == one.stage and in_cohort(passage, asked.period, asked.as_of)
                        if mine and asked.persona in (None, persona):
                            expected[passage.left_to] += 1
                assert one.led_to == expected
                assert one.entered == expected.total()
                for target, number in expected.items():
                    behind = deals_behind(session, workspace, asked, one.stage, f"to {target or ''}")
                    assert len(behind.lines) == behind.total == number


def test_months_are_those_of_the_calendar_cut_where_the_period_is() -> None:
    found = list(months(Period(date(2026, 1, 15), date(2026, 3, 10)), NOW))
    assert found == [
        Period(date(2026, 1, 15), date(2026, 1, 31)),
        Period(date(2026, 2, 1), date(2026, 2, 28)),
        Period(date(2026, 3, 1), date(2026, 3, 10)),
    ]
    assert len(list(months(Period(), NOW))) == 13, "this month and the year before it"
    assert len(list(months(Period(date(1990, 1, 1)), NOW))) == 36
    assert list(months(Period(date(2030, 1, 1)), NOW)) == []


def test_the_months_of_a_period_are_the_periods_cohort_and_young_ones_are_marked(
    workspace: Workspace, fill: Fill
) -> None:
    stored(workspace, fill, company(Random(5)))
    asked = Question(Period(date(2026, 1, 1), date(2026, 8, 31)), NOW, horizon=60)
    with workspace.database.reading() as session:
        whole = {row.stage: row for row in conversion(session, workspace, asked).rows}
        for stage in JOURNEY.stages:
            found = cohorts_by_month(session, workspace, asked, stage.key)
            for name in ("entered", "advanced", "lost", "open", "went_back"):
                assert sum(getattr(one.row, name) for one in found) == getattr(whole[stage.key], name)
            assert [one.mature for one in found] == [True] * 6 + [False] * 2, "July's last deals were watched 31 days"


def test_the_open_deals_of_today_are_read_as_each_deals_page_reads_them(workspace: Workspace, fill: Fill) -> None:
    chance = Random(6)
    deals = company(chance)
    stored(workspace, fill, deals)
    snapshot(workspace)
    told_more(workspace, fill, deals, chance)
    asked = Question(Period(), NOW)
    with workspace.database.reading() as session:
        readings = [one for one in read_deals(session, workspace, open_lines(session)) if one.direction]
        for found in open_deals(session, workspace, asked):
            mine = [one.direction for one in readings if one.standing.stage == found.stage and one.direction]
            assert found.deals == len(mine)
            assert found.directions == Counter(one.direction for one in mine)
            assert found.paces == Counter(one.pace for one in mine)
            for direction, number in found.directions.items():
                lines, total = open_deals_behind(session, workspace, asked, found.stage, direction, None, None)
                assert len(lines) == total == number
                assert {reading.direction for _, reading in lines} == {direction}
            slow, total = open_deals_behind(session, workspace, asked, found.stage, None, Pace.SLOW, 1)
            assert (len(slow), total) == (min(1, found.paces[Pace.SLOW]), found.paces[Pace.SLOW])
        narrowed = open_deals(session, workspace, replace(asked, persona="director"))
    assert sum(one.deals for one in narrowed) == sum(1 for one in readings if one.deal.persona == "director")
    assert any(one.directions[Direction.BACK] for one in narrowed)


def open_lines(session: Session) -> tuple[DealLine, ...]:
    open_ = (DealStanding.state == "open", Deal.gone_at.is_(None))
    return read_lines(session, deal_lines().where(*open_).order_by(DealStanding.since, Deal.id))


def test_start_is_long_before_now() -> None:
    """The histories of these tests must be old enough for open deals to be slow."""
    assert timedelta(days=100) < NOW - START
