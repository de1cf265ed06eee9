"""One's own figures are those of one's own deals; of colleagues, nothing is told but their middle."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select

from plugin.domain.conversion import Histogram, Period, measure
from plugin.domain.moves import StageMove
from plugin.services.accounts import add_user
from plugin.services.conversion import cohorts_as_of
from plugin.services.own_figures import Middle, histograms_by_owner, own_figures
from plugin.services.report_rule import SalespeopleSee, decide_what_salespeople_see
from plugin.services.viewer import Role, Viewer
from plugin.services.workspace import Workspace
from plugin.store.queries.questions import Question
from plugin.store.tables import CrmOwner
from tests.histories import JOURNEY
from tests.services.conftest import NOW, Fill, told

ASKED = Question(Period(), NOW, horizon=30)
BEGIN = NOW - timedelta(days=200)


def company(owners: dict[str, int], deals: int = 12) -> list[object]:
    """Each owner has so many deals that entered Problem; the number given of them went on to Search ten days later."""
    told_deals = []
    for owner, advanced in owners.items():
        for n in range(deals):
            moves = [StageMove(f"{owner}{n}", BEGIN, "problem")]
            if n < advanced:
                moves.append(StageMove(f"{owner}{n} on", BEGIN + timedelta(days=10), "search"))
            told_deals.append(told(f"{owner}{n}", moves, owner=owner))
    return told_deals


def ana(workspace: Workspace) -> Viewer:
    with workspace.database.writing.begin() as session:
        user_id = add_user(session, "ana@seller.example", "Ana", Role.SALESPERSON, NOW)
    return Viewer(user_id, "Ana", "ana@seller.example", Role.SALESPERSON)


def test_an_owners_histogram_is_that_of_the_report_narrowed_to_them(workspace: Workspace, fill: Fill) -> None:
    chance = Random(3)
    names = ["Ana", "Bea", "Cy"]
    deals = []
    for n in range(60):
        moves, at = [], BEGIN
        for number, stage in enumerate(chance.sample(["problem", "search", "select", "lost", "won"], 3)):
            at += timedelta(hours=chance.randint(1, 900))
            moves.append(StageMove(f"{n} {number}", at, stage))
        deals.append(told(f"d{n}", moves, owner=chance.choice(names)))
    fill(deals)
    for as_of in (NOW, BEGIN + timedelta(days=30), BEGIN + timedelta(days=3)):
        with workspace.database.reading() as session:
            asked = Question(Period(), as_of)
            view = cohorts_as_of(session, workspace, as_of)
            ids = dict(session.execute(select(CrmOwner.name, CrmOwner.id)).all())
            for stage in JOURNEY.stages:
                found = histograms_by_owner(session, view, asked, stage.key)
                for name in names:
                    narrowed = view.histogram(session, Question(Period(), as_of, owner=name), stage.key)
                    mine = found.get(ids[name], Histogram())
                    assert (mine.advanced, mine.lost, mine.open) == (narrowed.advanced, narrowed.lost, narrowed.open)


def test_the_middle_is_what_half_of_the_colleagues_lie_between(workspace: Workspace, fill: Fill) -> None:
    fill(company({"Ana": 6, "Bo": 0, "Cy": 3, "Di": 6, "Ed": 9, "Flo": 12}))
    viewer = ana(workspace)
    with workspace.database.reading() as session:
        first = own_figures(session, workspace, viewer, ASKED).stages[0]
        whole = cohorts_as_of(session, workspace, NOW).histogram(
            session, Question(Period(), NOW, owner="Ana"), "problem"
        )
    assert first.own.estimate == measure("problem", whole, 30).estimate == pytest.approx(0.5)
    assert first.middle == Middle(5, pytest.approx(0.25), pytest.approx(0.5), pytest.approx(0.75))  # type: ignore[arg-type]


def test_four_colleagues_have_no_middle_and_too_few_deals_no_figure(workspace: Workspace, fill: Fill) -> None:
    fill(company({"Ana": 6, "Bo": 0, "Cy": 3, "Di": 6, "Ed": 9}))
    fill(company({"Flo": 3}, deals=9))
    viewer = ana(workspace)
    with workspace.database.reading() as session:
        assert own_figures(session, workspace, viewer, ASKED).stages[0].middle is None


def test_where_salespeople_see_only_themselves_nothing_of_colleagues_is_told(workspace: Workspace, fill: Fill) -> None:
    fill(company(dict.fromkeys(["Ana", "Bo", "Cy", "Di", "Ed", "Flo"], 6)))
    viewer = ana(workspace)
    with workspace.database.writing.begin() as session:
        decide_what_salespeople_see(session, SalespeopleSee.NOBODY, NOW)
    with workspace.database.reading() as session:
        report = own_figures(session, workspace, viewer, ASKED)
    assert not report.shows_middle
    assert all(one.middle is None for one in report.stages)
    assert report.stages[0].own.entered == 12
