"""The command line does the main job, and says in words what went wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.companies import day, write_company


def synced(run: Run, folder: Path, deals: int = 12) -> None:
    moves = {f"d{n}": [("lead", day(1)), ("call", day(2 + n))] for n in range(deals)}
    run("connect", "csv", "sales", str(write_company(folder, moves)))
    assert run("sync", "sales").status == 0


def test_a_folder_is_connected_synced_and_read(run: Run, tmp_path: Path) -> None:
    synced(run, tmp_path / "company")
    said = run("sync")
    assert said.out == "sales: 12 deals read, 0 new or changed, 0 gone, 0 meetings, 0 faults\n"


def test_conversion_as_json_has_one_item_a_stage_in_journey_order(run: Run, tmp_path: Path) -> None:
    synced(run, tmp_path / "company")
    said = run("conversion", "--json", "--as-of", "2026-01-20", "--horizon", "30")
    report = json.loads(said.out)
    assert list(report) == ["as_of", "from", "to", "horizon_days", "stages"]
    assert (report["as_of"], report["from"], report["horizon_days"]) == ("2026-01-20T23:59:59+00:00", None, 30)
    first = report["stages"][0]
    names = "stage entered reached skipped advanced lost open went_back reopened naive estimate low high eventual"
    assert list(first) == [*names.split(), "median_days"]
    assert [stage["stage"] for stage in report["stages"]][:4] == ["problem", "search", "select", "buy"]
    assert (first["entered"], first["advanced"], first["estimate"], first["low"]) == (12, 12, 1.0, None)


def test_a_day_is_read_as_its_last_second_and_both_ends_of_a_period_are_included(run: Run, tmp_path: Path) -> None:
    synced(run, tmp_path / "company")
    report = json.loads(run("conversion", "--json", "--from", "2026-01-02", "--to", "2026-01-03").out)
    assert [stage["entered"] for stage in report["stages"]][:2] == [0, 2]


def test_an_account_changes_its_role_its_lost_password_and_is_closed(run: Run) -> None:
    run("user", "add", "ana@example.com", "--role", "salesperson")
    assert run("user", "role", "Ana@Example.com", "manager").out == "Ana@Example.com may sign in as manager.\n"
    assert run("user", "password", "ana@example.com").out.startswith("ana@example.com has a new password: ")
    assert run("user", "disable", "ana@example.com").out == "ana@example.com may not sign in any more.\n"
    assert "nobody signs in as bob@example.com" in run("user", "disable", "bob@example.com").err


def test_a_template_goes_out_as_a_folder_and_comes_in_as_the_version_in_use(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    assert run("templates", "export", "discovery", str(folder)).status == 0
    script = folder / "meetings" / "discovery" / "en" / "script.yaml"
    script.write_text(script.read_text().replace("title: Discovery", "title: First look"))
    said = run("templates", "import", str(folder), "--note", "Warmer")
    assert said.out.startswith("discovery: version ")
    assert run("templates", "export", "discovery", str(tmp_path / "again")).out.endswith(said.out.split()[2] + "\n")
    assert "is there already" in run("templates", "export", "discovery", str(folder)).err
    assert "there is no template 'x'" in run("templates", "export", "x", str(folder)).err
    script.write_text("title: [")
    assert "nothing was changed" in run("templates", "import", str(folder)).err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("conversion", "--from", "yesterday"), "'yesterday' is not a day: write it as 2026-03-31"),
        (("conversion", "--as-of", "2026-03-31T12:00:00"), "has no offset"),
        (("conversion", "--as-of", "noon"), "neither a day (2026-03-31) nor an instant"),
        (("conversion", "--from", "2026-02-01", "--to", "2026-01-01"), "ends before it begins"),
        (("conversion", "--horizon", "0"), "0 is not in the range"),
        (("sync",), "nothing is connected yet"),
        (("sync", "nowhere"), "nothing is connected yet"),
        (("connect", "csv", "x", "/no/such/folder"), "does not exist"),
        (("user", "add", "me@example.com", "--role", "king"), "'king' is not one of"),
    ],
)
def test_a_command_that_makes_no_sense_is_told_in_words(run: Run, words: tuple[str, ...], complaint: str) -> None:
    said = run(*words)
    assert said.status == 2
    assert complaint in " ".join(said.err.split())
    assert "Traceback" not in said.err


def test_an_unknown_deal_is_told(run: Run) -> None:
    said = run("deal", "show", "d99")
    assert said.status == 1
    assert "no deal is called 'd99'" in said.err


def test_a_deal_is_shown_with_its_visits_and_what_is_missing(run: Run, tmp_path: Path) -> None:
    synced(run, tmp_path / "company")
    said = run("deal", "show", "d3")
    assert "2026-01-01 → 2026-01-05  problem" in said.out
    assert "Next meeting: framing" in said.out
    facts = json.loads(run("deal", "show", "d3", "--json").out)
    assert [visit["stage"] for visit in facts["visits"]] == ["problem", "search"]
    assert facts["next_meeting"] == "framing"


def test_bad_rows_are_listed_the_good_ones_loaded_and_the_status_tells(run: Run, tmp_path: Path) -> None:
    folder = write_company(tmp_path / "company", {"d1": [("lead", day(1)), ("call", "soon")], "d2": [("lead", day(1))]})
    run("connect", "csv", "sales", str(folder))
    said = run("sync")
    assert said.status == 1
    assert "stage_moves.csv:3: at: 'soon' is not a time" in said.err
    assert "2 deals read" in said.out
    told = json.loads(run("sync", "--json").out)
    assert told["faults"][0]["line"] == 3


def test_a_source_that_disappeared_is_told_and_the_status_is_two(run: Run, tmp_path: Path) -> None:
    synced(run, tmp_path / "company")
    (tmp_path / "company" / "deals.csv").unlink()
    said = run("sync")
    assert said.status == 2
    assert "deals.csv: the file is missing" in said.err


def test_what_is_derived_is_made_anew_from_the_facts(run: Run, tmp_path: Path) -> None:
    synced(run, tmp_path / "company")
    before = run("conversion", "--json", "--as-of", "2026-02-01").out
    assert run("rebuild").out == "12 deals rebuilt from their facts.\n"
    assert run("conversion", "--json", "--as-of", "2026-02-01").out == before


def test_an_account_gets_a_first_password_once(run: Run) -> None:
    assert "First password: " in run("user", "add", "ana@example.com", "--role", "manager").out
    again = run("user", "add", "ANA@example.com", "--role", "manager")
    assert again.status == 1
    assert "Traceback" not in again.err


def test_the_database_is_made_once_and_checked(run: Run) -> None:
    before = run("db", "check")
    assert before.status == 1
    assert "run «parcours db upgrade»" in before.err
    assert "from revision nothing" in run("db", "upgrade").out
    assert "up to date" in run("db", "upgrade").out
    assert run("db", "check").status == 0


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("PARCOURS_PORT", "http", "give a number from 1 to 65535"),
        ("PARCOURS_DATABASE_URL", "nonsense", "PARCOURS_DATABASE_URL can't be used"),
        ("PARCOURS_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none", "the database can't be used"),
        ("PARCOURS_HOME", "/proc/nowhere", "can't be used"),
        ("PARCOURS_JOURNEY", "/no/journey.yaml", "/no/journey.yaml"),
    ],
)
def test_a_setting_that_cannot_be_used_is_told(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str, complaint: str
) -> None:
    monkeypatch.setenv(name, value)
    said = run("conversion")
    assert said.status == 2
    assert complaint in said.err
    assert "Traceback" not in said.err


def test_another_journey_reads_the_same_facts_at_once(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced(run, tmp_path / "company")
    before = run("conversion", "--json", "--as-of", "2026-02-01").out
    monkeypatch.setenv("PARCOURS_JOURNEY", "aida")
    other = json.loads(run("conversion", "--json").out)
    assert [stage["stage"] for stage in other["stages"]] == ["attention", "interest", "desire", "action"]
    assert "no known stage" in run("deal", "show", "d1").out
    monkeypatch.delenv("PARCOURS_JOURNEY")
    assert run("conversion", "--json", "--as-of", "2026-02-01").out == before
