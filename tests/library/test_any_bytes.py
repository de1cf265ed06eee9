"""Whatever is in a file, reading it ends in content or in faults that stand in the file; never in a traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.library.faults import Fault, Refused
from plugin.library.journeys import load_journey
from plugin.library.personas import load_personas
from plugin.library.presentation import read_presentation
from plugin.library.script import read_script
from plugin.library.source import read_source
from plugin.library.story import read_story
from plugin.library.templates import check_folder
from tests.library.conftest import examples

EXAMPLES = examples("meeting-templates.md") | examples("journeys.md")


def _refusing(read: Callable[..., object]) -> Callable[[Path], None]:
    def load(path: Path) -> None:
        faults: list[Fault] = []
        read(read_source(path), faults)
        if faults:
            raise Refused(faults)

    return load


READERS: dict[str, Callable[[Path], Any]] = {
    "journeys/two_steps.yaml": load_journey,
    "personas.yaml": load_personas,
    "meetings/site_visit/en/script.yaml": _refusing(read_script),
    "meetings/site_visit/en/presentation.md": _refusing(read_presentation),
    "meetings/site_visit/en/stories/came_twice.md": _refusing(read_story),
}


def read(name: str, content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / Path(name).name
        path.write_bytes(content)
        try:
            READERS[name](path)
        except Refused as refused:
            assert_in_the_file(refused.faults, content)


def assert_in_the_file(faults: tuple[Fault, ...], content: bytes) -> None:
    assert faults
    lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    for fault in faults:
        assert 1 <= fault.line <= len(lines)
        assert 1 <= fault.column <= len(lines[fault.line - 1]) + 1
        assert ":" in fault.message, "what is wrong: how to mend it"


YAML_PIECES = st.sampled_from(
    [
        *(
            "key: a",
            "- ",
            ": ",
            "? ",
            "{",
            "}",
            "[",
            "]",
            ",",
            "&a ",
            "*a",
            "!t ",
            "|",
            ">-",
            "'",
            '"',
            "#",
            "%YAML 1.1\n",
        ),
        *(
            "---",
            "...",
            "\n",
            "  ",
            "\t",
            "\\",
            "\\U00110000",
            "<<: ",
            "~",
            "{{company}}",
            "{{",
            "}}",
            "é",
            "\u2028",
            "😀",
        ),
        *(
            "stages:",
            "personas:",
            "questions:",
            "# Title\n",
            "Notes:\n",
            "<b>",
            "![a](b)",
            "[a](javascript:b)",
            "| a |\n",
        ),
    ]
)


@pytest.mark.parametrize("name", READERS)
@given(content=st.binary() | st.lists(YAML_PIECES).map(lambda pieces: "".join(pieces).encode()))
def test_any_bytes_are_read_or_refused(name: str, content: bytes) -> None:
    read(name, content)


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
def test_our_own_example_with_a_piece_replaced_is_read_or_refused(name: str, data: st.DataObject) -> None:
    text = EXAMPLES[name]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(start + 40, len(text))))
    piece = data.draw(st.text(max_size=5) | YAML_PIECES)

    read(name, (text[:start] + piece + text[end:]).encode("utf-8", "surrogatepass"))


@given(data=st.data())
def test_a_folder_with_a_damaged_file_is_checked_to_its_end(data: st.DataObject) -> None:
    damaged = data.draw(st.sampled_from(sorted(EXAMPLES)))
    text = EXAMPLES[damaged]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    with TemporaryDirectory() as name:
        folder = Path(name)
        for file, content in (EXAMPLES | {damaged: text[:start] + text[end:]}).items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(content, encoding="utf-8")

        faults = check_folder(folder)

        assert faults == sorted(set(faults))
        assert all(Path(fault.file).is_relative_to(folder) for fault in faults)
