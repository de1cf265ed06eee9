"""One history, six figures: what each definition makes of the same deals."""

from __future__ import annotations

from collections import Counter

import pytest

from plugin.domain.conversion import Histogram, measure
from plugin.domain.crm_definitions import DefinedConversion, Definition, by_definition, following_in_loop, stages_up_to
from tests.histories import JOURNEY

# Twenty entered: eight passed on day 10, four were lost on day 12, eight have been open for three days.
COHORT = Histogram(advanced=Counter({10: 8}), lost=Counter({12: 4}), open=Counter({3: 8}))
TODAY = {("search", "open"): 6, ("select", "open"): 5, ("buy", "won"): 2, ("search", "lost"): 4, ("problem", "open"): 9}


def found(stage: str = "search") -> dict[Definition, DefinedConversion]:
    row = measure(stage, COHORT, 90)
    return {one.definition: one for one in by_definition(JOURNEY, row, 9, 16, 7, TODAY)}


@pytest.mark.parametrize(
    ("definition", "part", "whole"),
    [
        (Definition.OPEN_AS_LOST, 8, 20),
        (Definition.CLOSED_ONLY, 8, 12),
        (Definition.ANY_STAGE, 9, 20),
        (Definition.ALL_STAGES, 7, 16),
        (Definition.SNAPSHOT, 7, 17),
    ],
)
def test_each_definition_divides_other_deals(definition: Definition, part: int, whole: int) -> None:
    assert found()[definition] == DefinedConversion(definition, part, whole, part / whole)


def test_ours_is_the_reports_estimate() -> None:
    assert found()[Definition.OURS].share == measure("search", COHORT, 90).estimate
    assert found()[Definition.OURS].share == pytest.approx(2 / 3)


def test_the_last_stage_of_a_loop_has_no_next_one_to_count() -> None:
    assert following_in_loop(JOURNEY, "buy") is None
    assert set(found("buy")) == {*Definition} - {Definition.ANY_STAGE, Definition.ALL_STAGES}
    assert stages_up_to(JOURNEY, "select") == ["problem", "search", "select"]
    assert stages_up_to(JOURNEY, "use") == ["onboard", "use"]


def test_nothing_to_divide_by_is_no_figure() -> None:
    empty = by_definition(JOURNEY, measure("search", Histogram(), 90), 0, 0, 0, {})
    assert {one.share for one in empty} == {None}
