"""What leaves as CSV comes back as it was, and runs nothing in a spreadsheet."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.services.spreadsheet import csv_of


def rows_of(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "\r=1", "\n=1", "＝1", "\u00a0=1"])
def test_a_text_that_a_spreadsheet_would_run_begins_with_an_apostrophe(text: str) -> None:
    assert rows_of(csv_of(["a"], [[text]]))[1] == ["'" + text]


def test_numbers_stay_numbers_and_nothing_is_an_empty_cell() -> None:
    assert (
        csv_of(["n", "x"], [[-3, None], [1.5, 'é;"q"']])
        == ("\ufeff" + '"n","x"\r\n-3,""\r\n1.5,"é;""q"""\r\n').encode()
    )


@given(st.lists(st.text(max_size=30), min_size=1, max_size=4))
def test_whatever_the_texts_no_cell_begins_a_formula_and_no_text_is_lost(texts: list[str]) -> None:
    (cells,) = rows_of(csv_of([], [texts]))[1:] if texts else ([],)
    for cell, text in zip(cells, texts, strict=True):
        kept = text.replace("\x00", "").encode("utf-8", "replace").decode()
        assert cell in {kept, "'" + kept}
        assert not cell.lstrip(" \u00a0").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
