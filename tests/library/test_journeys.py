"""Journeys come from files; ours are three, and the figure 8 is the method's."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugin.domain.journey import Loop, Text
from plugin.library import folders
from plugin.library.journeys import load_journey, shipped_journeys

# key: loop, distance, evidence, the meeting that mirrors it
FIGURE_8 = {
    "problem": ("purchase", 3, ["problem_stated", "problem_cost", "sufferer_named"], "discovery"),
    "search": ("purchase", 2, ["result_corrected", "date_and_judge", "routes_named"], "framing"),
    "select": ("purchase", 1, ["criteria_weighted", "objections_voiced", "decider_brought"], "proof"),
    "buy": ("purchase", 0, ["path_signer_date", "draft_commented", "signed"], "decision"),
    "onboard": ("usage", 3, ["first_result", "owner_named"], "kickoff"),
    "use": ("usage", 2, ["result_confirmed", "failure_named"], "value_review"),
    "sustain": ("usage", 1, ["intent_stated", "budget_and_date"], "renewal"),
    "recommend": ("usage", 0, ["name_or_quote", "renewed_or_extended"], "advocate"),
}


def test_a_journey_is_read_as_it_was_written(folder: Path) -> None:
    journey = load_journey(folder / "journeys/two_steps.yaml")

    assert (journey.key, journey.name) == ("two_steps", Text("Two steps and a year", "Deux étapes et une année"))
    assert [stage.key for stage in journey.stages] == ["doubt", "choice", "year"]
    year = journey.stage("year")
    assert (year.loop, year.position, year.distance) == (Loop.USAGE, 3, 0)
    assert year.question.in_language("fr") == "Le referais-je ?"
    assert [(item.key, item.text.en) for item in year.evidence] == [("result_said", "Says the result in figures")]
    assert year.meetings == ("value_review", "renewal")


def test_words_that_yaml_takes_for_something_else_stay_words(folder: Path) -> None:
    path = folder / "journeys/two_steps.yaml"
    text = path.read_text(encoding="utf-8").replace("{en: Choice, fr: Choix}", "{en: yes, fr: 12:30}")
    path.write_text(text.replace("key: choice", "key: on"), encoding="utf-8")

    assert load_journey(path).stage("on").name == Text("yes", "12:30")


def test_three_journeys_ship_with_us() -> None:
    journeys = shipped_journeys()

    assert sorted(journeys) == ["aida", "awareness", "figure8"]
    assert {key: load_journey(path).key for key, path in journeys.items()} == {key: key for key in journeys}


def test_the_figure_8_is_the_methods() -> None:
    journey = load_journey(shipped_journeys()["figure8"])

    assert {
        stage.key: (stage.loop, stage.distance, [item.key for item in stage.evidence], stage.meetings[0])
        for stage in journey.stages
    } == FIGURE_8


@pytest.mark.parametrize("installed", [True, False])
def test_our_content_is_found_installed_and_in_a_bare_checkout(
    installed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not installed:
        monkeypatch.setattr(folders, "find_spec", lambda _name: None)

    assert (folders.shipped_folder() / "personas.yaml").is_file()
