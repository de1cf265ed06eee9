"""Names in what others wrote: whole words, whatever their case and accents; what is no name stays as it was."""

from __future__ import annotations

import re
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.domain.names import NOBODY, Names, fold, parts_of, stands_for
from plugin.domain.redaction import Redaction

WORDS = st.sampled_from(
    ["Bo", "Li", "Lille", "bo", "LI", "Halle", "hall", "Will", "will", "Jean", "Luc", "a", "d", "é", "X9"]
)
GAPS = st.sampled_from([" ", "  ", ", ", ". ", "\n", "-", "'", "’", "@", "_", " – ", "! ", "(", ") ", "/"])
TEXTS = st.lists(st.tuples(WORDS, GAPS), max_size=12).map(lambda parts: "".join(word + gap for word, gap in parts))
NAMES = st.lists(WORDS.filter(lambda word: len(word) > 1), min_size=1, max_size=3).map(" ".join)


@pytest.mark.parametrize(
    ("name", "text", "without"),
    [
        ("Li", "Li went to Lille with LI, li-ion and Li's", "— went to Lille with —, li-ion and —'s"),
        ("Bo Halle", "BO HALLE’s plan; Halle, Bo; bo.halle@x.example", "—’s plan; —; —@x.example"),
        ("José", "Jose, JOSÉ and Jose\u0301; not Joséphine", "—, — and —; not Joséphine"),
        ("Jose\u0301 Ibañez", "josé  ibanez\nJOSÉ\u00a0IBÁÑEZ", "—\n—"),
        ("Jean", "Jean-Luc, d’Jean, jean@x.example, Jean", "Jean-Luc, d’—, jean@x.example, —"),
        ("Jean Dupont", "Jean Dupont-Moreau and Jean Dupont", "Jean Dupont-Moreau and —"),
        ("Jean-Luc Dupont", "Jean Luc Dupont, Jean‐Luc DUPONT", "—, —"),
        ("O'Brien", "O’Brien said o'brien", "— said —"),
        ("Müller", "MÜLLER & Muller GmbH, Mülleramt", "— & — GmbH, Mülleramt"),
        ("Groß", "GROSS, groß, Große", "—, —, Große"),
        ("Łukasz Bøe", "lukasz boe", "—"),
        ("(Bo) [Halle]*", "a (bo) [halle]* b, bohalle", "a (bo) [halle]* b, bohalle"),
        ('Bo "the Boss" Halle', 'Bo "the boss" Halle came', "— came"),
        ("<b>Bo</b>", "x <b>Bo</b> y", "x <b>Bo</b> y"),
        (".*", "any text at all", "any text at all"),
        ("a", "a name, A name", "a name, A name"),
        ("😀", "😀 said 😀", "😀 said 😀"),
        ("李明", "李明说话, 李", "—说话, 李"),
        ("李", "李 and 李子", "— and 李子"),
        ("김철수", "김철수는 갔다", "—는 갔다"),
        ("Will", "Will will; Willing", "— —; Willing"),
        ("bo@buyer.example", "Ask Bo@Buyer.example, not jo@buyer.example", "Ask —, not jo@buyer.example"),
        ("Bo\u200b Halle", "Bo Halle", "—"),
        ("Li", "½ Li ﬁ", "½ — ﬁ"),
    ],
)
def test_a_name_goes_as_whole_words_whatever_its_case_and_accents(name: str, text: str, without: str) -> None:
    assert Names.of([name]).without(text) == without


def test_a_name_of_signs_is_known_where_a_field_holds_nothing_else() -> None:
    names = Names.of(["😀", "a", ".*"])
    assert [names.is_one(text) for text in ("😀", " A ", ".*", "", None, "b", "a b")] == [True] * 3 + [False] * 4


@given(TEXTS, NAMES)
def test_a_text_without_the_name_is_unchanged_and_one_with_it_loses_just_that(text: str, name: str) -> None:
    """The oracle: a regular expression over plain letters, written anew."""
    names = Names.of([name])
    found = names.without(text)
    if not names.within(text):
        assert found == text
    kept = re.sub(re.escape(NOBODY), "\x00", found)
    assert [word for word in plain(kept).split() if word != "\x00"] == [
        word for word in expected(text, name).split() if word != "\x00"
    ]


def plain(text: str) -> str:
    folded = "".join(sign for sign in normalize("NFD", text) if not "\u0300" <= sign <= "\u036f").casefold()
    return re.sub(r"[^a-z0-9\x00]+", " ", folded)


def expected(text: str, name: str) -> str:
    """The name in any of its orders between words, not joined on by a hyphen (nor, alone, by what joins addresses)."""
    words = name.casefold().split()
    orders = sorted({tuple(words[at:] + words[:at]) for at in range(len(words))})
    glue = r"\-" if len(words) > 1 else r"\-@._"
    between = r"\s*[-.,'\"()@_’]{0,2}\s*"
    folded = "".join(sign for sign in normalize("NFD", text) if not "\u0300" <= sign <= "\u036f").casefold()
    either = "|".join(between.join(map(re.escape, row)) for row in orders)
    pattern = rf"(?<![a-z0-9])(?<![a-z0-9][{glue}])(?:{either})(?![a-z0-9])(?![{glue}][a-z0-9])"
    return plain(re.sub(pattern, "\x00", folded))


@given(TEXTS, st.lists(NAMES, max_size=3))
def test_what_is_without_a_name_has_it_no_more(text: str, names: list[str]) -> None:
    found = Names.of(names)
    assert not found.within(found.without(text))


@given(st.text(max_size=60), st.text(max_size=12))
def test_no_text_and_no_name_breaks_it(text: str, name: str) -> None:
    names = Names.of([name])
    found = names.without(text)
    assert names.within(text) or found == text
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("typed", "stands"),
    [
        *(("Bo", True), ("bo", True), ("Halle", True), ("Mme Halle", True), ("B. Halle", True), ("Halle Bo", True)),
        *(("Bo Halle (finance)", True), ("Bob", False), ("Bo Smith", False), ("Hall", False), ("B", False)),
        *(("Mme", False), ("", False), ("Halle Halle", False), ("finance", False)),
    ],
)
def test_what_somebody_typed_may_stand_for_a_person(typed: str, stands: bool) -> None:
    assert stands_for(typed, "Bo Halle") is stands


def test_the_parts_of_a_name_leave_out_what_is_none() -> None:
    assert parts_of("Mme Jan van der Berg") == ("Jan", "Berg")
    assert parts_of("Bo") == ()
    assert parts_of("bo@buyer.example") == ()


def test_a_persons_own_words_go_whole_and_short_ones_only_where_they_stand_alone() -> None:
    redaction = Redaction(Names.of(["Bo Halle"]), frozenset({"Yes", "We meant to wait."}))
    assert redaction.of("Yes") == ""
    assert redaction.of("Yesterday they said: Yes") == "Yesterday they said: Yes"
    assert redaction.of("They said “We meant to wait.”") == "They said “—”"


def test_within_a_draft_what_stands_beside_their_name_is_theirs() -> None:
    draft = {"answer_5-words": "In June.", "answer_5-said_by": "Bo halle"}
    others = {"answer_6-words": "Never.", "answer_6-said_by": "Ann"}
    found = Redaction(Names.of(["Bo Halle"])).of(draft | others)
    assert found == {"answer_5-words": "", "answer_5-said_by": NOBODY} | others
