"""A persona says the same after it was written down."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from plugin.domain.journey import Text
from plugin.domain.persona import Persona, match
from plugin.library.personas import read_personas, written

WORDS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), min_size=1).map(str.strip).filter(bool)
TEXTS = st.builds(Text, WORDS, WORDS)
NOTHING = st.just(Text("", ""))


def persona(key: str, *aliases: str) -> Persona:
    return Persona(key, "user", Text(key, key), aliases)


@given(st.builds(Persona, st.just("ops"), st.just("user"), TEXTS, role=TEXTS | NOTHING, goals=TEXTS | NOTHING))
def test_a_persona_is_the_same_after_it_was_stored_or_written_as_a_file(one: Persona) -> None:
    assert Persona.of(one.plain) == one
    assert read_personas(written([one])) == (one,)


def test_a_text_leads_to_the_persona_that_goes_by_it() -> None:
    known = [persona("ops", "Chef d'équipe"), persona("it")]
    assert match(known, "chef  D’ÉQUIPE") is known[0]
    assert match(known, "chef d'equipe") is known[0]
    assert match(known, "chef") is None
