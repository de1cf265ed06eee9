"""A crowd of deals: who went on, back, was lost; where most of them leak; when meetings usually take place."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from plugin.domain.crowd import Led, StageCrowd, largest_leak, led
from plugin.domain.moves import LOST, WON
from plugin.domain.stage_map import UsualDays, usual_days
from tests.histories import JOURNEY, KEYS, small_journey

FLOWS = st.dictionaries(st.sampled_from([*KEYS, WON, LOST, None]), st.integers(0, 500))


def crowd(stage: str, lost: int = 0, back: int = 0) -> StageCrowd:
    return StageCrowd(stage, 0, 0, 0, 0, Led(0, back, lost, 0, {}))


@given(FLOWS, st.sampled_from(KEYS))
def test_each_deal_that_entered_went_on_or_back_was_lost_or_is_still_there(
    flow: dict[str | None, int], stage: str
) -> None:
    found = led(JOURNEY, stage, flow)
    assert found.entered == sum(flow.values())
    assert found.on + found.back + found.lost + found.staying == found.entered
    assert sum(found.returns.values()) == found.back
    assert all(KEYS.index(to) < KEYS.index(stage) for to in found.returns)


def test_a_win_is_on_and_an_earlier_stage_of_the_loop_is_back() -> None:
    found = led(JOURNEY, "select", {"buy": 3, WON: 2, "problem": 4, "search": 1, LOST: 5, None: 6})
    assert found == Led(on=5, back=5, lost=5, staying=6, returns={"problem": 4, "search": 1})


def test_a_customer_with_a_new_need_goes_on_to_the_purchase_loop() -> None:
    assert led(JOURNEY, "use", {"problem": 2, "onboard": 1}) == Led(2, 1, 0, 0, {"onboard": 1})


def test_the_largest_leak_is_where_most_were_lost_or_went_back() -> None:
    leaking = [crowd("problem", lost=4), crowd("search", lost=2, back=3), crowd("select", back=1)]
    assert largest_leak(JOURNEY, leaking) == leaking[1]
    assert largest_leak(JOURNEY, [crowd("problem"), crowd("buy")]) is None


def test_of_equal_leaks_the_one_nearest_to_the_purchase_is_named() -> None:
    near = small_journey(("far", "near"), 2)
    stages = tuple(replace(stage, distance=n) for stage, n in zip(near.stages, (1, 0), strict=True))
    leaking = [crowd("far", lost=3), crowd("near", back=3)]
    assert largest_leak(replace(near, stages=stages), leaking) == leaking[1]


@given(st.lists(st.integers(0, 400), min_size=10, max_size=60))
def test_half_of_the_meetings_lie_between_the_usual_days(days: list[int]) -> None:
    found = usual_days(days)
    assert found is not None
    assert found.first <= found.middle <= found.last
    assert sum(found.first <= day <= found.last for day in days) * 2 >= len(days)
    assert {found.first, found.middle, found.last} <= set(days)


def test_fewer_than_ten_meetings_make_no_usual_day() -> None:
    assert usual_days([3] * 9) is None
    assert usual_days([3] * 10) == UsualDays(3, 3, 3, 10)
