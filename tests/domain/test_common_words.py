"""The commonest words: accents kept, small words left out, each deal counted once."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from plugin.domain.common_words import LEAST_DEALS, STOP_WORDS, commonest, words_of

SAID = ["Équipe", "équipe", "l’équipe", "night", "shift", "the", "de", "d'été", "ERP", "budget", "12", "—"]
TEXTS = st.lists(st.lists(st.sampled_from(SAID), max_size=8).map(" ".join), max_size=12)
MEANT = {"équipe": ("Équipe", "équipe", "l’équipe"), "night": ("night",), "shift": ("shift",), "erp": ("ERP",),
         "budget": ("budget",)}  # fmt: skip


@given(TEXTS, st.integers(0, 6))
def test_a_word_counts_once_for_each_deal_that_says_it(texts: Sequence[str], most: int) -> None:
    """The oracle looks for each word by itself, in texts cut at their spaces."""
    counts = {
        word: sum(any(form in text.split(" ") for form in forms) for text in texts) for word, forms in MEANT.items()
    }
    expected = {word: deals for word, deals in counts.items() if deals >= LEAST_DEALS}
    found = commonest(texts, most)
    assert len(found) == min(most, len(expected))
    assert all(expected[word] == deals for word, deals in found)
    assert [deals for _, deals in found] == sorted(expected.values(), reverse=True)[:most]


@given(TEXTS)
def test_the_order_in_which_deals_speak_changes_nothing(texts: Sequence[str]) -> None:
    assert commonest(texts, 10) == commonest(list(reversed(texts)), 10)


@given(st.text())
def test_no_small_word_and_no_figure_is_ever_a_word(text: str) -> None:
    for word in words_of(text):
        assert word not in STOP_WORDS
        assert len(word) > 1
        assert not any(sign.isdigit() or sign.isspace() for sign in word)


def test_french_and_english_are_cut_into_words() -> None:
    assert list(words_of("L’équipe de nuit du four 2 : jusqu'au matin.")) == ["équipe", "nuit", "four", "matin"]
    assert list(words_of("The planner's Monday isn't known; a site-wide plan is.")) == [
        "planner",
        "monday",
        "known",
        "site-wide",
        "plan",
    ]


def test_a_letter_with_its_accent_is_one_letter_however_it_was_typed() -> None:
    assert commonest(["équipe", "e\u0301quipe"], 3) == (("équipe", 2),)
