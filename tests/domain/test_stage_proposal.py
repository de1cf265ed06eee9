"""What a CRM's stage may mean to the buyer, from its name in either language, else from its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.domain.stage_proposal import counterpart, propose_stage
from plugin.library.journeys import load_journey, shipped_journeys

JOURNEY = load_journey(shipped_journeys()["figure8"])


@pytest.mark.parametrize(
    ("label", "stage"),
    [
        ("Appointment Scheduled", "problem"),
        ("Qualified To Buy", "search"),
        ("Presentation Scheduled", "select"),
        ("Decision Maker Bought-In", "buy"),
        ("Contract Sent", "buy"),
        ("Nouveau prospect", "problem"),
        ("Découverte des besoins", "search"),
        ("Proposition envoyée", "select"),
        ("Négociation", "buy"),
        ("Mise en œuvre", "onboard"),
        ("Renouvellement", "sustain"),
        ("New", "problem"),
        ("Qualified", "search"),
        ("Proposition", "select"),
    ],
)
def test_the_stages_that_crms_begin_with_are_known(label: str, stage: str) -> None:
    proposal = propose_stage(JOURNEY, label, None)
    assert (proposal.stage, proposal.from_name) == (stage, True)


def test_a_stage_that_bears_a_buyer_stages_own_name_is_that() -> None:
    for stage in JOURNEY.stages:
        assert propose_stage(JOURNEY, stage.name.en.upper(), None).stage == stage.key
        assert propose_stage(JOURNEY, stage.name.fr, None).stage == stage.key


@pytest.mark.parametrize(("place", "stage"), [(0.0, "problem"), (0.3, "search"), (0.6, "select"), (1.0, "buy")])
def test_a_name_that_says_nothing_leaves_its_place(place: float, stage: str) -> None:
    proposal = propose_stage(JOURNEY, "Étape 7b", place)
    assert (proposal.stage, proposal.from_name) == (stage, False)


def test_without_name_and_place_nothing_is_proposed() -> None:
    assert propose_stage(JOURNEY, "7b", None).stage is None


def test_a_word_counts_at_its_beginning_only() -> None:
    assert propose_stage(JOURNEY, "Delivered", None).stage is None, "no «live» in it"


@given(st.text(max_size=40), st.one_of(st.none(), st.floats(-1, 2)))
def test_any_name_and_place_give_a_stage_of_the_journey_or_none(label: str, place: float | None) -> None:
    stage = propose_stage(JOURNEY, label, place).stage
    assert stage is None or stage in JOURNEY


AIDA, AWARENESS = (load_journey(shipped_journeys()[key]) for key in ("aida", "awareness"))


@pytest.mark.parametrize(
    ("stage", "aida", "awareness"),
    [
        ("problem", "attention", "awareness"),
        ("search", "interest", "consideration"),
        ("select", "desire", "consideration"),
        ("buy", "action", "conversion"),
        ("use", None, None),
        ("nothing_like_it", None, None),
    ],
)
def test_a_stage_has_its_counterpart_as_far_along_the_same_loop(
    stage: str, aida: str | None, awareness: str | None
) -> None:
    assert (counterpart(JOURNEY, stage, AIDA), counterpart(JOURNEY, stage, AWARENESS)) == (aida, awareness)
    assert counterpart(AIDA, stage, JOURNEY) == (stage if stage in JOURNEY else None)


def test_the_first_stages_counterpart_is_the_first_and_the_lasts_the_last() -> None:
    for one in (JOURNEY, AIDA, AWARENESS):
        for other in (JOURNEY, AIDA, AWARENESS):
            purchase = other.stages_of_loop[one.stages[0].loop]
            assert counterpart(one, one.stages[0].key, other) == purchase[0]
            assert counterpart(one, one.stages_of_loop[one.stages[0].loop][-1], other) == purchase[-1]
