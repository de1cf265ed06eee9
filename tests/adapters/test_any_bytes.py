"""Whatever is in a folder, reading it ends in records and faults, or in one refusal; never in a traceback."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_adapters.errors import UnexpectedAnswer
from tests.adapters.csv_files import ENCODINGS, open_folder, shown, write_shown

FILES = [(folder, file) for folder in ("ours", "wide", "log") for file in shown(folder)]

PIECES = st.sampled_from(
    [
        *(",", ";", '"', '""', "\n", "\r", "\r\n", "\0", "\t", "\ufeff", "\u2028", " ", "\u202f", "é", "😀", "'"),
        *("D1", "lead", "won", "9" * 400, "1e9", "-0", "1.234,5", "0001-01-01T00:00:00+23:59", "9999-12-31", "24:00"),
        *(
            "key: a",
            "- ",
            ": ",
            "? ",
            "{",
            "}",
            "[",
            "]",
            "&a ",
            "*a",
            "!t ",
            "!!binary ",
            "|",
            ">-",
            "#",
            "%YAML 1.1\n",
        ),
        *("---", "...", "\\", '"\\0"', '"\\ud800"', '"\\U00110000"', "<<: ", "~", "../", "/etc/passwd", "x" * 300),
        *("wide:", "when:", "join:", "columns:", "%Y", "%Y %Y", "%m/%d/%Y", "%Z", "%", "(", "accounts.", "stages:"),
    ]
)


def read(folder: str, file: str, content: bytes) -> None:
    with TemporaryDirectory() as name:
        adapter = open_folder(write_shown(Path(name), folder, {file: content}))
        try:
            pages = list(adapter.deals(None))
            meetings = [meeting for page in adapter.meetings(None) for meeting in page.meetings]
            pipelines = adapter.pipelines()
        except UnexpectedAnswer:
            return
    deals = {deal.id for page in pages for deal in page.deals}
    unreadable = {id_ for page in pages for id_ in page.unreadable}
    assert not deals & unreadable
    assert {meeting.deal_id for meeting in meetings} <= deals | unreadable
    listed = {stage.id for pipeline in pipelines for stage in pipeline.stages}
    assert {move.stage_id for page in pages for deal in page.deals for move in deal.moves} <= listed
    assert all("\n" not in str(fault) for page in pages for fault in page.faults)


@pytest.mark.parametrize(("folder", "file"), FILES)
@given(content=st.binary() | st.lists(PIECES).map(lambda pieces: "".join(pieces).encode()))
def test_any_bytes_are_read_or_refused(folder: str, file: str, content: bytes) -> None:
    read(folder, file, content)


@pytest.mark.parametrize(("folder", "file"), FILES)
@given(data=st.data())
def test_a_shown_file_with_a_piece_replaced_is_read_or_refused(folder: str, file: str, data: st.DataObject) -> None:
    text = shown(folder)[file]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(start + 40, len(text))))
    piece = data.draw(st.text(max_size=5) | PIECES)
    encoding = ENCODINGS.get(folder, "utf-8") if file.endswith(".csv") else "utf-8"

    read(folder, file, (text[:start] + piece + text[end:]).encode(encoding, "replace"))


@given(
    cells=st.lists(
        st.tuples(st.text(), st.text(), st.sampled_from(["", "2026-01-05T08:00:00Z", "2026-01-05", "x"])), max_size=6
    )
)
def test_any_moves_keep_their_ids_when_read_again(cells: list[tuple[str, str, str]]) -> None:
    rows = [",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in ("D1", *row)) for row in cells]
    content = "\n".join(["deal,stage,actor,at", *rows]).encode("utf-8", "replace")
    with TemporaryDirectory() as name:
        folder = write_shown(Path(name), "ours", {"stage_moves.csv": content})
        first, second = ([deal for page in open_folder(folder).deals(None) for deal in page.deals] for _ in range(2))

    assert first == second
    ids = [move.id for deal in first for move in deal.moves]
    assert len(set(ids)) == len(ids)
