"""What the first sentence of a report may say."""

from __future__ import annotations

from collections import Counter

from plugin.domain.conversion import Histogram, StageConversion, measure
from plugin.domain.finding import Change, Kind, trend, what_stands_out


def row(stage: str, advanced: int, lost: int) -> StageConversion:
    return measure(stage, Histogram(advanced=Counter({3: advanced}), lost=Counter({3: lost})), 90)


def test_a_stage_is_called_weakest_only_where_the_intervals_lie_apart() -> None:
    found = what_stands_out([row("problem", 90, 10), row("search", 20, 80), row("select", 85, 15)])
    assert (found.kind, found.row and found.row.stage) == (Kind.WEAKEST, "search")


def test_the_lowest_figure_within_chance_is_only_called_lowest() -> None:
    found = what_stands_out([row("problem", 7, 5), row("search", 6, 6)])
    assert (found.kind, found.row and found.row.stage) == (Kind.LOWEST, "search")


def test_one_stage_alone_is_not_compared() -> None:
    assert what_stands_out([row("problem", 7, 5)]).kind is Kind.ALONE


def test_without_enough_data_it_is_said_how_much_there_is_and_how_much_would_do() -> None:
    found = what_stands_out([row("problem", 4, 5), row("search", 1, 1)])
    assert (found.kind, found.row, found.most, found.needed) == (Kind.NOT_ENOUGH, None, 9, 10)


def test_a_change_is_called_one_only_where_the_intervals_lie_apart() -> None:
    low, high, near = row("search", 30, 70), row("search", 70, 30), row("search", 33, 67)
    assert [found.change for found in (trend(high, low), trend(low, high), trend(near, low)) if found] == [
        Change.UP,
        Change.DOWN,
        Change.UNCLEAR,
    ]
    assert trend(low, row("search", 3, 2)) is None
    assert trend(row("search", 3, 2), low) is None
