"""A trial's size is known before it begins, chance alone decides who gets what, and its verdict is an interval."""

from __future__ import annotations

from collections import Counter

import pytest

from plugin.domain.trial import FEWEST, arm, arm_of, deals_per_arm, verdict
from plugin.domain.visits import Outcome


@pytest.mark.parametrize(
    ("baseline", "difference", "deals"), [(0.4, 0.1, 388), (0.5, 0.2, 93), (0.1, 0.05, 686), (0.4, -0.1, 356)]
)
def test_so_many_deals_are_needed_as_the_textbook_says(baseline: float, difference: float, deals: int) -> None:
    assert deals_per_arm(baseline, difference) == deals


def test_a_trial_has_a_smallest_size_however_great_the_hope() -> None:
    assert deals_per_arm(0.05, 0.9) == FEWEST


def test_a_deal_keeps_its_version_and_the_versions_share_the_deals_evenly() -> None:
    arms = Counter(arm_of("seed", f"deal {n}") for n in range(10_000))
    assert 4_800 < arms["a"] < 5_200
    assert all(arm_of("seed", f"deal {n}") == arm_of("seed", f"deal {n}") for n in range(100))
    assert Counter(arm_of("another", f"deal {n}") == arm_of("seed", f"deal {n}") for n in range(1_000))[True] < 600


def test_the_verdict_is_a_difference_with_its_interval() -> None:
    a = arm([(5, Outcome.ADVANCED)] * 40 + [(9, Outcome.LOST)] * 60, 30)
    b = arm([(5, Outcome.ADVANCED)] * 60 + [(9, Outcome.LOST)] * 40, 30)
    found = verdict(a, b)
    assert (a.share, b.share, found.difference) == (pytest.approx(0.4), pytest.approx(0.6), pytest.approx(0.2))
    # Two proportions: 1.96 x sqrt(0.24/100 + 0.24/100).
    assert (found.low, found.high) == (pytest.approx(0.2 - 0.1358, abs=1e-4), pytest.approx(0.2 + 0.1358, abs=1e-4))
    assert found.clear
    assert not verdict(a, a).clear


def test_an_open_deal_counts_for_as_long_as_it_was_watched_and_no_advance_behind_the_horizon() -> None:
    found = arm([(5, Outcome.ADVANCED)] * 5 + [(2, Outcome.OPEN)] * 5 + [(40, Outcome.ADVANCED)] * 5, 30)
    assert found.share == pytest.approx(0.5), "five of the ten that were still watched on day 5"
