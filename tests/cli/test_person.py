"""A request of a person, answered on the command line; and rules, run dry."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.companies import day, write_company


@pytest.fixture
def company(run: Run, tmp_path: Path) -> Path:
    folder = write_company(tmp_path / "company", {"d1": [("lead", day(1))], "d2": [("lead", day(2))]})
    run("connect", "csv", "sales", str(folder))
    run("sync")
    return folder


def test_a_person_is_shown_exported_and_erased_and_stays_so(run: Run, company: Path, tmp_path: Path) -> None:
    assert "Bo d1 (bo@d1.example), of the CRM sales" in run("person", "show", "BO D1").out
    told = json.loads(run("person", "export", "bo@d1").out)
    assert told["person"]["names"] == ["Bo d1"]
    assert run("person", "export", "bo@d1", "--format", "csv", "--to", str(tmp_path / "bo.csv")).status == 0
    assert "Bo d1" in (tmp_path / "bo.csv").read_text()
    assert run("person", "erase", "bo@d1", "--yes").out.endswith("0 meetings are written anew.\n")
    text = (company / "deals.csv").read_text()
    (company / "deals.csv").write_text(text.replace("1000.50", "2000"))
    assert "2 new or changed" in run("sync").out
    assert "nobody goes by 'bo@d1'" in run("person", "show", "bo@d1").err


def test_whose_name_several_have_is_chosen_by_key(run: Run, company: Path) -> None:
    said = run("person", "show", "bo").err
    assert "several go by that" in said
    key = next(line.split()[0] for line in said.splitlines() if "Bo d2" in line)
    assert run("person", "show", key).out.startswith("Bo d2")


def test_erasing_asks_unless_told_not_to(run: Run, company: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("n\n"))
    said = run("person", "erase", "bo@d1")
    assert (said.status, "Erase them for good?" in said.out) == (1, True)
    assert run("person", "show", "bo@d1").status == 0


def test_a_dry_run_says_what_every_rule_would_do_and_a_run_without_rules_does_nothing(run: Run, company: Path) -> None:
    lines = run("retention", "--dry-run").out.splitlines()
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == [
        *("closed_words", "lost_contacts", "attendees", "recaps", "drafts", "events", "sign_ins", "audit")
    ]
    assert all("(off, " in line for line in lines if not line.startswith(" "))
    assert run("retention").out == ""
