"""Placeholders are filled once, as plain text; what is not known yet gets a neutral text."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.library.markdown import render
from plugin.library.placeholders import FALLBACKS, fill, fill_markdown, placeholder_faults
from plugin.library.source import Source

VALUES = {"company": "Acme & Sons", "answer_3": "Two people, *every* Friday"}


def test_a_placeholder_becomes_its_value_as_it_is() -> None:
    assert fill("At {{company}}: {{answer_3}}.", VALUES, "en") == "At Acme & Sons: Two people, *every* Friday."


def test_spaces_inside_the_braces_do_not_count() -> None:
    assert fill("{{ company }}", VALUES, "en") == "Acme & Sons"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "your company, (not heard yet: the criteria)"),
        ("fr", "votre entreprise, (pas encore entendu\u00a0: les critères)"),
    ],
)
def test_what_is_not_known_gets_a_neutral_text_in_the_language(language: str, text: str) -> None:
    assert fill("{{company}}, {{answer_8}}", {"company": "  "}, language) == text


def test_every_placeholder_has_a_fallback_in_both_languages() -> None:
    assert set(FALLBACKS) == {"company", "contact", "seller", "our_company", *(f"answer_{n}" for n in range(1, 11))}
    assert all(text.en and text.fr and text.en != text.fr for text in FALLBACKS.values())


@given(st.text())
def test_a_value_is_never_looked_at_again(value: str) -> None:
    said = f"{value}{{{{contact}}}}"

    assert fill("{{company}}", {"company": said, "contact": "Ana"}, "en") == said.strip()


@given(st.text())
def test_text_without_braces_stays_as_it_is(text: str) -> None:
    plain = text.replace("{", "")

    assert fill(plain, VALUES, "en") == plain


def shown(markup: str) -> str:
    """What a reader sees of HTML, spaces run together."""
    return " ".join(html.unescape(re.sub("<[^>]*>", "", markup)).split())


WORDS = st.text(st.characters(exclude_categories=("C",)), min_size=1).filter(lambda text: text.strip())


@given(WORDS)
def test_a_value_is_shown_in_markdown_word_for_word(value: str) -> None:
    filled = fill_markdown("She said {{company}} and left.", {"company": value}, "en")

    assert render(filled).count("<") == 2, "one paragraph and nothing else"
    assert shown(render(filled)) == f"She said {' '.join(value.split())} and left."


HOSTILE = st.sampled_from(
    ["#", "- ", "1. ", "> ", "```", "---", "|", "`", "**", "_", "[a](b)", "![", "<b>", "&lt;", "\\"]
)


@given(st.lists(HOSTILE | st.sampled_from(["a", " ", "\n", "\n\n", "    ", "\t"]), min_size=1).map("".join))
def test_a_value_at_the_start_of_a_line_does_not_become_markdown(value: str) -> None:
    filled = fill_markdown("{{company}} is here", {"company": value}, "en")

    assert re.findall("<[^>]*>", render(filled)) == ["<p>", "</p>"]


def test_a_value_in_a_table_stays_in_its_cell() -> None:
    row = fill_markdown("| a | b |\n|---|---|\n| {{company}} | c |", {"company": "x | y\n| z"}, "en")

    assert "<td>x | y | z</td>\n<td>c</td>" in render(row)


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("{{company}} and {{ answer_10 }}", []),
        ("f(x) = { x } and {y}", []),
        ("{{answer_11}}", ["1:1 '{{answer_11}}' is not known"]),
        ("{{Company}}", ["1:1 '{{Company}}' is not known"]),
        ("so {{}} it", ["1:4 '{{}}' is not known"]),
        ("a\n {{company} b", ["2:2 '{{company' is not closed"]),
        ("{contact}", ["1:1 '{contact}' has one brace"]),
        ("a }} b", ["1:3 '}}' closes nothing"]),
        ("{{a}} {{b}}", ["1:1 '{{a}}' is not known", "1:7 '{{b}}' is not known"]),
    ],
)
def test_braces_that_lead_nowhere_are_told(text: str, messages: list[str]) -> None:
    faults = list(placeholder_faults(Source("x", text), 0, len(text)))

    assert [f"{fault.line}:{fault.column} {fault.message.partition(':')[0]}" for fault in faults] == messages
