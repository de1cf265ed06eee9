"""A CRM's free text leads to a persona."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugin.domain.journey import Text
from plugin.library.folders import shipped_folder
from plugin.library.personas import Persona, load_personas, match, personas_of


@pytest.fixture
def personas(folder: Path) -> tuple[Persona, ...]:
    return load_personas(folder / "personas.yaml")


def test_personas_are_read_with_their_type_and_names(personas: tuple[Persona, ...]) -> None:
    assert personas[0] == Persona(
        "director", "decider", Text("Director", "Direction"), ("managing director", "directrice générale")
    )


@pytest.mark.parametrize("text", ["director", "Director", " Managing  DIRECTOR\n", "DIRECTRICE GÉNÉRALE"])
def test_a_text_matches_a_key_or_an_alias_whatever_its_case_and_spaces(
    text: str, personas: tuple[Persona, ...]
) -> None:
    found = match(personas, text)

    assert found is not None
    assert found.key == "director"


@pytest.mark.parametrize("text", ["", " ", "direct", "the director", "Direction"])
def test_a_text_that_is_no_name_of_a_persona_matches_none(text: str, personas: tuple[Persona, ...]) -> None:
    assert match(personas, text) is None


def test_a_companys_personas_take_the_place_of_ours(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    empty = tmp_path_factory.mktemp("empty")

    assert [persona.key for persona in personas_of([shipped_folder(), folder])] == ["director", "workshop"]
    assert personas_of([shipped_folder(), empty]) == personas_of([shipped_folder()])


def test_our_personas_decide_or_use() -> None:
    personas = load_personas(shipped_folder() / "personas.yaml")

    assert {persona.key: persona.type for persona in personas} == {
        "director": "decider",
        "finance": "decider",
        "operations": "user",
        "it": "user",
    }
