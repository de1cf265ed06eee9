"""Which way a buyer moves, and how fast, against the deals that were in the same stage."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from plugin.domain.direction import Direction, Pace, Reading, Stays, read_direction
from plugin.domain.visits import Standing
from tests.histories import START

HERE = Standing("search", "open", START, False, 1, 1, START)
# Twenty left, on days 5, 10, 15 … 100: half by day 50, three quarters by day 75.
PEERS = Stays(left=Counter(dict.fromkeys(range(5, 105, 5), 1)))


def reading(days: float, stays: Stays = PEERS, came_back: bool = False) -> Reading:
    return read_direction(HERE._replace(came_back=came_back), stays, START + timedelta(days=days))


@pytest.mark.parametrize(
    ("days", "direction", "pace"),
    [
        (4, Direction.FORWARD, Pace.FAST),
        (25, Direction.FORWARD, Pace.USUAL),
        (75, Direction.FORWARD, Pace.SLOW),
        (76, Direction.STILL, Pace.SLOW),
    ],
)
def test_a_deal_is_read_against_the_stays_of_others(days: int, direction: Direction, pace: Pace) -> None:
    found = reading(days)
    assert (found.direction, found.pace) == (direction, pace)
    assert (found.days, found.median, found.third_quartile, found.peers) == (days, 50, 75, 20)


def test_a_stay_that_began_by_going_back_is_backward_however_short() -> None:
    assert reading(1, came_back=True).direction is Direction.BACK
    assert reading(1, came_back=True).alert


def test_with_too_few_peers_a_deal_stands_still_after_forty_five_days() -> None:
    few = Stays(left=Counter({3: 9}))
    assert (reading(45, few).direction, reading(46, few).direction) == (Direction.FORWARD, Direction.STILL)
    assert reading(46, few).pace is Pace.UNKNOWN


def test_open_peers_are_censored_so_a_stage_that_few_have_left_is_not_fast() -> None:
    mostly_open = Stays(left=Counter({2: 3}), staying=Counter({30: 27}))
    found = reading(30, mostly_open)
    assert found.share_left == pytest.approx(0.1)
    assert found.median is None
    assert found.pace is Pace.UNKNOWN


def test_a_deal_whose_start_is_unknown_has_no_pace_and_does_not_stand_still() -> None:
    found = read_direction(HERE._replace(since=None), PEERS, START)
    assert (found.days, found.pace, found.direction) == (None, Pace.UNKNOWN, Direction.FORWARD)


def test_the_share_of_peers_that_has_left_by_a_day() -> None:
    peers = Stays(Counter({2: 4, 4: 4}), Counter({9: 8}))
    assert [peers.share_left_by(day) for day in (1, 2, 3, 4, 99)] == pytest.approx([0.0, 0.25, 0.25, 0.5, 0.5])
    assert Stays(Counter({2: 1})).share_left_by(5) is None, "nine peers or fewer say nothing"
