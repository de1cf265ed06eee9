"""The journey drawn: every stage on the picture, forward along the way, back across it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from plugin.domain.moves import StageMove
from plugin.domain.visits import replay
from plugin.library.journeys import load_journey, shipped_journeys
from plugin.rendering.journey_map import JourneyMap, draw

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = START + timedelta(days=100)
FIGURE8 = load_journey(shipped_journeys()["figure8"])


def drawn(*stages: str, journey: str = "figure8", tall: bool = False) -> JourneyMap:
    """The map of a deal that entered these stages ten days apart."""
    used = load_journey(shipped_journeys()[journey])
    moves = [StageMove(f"{n}", START + timedelta(days=10 * n), stage) for n, stage in enumerate(stages)]
    history = replay(moves, used)
    return draw(used, history.visits, history.standing, NOW, tall)


@pytest.mark.parametrize("journey", sorted(shipped_journeys()))
@pytest.mark.parametrize("tall", [False, True])
def test_every_stage_of_every_journey_stands_on_the_picture_apart_from_the_others(journey: str, tall: bool) -> None:
    found = drawn(journey=journey, tall=tall)
    stages = load_journey(shipped_journeys()[journey]).stages
    assert [one.key for one in found.stations] == [stage.key for stage in stages]
    places = {(round(one.x / 20), round(one.y / 20)) for one in found.stations}
    assert len(places) == len(stages)
    for one in found.stations:
        assert 10 < one.x < found.width - 10
        assert 10 < one.y < found.height - 10
        assert 8 < one.label_y < found.height - 16


def test_forward_runs_along_the_way_and_back_cuts_across() -> None:
    found = drawn("problem", "search", "select", "problem")
    assert len(found.trails) == 2
    assert len(found.returns) == 1
    assert "Q" in found.returns[0]


def test_the_stage_where_the_buyer_stands_is_told_from_those_visited_and_ahead() -> None:
    states = {one.key: one.state for one in drawn("problem", "search").stations}
    assert states["problem"] == "visited"
    assert states["search"] == "here"
    assert states["select"] == "ahead"


def test_days_add_up_over_all_visits_of_a_stage() -> None:
    (search,) = [one for one in drawn("search", "problem", "search").stations if one.key == "search"]
    assert (search.visits, search.days) == (2, 90)


def test_a_deal_that_is_lost_stands_nowhere_and_its_days_end_there() -> None:
    found = drawn("problem", "lost")
    assert [one.state for one in found.stations if one.state == "here"] == []
    assert found.stations[0].days == 10


def test_a_new_round_leads_on_through_the_middle() -> None:
    found = drawn("recommend", "problem")
    assert found.returns == ()
    (trail,) = found.trails
    middle = min(abs(float(x) - found.width / 2) for x, _ in re.findall(r"([\d.]+) ([\d.]+)", trail))
    assert middle < 10
