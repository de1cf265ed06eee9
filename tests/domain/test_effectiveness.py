"""What followed a meeting is set against deals of the same kind and age, and drawn to the mean by how unsure it is."""

from __future__ import annotations

from collections import Counter, defaultdict
from random import Random

import pytest

from plugin.domain.effectiveness import Effect, Followed, Stratum, Unmet, effect, shrink
from plugin.domain.visits import Outcome

ANY: Stratum = ("director", "fair")


def test_deals_are_compared_from_the_day_of_their_meeting_on() -> None:
    """Unmet: of 20 on day 0, 10 advance on day 2; of the 10 left on day 5, half advance on day 8, the rest stay."""
    unmet = {ANY: Unmet(Counter({2: 10, 8: 5}), Counter(), Counter({40: 5}))}
    followed = [Followed(ANY, 5, 4, Outcome.ADVANCED, 6), Followed(ANY, 5, 30, Outcome.OPEN, 4)]
    found = effect(followed, unmet, 30)
    assert (found.met, found.compared) == (10, 10)
    assert found.observed == pytest.approx(0.6)
    assert found.expected == pytest.approx(0.5), "five of the ten who were there on day 5, not fifteen of twenty"
    assert found.difference == pytest.approx(0.1)


def test_within_the_horizon_means_before_its_last_day_is_over() -> None:
    unmet = {ANY: Unmet(Counter({29: 5, 30: 5}), Counter(), Counter({50: 10}))}
    followed = [Followed(ANY, 0, 29, Outcome.ADVANCED, 5), Followed(ANY, 0, 30, Outcome.ADVANCED, 5)]
    found = effect(followed, unmet, 30)
    assert (found.observed, found.expected) == (pytest.approx(0.5), pytest.approx(0.25))


def test_a_kind_with_too_few_unmet_deals_is_compared_with_its_persona_and_then_with_all() -> None:
    unmet = {
        ("director", "fair"): Unmet(Counter({3: 5}), Counter(), Counter({40: 4})),
        ("director", "web"): Unmet(Counter({3: 1}), Counter(), Counter({40: 10})),
        ("chef", "web"): Unmet(Counter({3: 30}), Counter(), Counter()),
    }
    met = [Followed(("director", "fair"), 0, 5, Outcome.OPEN, 10)]
    assert effect(met, unmet, 30).expected == pytest.approx(6 / 20)
    strangers = [Followed(("nobody", "nowhere"), 0, 5, Outcome.OPEN, 10)]
    assert effect(strangers, unmet, 30).expected == pytest.approx(36 / 50)


def test_fewer_than_ten_with_anybody_to_compare_say_nothing() -> None:
    unmet = {ANY: Unmet(Counter({3: 5}), Counter(), Counter({9: 15}))}
    few = effect([Followed(ANY, 0, 5, Outcome.ADVANCED, 9)], unmet, 30)
    late = effect([Followed(ANY, 12, 5, Outcome.ADVANCED, 20)], unmet, 30)
    assert (few.difference, few.met, late.difference, late.met, late.compared) == (None, 9, None, 20, 0)


@pytest.mark.parametrize("lift", [0.0, 0.25])
def test_a_meeting_that_long_lived_deals_have_is_not_praised_for_it_and_a_real_lift_is_found(lift: float) -> None:
    """Simulated: every day a deal may end; those still there may be met, and what they do after it is changed."""
    chance = Random(5)
    followed: list[Followed] = []
    unmet: defaultdict[Stratum, Unmet] = defaultdict(Unmet)
    for _ in range(6_000):
        stratum: Stratum = chance.choice([("director", "fair"), ("chef", "web")])
        daily = 0.02 if stratum[0] == "director" else 0.01
        met, day = None, 0
        outcome = Outcome.OPEN
        while day < 120 and outcome is Outcome.OPEN:
            hazard = daily + (lift * 0.05 if met is not None else 0)
            draw = chance.random()
            if draw < hazard:
                outcome = Outcome.ADVANCED
            elif draw < hazard + 0.008:
                outcome = Outcome.LOST
            else:
                met = day + 1 if met is None and chance.random() < 0.02 else met
                day += 1
        if met is None:
            counts = {Outcome.ADVANCED: unmet[stratum].advanced, Outcome.LOST: unmet[stratum].lost}
            counts.get(outcome, unmet[stratum].watched)[day] += 1
        else:
            unmet[stratum].watched[met] += 1
            followed.append(Followed(stratum, met, day - met, outcome))
    found = effect(followed, unmet, 30)
    assert found.difference is not None
    assert found.error is not None
    if lift:
        assert found.difference > 3 * found.error
    else:
        assert abs(found.difference) < 2 * found.error


def test_unsure_differences_are_drawn_further_to_the_mean() -> None:
    effects = [
        Effect(500, 500, 0.5, 0.3, 0.2, 0.02),
        Effect(500, 500, 0.3, 0.3, 0.0, 0.02),
        Effect(12, 12, 0.8, 0.3, 0.5, 0.25),
        Effect(4, 4),
    ]
    sure, none, unsure, silent = shrink(effects, effects)
    assert sure.shrunk is not None and none.shrunk is not None and unsure.shrunk is not None  # noqa: PT018
    assert sure.shrunk == pytest.approx(0.2, abs=0.02)
    assert none.shrunk == pytest.approx(0.0, abs=0.02)
    assert 0.05 < unsure.shrunk < 0.35, "more than half of the way from 0.5 to the mean of about 0.1"
    assert unsure.low is not None and unsure.low < 0  # noqa: PT018
    assert silent == effects[3]


def test_versions_are_drawn_to_the_mean_of_those_among_which_they_are_set() -> None:
    templates = [Effect(500, 500, 0.5, 0.3, 0.2, 0.02), Effect(500, 500, 0.4, 0.3, 0.1, 0.02)]
    (version,) = shrink([Effect(20, 20, 0.9, 0.3, 0.6, 0.2)], templates)
    assert version.shrunk == pytest.approx(0.17, abs=0.03)


def test_the_only_meeting_is_shown_as_it_was_measured() -> None:
    effects = [Effect(50, 50, 0.5, 0.3, 0.2, 0.1)]
    (only,) = shrink(effects, effects)
    assert (only.shrunk, only.low, only.high) == pytest.approx((0.2, 0.2 - 1.96 * 0.1, 0.2 + 1.96 * 0.1), abs=1e-4)
