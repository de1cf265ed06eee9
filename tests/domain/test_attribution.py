"""Credit for passages: four rules side by side, each sharing exactly what there is to share."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.domain.attribution import Rule, attribute, weights

HALF, ALL = Fraction(1, 2), Fraction(1)
PASSAGES = st.lists(st.lists(st.sampled_from(["fair", "letter", "webinar", "search", None]), max_size=9), max_size=30)


def by_hand(passages: list[list[str | None]]) -> dict[Rule, dict[str | None, float]]:
    """The same, said otherwise: touch by touch, in plain numbers."""
    found: dict[Rule, dict[str | None, float]] = {rule: {} for rule in Rule}
    for keys in passages:
        n = len(keys)
        for place, key in enumerate(keys):
            at_end = place in (0, n - 1)
            position = 1.0 if n == 1 else 0.5 if n == 2 else 0.4 if at_end else 0.2 / (n - 2)
            given_ = {
                Rule.FIRST: float(place == 0),
                Rule.LAST: float(place == n - 1),
                Rule.LINEAR: 1 / n,
                Rule.POSITION: position,
            }
            for rule, share in given_.items():
                found[rule][key] = found[rule].get(key, 0.0) + share
    return found


@given(PASSAGES)
def test_every_rule_shares_out_exactly_the_passages_with_touches(passages: list[list[str | None]]) -> None:
    found = attribute(passages)

    assert found.touched == sum(1 for keys in passages if keys)
    assert found.untouched == len(passages) - found.touched
    for rule in Rule:
        assert sum(credit.shares[rule] for credit in found.credits) == found.touched


@given(PASSAGES)
def test_a_share_is_what_a_sum_by_hand_gives(passages: list[list[str | None]]) -> None:
    found = attribute(passages)

    for rule, shares in by_hand(passages).items():
        counted = {credit.key: float(credit.shares[rule]) for credit in found.credits}
        assert counted == pytest.approx(shares)


@given(PASSAGES)
def test_a_key_counts_a_passage_once_however_often_it_touched(passages: list[list[str | None]]) -> None:
    for credit in attribute(passages).credits:
        assert credit.passages == sum(1 for keys in passages if credit.key in keys)
        assert all(0 <= share <= credit.passages for share in credit.shares.values())


@given(PASSAGES, st.randoms(use_true_random=False))
def test_the_order_of_passages_changes_nothing(passages: list[list[str | None]], random: object) -> None:
    mixed = list(passages)
    random.shuffle(mixed)  # type: ignore[attr-defined]

    assert attribute(mixed) == attribute(passages)


@given(st.integers(1, 60))
def test_the_weights_of_one_passage_are_one(touches: int) -> None:
    assert {rule: sum(cut) for rule, cut in weights(touches).items()} == dict.fromkeys(Rule, 1)


def test_one_touch_has_it_all_and_two_share_by_position_half_and_half() -> None:
    assert weights(1)[Rule.POSITION] == (ALL,)
    assert weights(2)[Rule.POSITION] == (HALF, HALF)


def test_by_position_the_ends_have_forty_percent_each() -> None:
    fifth = Fraction(1, 5)
    assert weights(3)[Rule.POSITION] == (2 * fifth, fifth, 2 * fifth)
    assert weights(4)[Rule.POSITION] == (2 * fifth, fifth / 2, fifth / 2, 2 * fifth)


def test_nothing_is_shared_where_nothing_touched() -> None:
    found = attribute([[], []])
    assert (found.credits, found.touched, found.untouched) == ((), 0, 2)
