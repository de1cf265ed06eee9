"""Files of touches on the command line."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Run
from tests.cli.test_commands import synced


def test_a_file_of_touches_is_looked_at_added_once_and_its_faults_are_told(run: Run, tmp_path: Path) -> None:
    synced(run, tmp_path / "company")
    file = tmp_path / "sheet.csv"
    file.write_text("deal;date;channel\nd1;31/01/2026;Fair\nd2;;Fair\n", encoding="utf-8")
    said = run("touches", "import", str(file), "--look")
    assert said.status == 1
    assert said.err == "sheet.csv:2: date: “31/01/2026” is no date of the form that you chose.\n"
    assert said.out == "1 touches of 1 deals would be added, 0 were here already\n"
    said = run("touches", "import", str(file), "--dates", "day-first")
    assert (said.status, said.out) == (0, "2 touches of 2 deals added, 0 were here already\n")
    assert run("touches", "import", str(file), "--dates", "day-first").out == (
        "0 touches of 0 deals added, 2 were here already\n"
    )


def test_a_file_that_is_none_is_told_and_nothing_is_added(run: Run, tmp_path: Path) -> None:
    synced(run, tmp_path / "company")
    file = tmp_path / "sheet.csv"
    file.write_text("day;road\n", encoding="utf-8")
    said = run("touches", "import", str(file))
    assert said.status == 2
    assert "No column tells the deal" in said.err
