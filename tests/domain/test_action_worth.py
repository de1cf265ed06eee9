"""Stop, improve, keep or extend: nothing is advised that chance alone could have made."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.domain.action import Window
from plugin.domain.action_worth import Advice, worth
from plugin.domain.effectiveness import Effect


def measured(low: float | None, high: float | None) -> Effect:
    return Effect(met=40, compared=40, shrunk=0.0, low=low, high=high)


@pytest.mark.parametrize(
    ("low", "high", "reached", "advice"),
    [
        (0.1, 0.3, 60, Advice.KEEP),
        (0.1, 0.3, 10, Advice.EXTEND),
        (-0.3, -0.1, 60, Advice.IMPROVE),
        (-0.3, -0.1, 10, Advice.STOP),
        (-0.1, 0.3, 60, Advice.UNKNOWN),
        (0.0, 0.3, 60, Advice.UNKNOWN),
        (None, None, 60, Advice.UNKNOWN),
    ],
)
def test_advice_comes_from_the_whole_interval_and_the_share_of_passages(
    low: float | None, high: float | None, reached: int, advice: Advice
) -> None:
    assert worth(measured(low, high), reached, 100).advice is advice


def test_a_third_of_the_passages_is_much() -> None:
    assert worth(measured(0.1, 0.2), 3, 9).advice is Advice.KEEP
    assert worth(measured(0.1, 0.2), 2, 9).advice is Advice.EXTEND


def test_where_nobody_passed_there_is_no_contribution() -> None:
    assert worth(measured(None, None), 0, 0).contribution is None


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 200))
def test_a_window_has_its_days_and_is_late_behind_them(first: int, length: int, day: int) -> None:
    late = Window(first, first + length).late(day)
    assert (late is None) == (day < first)
    assert (late == 0) == (first <= day <= first + length)
    assert late is None or day - late <= first + length
