"""Two versions of a journey in words: what was changed is told where it is, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.library.journeys import load_journey, shipped_journeys
from plugin.services.journey_differences import Difference, differences_between
from plugin.services.journey_form import Fields, fields_of, new_stage, with_change

FIELDS = fields_of(load_journey(shipped_journeys()["figure8"]))


def after(change: Callable[[Fields], object]) -> tuple[Difference, ...]:
    fields = deepcopy(FIELDS)
    change(fields)
    return differences_between(FIELDS, fields)


def test_nothing_is_different_from_itself() -> None:
    assert differences_between(FIELDS, deepcopy(FIELDS)) == ()


def test_a_text_in_one_language_leaves_the_other_behind() -> None:
    (found,) = after(lambda fields: fields["stages"][2]["name"].update(en="Compare offers"))
    assert (found.stage, found.field) == ({"en": "Select", "fr": "Sélectionner"}, "name")
    assert (found.before["en"], found.after["en"]) == ("Select", "Compare offers")
    assert (found.changed, found.left_behind) == (("en",), "fr")


def test_a_text_in_both_languages_leaves_none_behind() -> None:
    (found,) = after(lambda fields: fields["name"].update(en="Ours", fr="Le nôtre"))
    assert (found.stage, found.field, found.left_behind) == (None, "name", None)


def test_a_key_that_is_changed_is_the_same_stage() -> None:
    (found,) = after(lambda fields: fields["stages"][1].update(key="looking"))
    assert (found.field, found.before, found.after) == ("key", {"": "search"}, {"": "looking"})


def test_evidence_comes_and_goes() -> None:
    said = {"key": "", "en": "Names a price", "fr": "Nomme un prix"}
    gone = FIELDS["stages"][0]["evidence"][0]
    found = after(lambda fields: fields["stages"][0].update(evidence=[*fields["stages"][0]["evidence"][1:], said]))
    assert [(one.field, one.before.get("en"), one.after.get("en")) for one in found] == [
        ("evidence", None, "Names a price"),
        ("evidence", gone["en"], None),
    ]


@pytest.mark.parametrize(("change", "told"), [("down:0", 1), ("up:3", 1), ("remove:2", 1), ("up:0", 0)])
def test_moving_or_taking_away_a_stage_is_one_line(change: str, told: int) -> None:
    found = differences_between(FIELDS, with_change(FIELDS, change))
    assert [one.field for one in found] == (["stage"] if change.startswith("remove") else ["place"])[:told]


def test_a_new_stage_is_told_once_and_moves_no_other() -> None:
    name = {"en": "Trial", "fr": "Essai"}
    (found,) = after(lambda fields: fields["stages"].insert(1, {**new_stage("purchase"), "name": name}))
    assert (found.field, found.before, found.after) == ("stage", {}, name)


@given(st.permutations(range(4)))
def test_of_stages_that_change_places_only_those_that_must_are_told(order: list[int]) -> None:
    fields = deepcopy(FIELDS)
    fields["stages"][:4] = [fields["stages"][place] for place in order]
    found = differences_between(FIELDS, fields)
    assert {one.field for one in found} <= {"place"}
    assert bool(found) == (order != sorted(order))
    assert len(found) < 4
