"""When deals contradict a belief."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.domain.belief import Tally

COUNTS = st.integers(0, 50)


@pytest.mark.parametrize(
    ("heard", "confirmed", "contradicted", "flagged"),
    [(0, 0, 2, False), (2, 0, 1, True), (0, 2, 1, True), (2, 1, 1, False), (0, 0, 3, True), (9, 9, 0, False)],
)
def test_a_third_of_three_deals_at_least_contradict_a_belief(
    heard: int, confirmed: int, contradicted: int, flagged: bool
) -> None:
    assert Tally(heard, confirmed, contradicted).contradicts is flagged


@given(COUNTS, COUNTS, COUNTS)
def test_the_share_that_contradicts_is_one_of_all_that_answered(heard: int, confirmed: int, contradicted: int) -> None:
    found, total = Tally(heard, confirmed, contradicted), heard + confirmed + contradicted
    assert found.answered == total
    assert found.contradicts == (total >= 3 and Fraction(contradicted, max(total, 1)) >= Fraction(1, 3))
