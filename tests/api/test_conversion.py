"""The report is the service's, figure for figure."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

import pytest

from plugin.domain.conversion import Period
from plugin.library.journeys import load_journey, shipped_journeys
from plugin.services.conversion import conversion
from plugin.services.objectives import Target, set_objective
from plugin.services.viewer import Role, Viewer
from plugin.services.journey_use import By, Origin, put_in_use
from plugin.services.workspace import Workspace
from plugin.store.queries.questions import Question
from tests.api.conftest import Program


def test_every_row_is_the_service_s_frozen_row(max_: Program, workspace: Workspace) -> None:
    told = max_.get("/conversion").json
    with workspace.database.reading() as session:
        report = conversion(session, workspace, Question(Period(), workspace.clock()))
    assert told["rows"] == [asdict(row) for row in report.rows]
    assert told["finding"] == asdict(report.finding)
    assert told["question"]["as_of"] == "2026-03-02T09:00:00Z"
    assert [one["label"] for one in told["unmapped"]] == ["Parked"]


def test_the_question_is_the_page_s(max_: Program, workspace: Workspace) -> None:
    asked = "from=2026-01-03&to=2026-01-31&as_of=2026-02-01&horizon=30&pipeline=new&owner=ana@seller.example"
    told = max_.get(f"/conversion?{asked}&persona=director&source=fair").json["question"]
    assert told == {
        "period": {"first": "2026-01-03", "last": "2026-01-31"},
        "as_of": "2026-02-01T23:59:59Z",
        "horizon": 30,
        "pipeline": "new",
        "owner": "ana@seller.example",
        "persona": "director",
        "source": "fair",
    }


@pytest.mark.parametrize(
    ("query", "status", "pointer"),
    [
        ("from=2026-1-1", 400, "/from"),
        ("from=0", 400, "/from"),
        ("horizon=0", 400, "/horizon"),
        ("form=2026-01-01", 400, "/form"),
        ("from=0026-01-01", 422, "/from"),
        ("from=2026-02-01&to=2026-01-01", 422, "/to"),
        ("owner=nobody", 422, "/owner"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(max_: Program, query: str, status: int, pointer: str) -> None:
    answer = max_.get(f"/conversion?{query}")
    assert (answer.status_code, [one["pointer"] for one in answer.json["errors"]]) == (status, [pointer])


def test_objectives_are_told_in_both_languages(max_: Program, workspace: Workspace) -> None:
    told = max_.get("/objectives").json["stages"]
    assert [one["key"] for one in told] == [stage.key for stage in workspace.journey.stages]
    first = workspace.journey.stages[0]
    assert told[0]["objective"] == {"en": first.objective.en, "fr": first.objective.fr}
    assert told[0]["target"] is None
    assert told[0]["evidence"][0] == {"key": first.evidence[0].key, "text": asdict(first.evidence[0].text)}


def test_an_objective_in_numbers_is_told_with_what_may_be_said_of_it(max_: Program, workspace: Workspace) -> None:
    with workspace.database.writing.begin() as session:
        viewer = Viewer(1, "Max", "max@seller.example", Role.MANAGER)
        target = Target(60, 45, date(2026, 1, 1), date(2026, 12, 31), ("marketing", "sales"))
        set_objective(session, workspace, viewer, "search", target, "")
    told = {one["key"]: one["target"] for one in max_.get("/objectives").json["stages"]}
    assert told["search"] == {
        "share": 0.6,
        "within_days": 45,
        "first_on": "2026-01-01",
        "last_on": "2026-12-31",
        "teams": ["marketing", "sales"],
        "entered": 2,
        "estimate": None,
        "low": None,
        "high": None,
        "undecided": 0,
        "verdict": "not_enough",
    }
    assert [key for key, one in told.items() if one] == ["search"]


def test_of_several_journeys_a_program_names_the_one_that_it_asks_for(max_: Program, workspace: Workspace) -> None:
    assert max_.get("/conversion?journey=aida").status_code == 422
    put_in_use(workspace, load_journey(shipped_journeys()["aida"]), Origin.SHIPPED, By())
    told = max_.get("/conversion?journey=aida").json
    assert [row["stage"] for row in told["rows"]] == ["attention", "interest", "desire", "action"]
    assert [row["entered"] for row in told["rows"]] == [0, 0, 0, 0]
    assert max_.get("/objectives?journey=aida").json["key"] == "aida"
    assert max_.get("/objectives").json["key"] == "figure8"
    assert max_.get("/objectives?journey=figure8").json["key"] == "figure8"
    assert max_.get("/deals?stage=attention").json["deals"] == []
