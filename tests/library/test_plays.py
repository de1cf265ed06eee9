"""What to do about each signal: content, whole, in both languages, and a company's own where it brings one."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugin.domain.follow_up import Signal
from plugin.library.faults import Refused
from plugin.library.folders import shipped_folder
from plugin.library.plays import WANTED, load_plays, plays_of
from plugin.library.templates import check_folder

SHIPPED = (shipped_folder() / "plays.yaml").read_text(encoding="utf-8")


def test_every_signal_has_its_play_in_both_languages() -> None:
    plays = load_plays(shipped_folder() / "plays.yaml")
    assert set(plays) == {*Signal, "went_back", "stands_still"}
    assert all(play.en and play.fr and play.en != play.fr for play in plays.values())


def test_a_companys_plays_take_the_place_of_ours(tmp_path: Path) -> None:
    (tmp_path / "plays.yaml").write_text(SHIPPED.replace("Call before you write.", "Send the boss."), encoding="utf-8")
    assert plays_of([shipped_folder(), tmp_path])["relation_broke"].en.startswith("Send the boss.")
    assert plays_of([shipped_folder(), tmp_path / "nothing"]) == plays_of([shipped_folder()])
    assert check_folder(tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("signal: no_date", "signal: no_dates", ["there is no signal 'no_dates'", "no play for no_date: add one"]),
        ("signal: no_date", "signal: not_met", ["'not_met' has a play already", "no play for no_date: add one"]),
        ("signal: put_off", "sign: put_off", ["'sign' is not known here", "'signal' is missing here"]),
        ("plays:", "play:", ["'play' is not known here", "'plays' is missing here"]),
    ],
)
def test_a_broken_file_is_told_with_all_that_is_wrong(old: str, new: str, told: list[str], tmp_path: Path) -> None:
    path = tmp_path / "plays.yaml"
    path.write_text(SHIPPED.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(Refused) as refused:
        load_plays(path)
    lines = str(refused.value).splitlines()
    assert len(lines) == len(told)
    for part in told:
        assert any(part in line and line.startswith(f"{path}:") for line in lines), lines
    assert [str(fault) for fault in check_folder(tmp_path)] == sorted(lines, key=lambda line: lines.index(line))


def test_what_is_wanted_is_what_the_signals_are() -> None:
    assert len(WANTED) == len(set(WANTED)) == len(Signal) + 2
