"""The figure 8 of a crowd: every stage on it, weights by deals, and no label ever on another."""

from __future__ import annotations

from itertools import combinations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.domain.crowd import StageCrowd, largest_leak, led
from plugin.domain.journey import Journey
from plugin.domain.moves import LOST, WON
from plugin.library.journeys import load_journey, shipped_journeys
from plugin.rendering.crowd_map import CrowdMap, draw_crowd
from plugin.rendering.labels import Box, width_of, wrapped
from tests.histories import small_journey

JOURNEYS = {key: load_journey(path) for key, path in shipped_journeys().items()}


def crowds(journey: Journey, chance: Random) -> list[StageCrowd]:
    """Some numbers are small, some are those of a book of millions, some are none."""

    def some() -> int:
        return chance.choice([0, chance.randint(0, 40), chance.randint(0, 12_000), chance.randint(0, 2_000_000)])

    found = []
    for stage in journey.stages:
        ways = some(), some(), some()
        targets = [*(one.key for one in journey.stages if one.key != stage.key), WON, LOST, None]
        flow = {target: some() for target in targets}
        found.append(StageCrowd(stage.key, sum(ways), *ways, led(journey, stage.key, flow)))
    return found


def drawn(journey: Journey, crowd: list[StageCrowd], language: str, tall: bool) -> CrowdMap:
    names = {stage.key: stage.name.in_language(language) for stage in journey.stages}
    words = "Plus forte fuite" if language == "fr" else "Largest leak"
    return draw_crowd(journey, crowd, largest_leak(journey, crowd), names, words, tall)


def labels(found: CrowdMap) -> list[Box]:
    numbers = [one.label for one in (*found.ons, *found.returns) if one.label]
    rings = [Box(one.x - one.ring, one.y - one.ring, 2 * one.ring, 2 * one.ring) for one in found.stations]
    return [*numbers, *rings, *(one.box for one in found.stations)]


@pytest.mark.parametrize("tall", [False, True])
@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("key", sorted(JOURNEYS))
def test_the_track_runs_through_no_name(key: str, language: str, tall: bool) -> None:
    empty = [StageCrowd(stage.key, 0, 0, 0, 0, led(JOURNEYS[key], stage.key, {})) for stage in JOURNEYS[key].stages]
    found = drawn(JOURNEYS[key], empty, language, tall)
    track = [tuple(map(float, point.split())) for point in found.track[1:].split("L")]
    for box in (one.box for one in found.stations):
        assert not [p for p in track if 0 < p[0] - box.x < box.width and 0 < p[1] - box.y < box.height]
    assert all(one.head for one in found.ons), "each way shows its direction, deals or none"


@pytest.mark.parametrize("tall", [False, True])
@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("key", sorted(JOURNEYS))
def test_no_label_touches_another_or_leaves_the_picture(key: str, language: str, tall: bool) -> None:
    for seed in range(40):
        found = drawn(JOURNEYS[key], crowds(JOURNEYS[key], Random(seed)), language, tall)
        boxes = labels(found)
        assert [pair for pair in combinations(boxes, 2) if pair[0].touches(pair[1])] == [], seed
        assert [box for box in boxes if not stands_in(found, box)] == [], seed
        assert all(one.label for one in found.ons if one.deals), seed


def stands_in(found: CrowdMap, box: Box) -> bool:
    across = box.x >= 0 and box.x + box.width <= found.width
    return across and box.y >= found.top and box.y + box.height <= found.top + found.height


@pytest.mark.parametrize("stages", [1, 2, 5, 6])
@pytest.mark.parametrize("tall", [False, True])
def test_journeys_of_other_sizes_and_long_names_fit_as_well(stages: int, tall: bool) -> None:
    journey = small_journey(tuple(f"stage_{n}" for n in range(2 * stages)), stages)
    crowd = [StageCrowd(one.key, 6, 3, 2, 1, led(journey, one.key, {LOST: 4, WON: 2})) for one in journey.stages]
    names = {one.key: "Approvisionnement réglementaire international" for one in journey.stages}
    found = draw_crowd(journey, crowd, crowd[0], names, "Largest leak", tall)
    assert [one.box for one in found.stations if not stands_in(found, one.box)] == []
    assert [one.crowd.stage for one in found.stations] == [one.key for one in journey.stages]


@pytest.mark.parametrize("key", sorted(JOURNEYS))
def test_more_deals_make_a_thicker_line(key: str) -> None:
    journey = JOURNEYS[key]
    on = {stage.key: {WON: 10 * (n + 1)} for n, stage in enumerate(journey.stages)}
    crowd = [StageCrowd(stage, 0, 0, 0, 0, led(journey, stage, flow)) for stage, flow in on.items()]
    widths = [one.width for one in drawn(journey, crowd, "en", False).ons]
    assert widths == sorted(widths)
    assert len(set(widths)) == len(widths)


def test_each_return_is_drawn_from_the_stage_left_to_the_stage_reached() -> None:
    journey = JOURNEYS["figure8"]
    flows = {"select": {"problem": 4, "search": 13}, "use": {"onboard": 2}}
    crowd = [
        StageCrowd(one.key, 0, 0, 0, 0, led(journey, one.key, dict(flows.get(one.key, {})))) for one in journey.stages
    ]
    returns = {(one.start, one.end): one.deals for one in drawn(journey, crowd, "en", False).returns}
    assert returns == {("select", "problem"): 4, ("select", "search"): 13, ("use", "onboard"): 2}


def test_an_empty_journey_is_drawn_without_streams() -> None:
    journey = JOURNEYS["figure8"]
    found = drawn(
        journey, [StageCrowd(one.key, 0, 0, 0, 0, led(journey, one.key, {})) for one in journey.stages], "fr", True
    )
    assert [one for one in found.ons if one.deals] == []
    assert found.returns == ()
    assert len(found.stations) == 8


@given(st.text(max_size=80), st.integers(20, 200))
def test_a_wrapped_text_keeps_its_width_and_at_most_two_lines(text: str, width: int) -> None:
    lines = wrapped(text, width, 14)
    assert len(lines) <= 2
    assert all(width_of(line, 14) <= width or line == "…" for line in lines)
