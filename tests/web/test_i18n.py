"""Every word in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from plugin.rendering.i18n import gettext, language, ngettext, pgettext, speaking, use_language

SKINS = tuple(Path(str(files(f"plugin.{skin}"))) for skin in ("rendering", "web", "embed"))
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
OPTIONS = {"templates/**.html": {"extensions": "jinja2.ext.do,jinja2.ext.i18n", "silent": "false"}}
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
PLACEHOLDER = re.compile(r"%%|%\(\w+\)[sd]|%")

Key = tuple[str | None, str | tuple[str, str]]


@pytest.fixture(scope="module")
def french() -> Catalog:
    with (SKINS[0] / "translations" / "fr.po").open("rb") as file:
        return read_po(file, locale="fr")


@pytest.fixture(scope="module")
def used() -> set[Key]:
    """What the code and the pages say: (context, message or its two forms)."""
    found = (one for skin in SKINS for one in extract_from_dir(str(skin), METHODS, OPTIONS, KEYWORDS))
    return {(context, message) for _, _, message, _, context in found}


def written(catalog: Catalog) -> Iterator[Message]:
    return (message for message in catalog if message.id)


def texts(message: Message) -> list[tuple[str, str]]:
    """Each English form with the French one that stands for it."""
    if isinstance(message.id, str):
        return [(message.id, str(message.string))]
    return list(zip(message.id, message.string, strict=True))


def test_every_message_is_in_french(french: Catalog, used: set[Key]) -> None:
    known = {(message.context, message.id) for message in written(french)}
    assert len(used) > 300
    assert sorted(map(str, used - known)) == []


def test_no_french_message_is_left_over_from_another_day(french: Catalog, used: set[Key]) -> None:
    known = {(message.context, message.id) for message in written(french)}
    assert sorted(map(str, known - used)) == []


def test_no_french_message_is_empty_or_fuzzy(french: Catalog) -> None:
    wanting = [one.id for one in written(french) if one.fuzzy or not all(there.strip() for _, there in texts(one))]
    assert wanting == []


def test_placeholders_are_the_same_in_both_languages(french: Catalog) -> None:
    for message in written(french):
        for here, there in texts(message):
            assert sorted(PLACEHOLDER.findall(here)) == sorted(PLACEHOLDER.findall(there)), message.id
            # A lone percent sign would break the page in which it is formatted.
            assert "%" not in PLACEHOLDER.findall(here) + PLACEHOLDER.findall(there), message.id


def test_french_signs_stand_behind_a_space_that_does_not_break(french: Catalog) -> None:
    loose = re.compile(r"(?<![\u00a0\d])[:;?!](?=\s|$)|«(?!\u00a0)|(?<!\u00a0)»")
    assert [text for one in written(french) for _, text in texts(one) if loose.search(text)] == []


def test_a_language_lasts_as_long_as_its_context() -> None:
    with speaking("fr"):
        assert gettext("Deals") == "Affaires"
        assert ngettext("%(num)s day", "%(num)s days", 0) == "0 jour"
        assert pgettext("deals", "Lost") == "Perdues"
        assert gettext("Lost") == "Perdue"
    assert gettext("Deals") == "Deals"
    assert ngettext("%(num)s day", "%(num)s days", 0) == "0 days"


def test_a_language_that_we_do_not_speak_reads_english() -> None:
    with speaking("fr"):
        use_language("de")
        assert language() == "en"
