"""Files of touches as people have them: what is sound is read, what is not is told with its line."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.domain.touch_file import MOST_TORN, DateOrder, TouchRow, Wrong, read_touch_file
from plugin.domain.typed_text import tidy

ISO = DateOrder.ISO


def rows(text: str, order: DateOrder = ISO, encoding: str = "utf-8") -> list[TouchRow]:
    found = read_touch_file(text.encode(encoding), order)
    assert (found.broken, found.faults) == (None, [])
    return found.rows


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_separators_and_encodings_are_told_apart(separator: str, encoding: str) -> None:
    text = (
        separator.join(["deal", "date", "channel", "campaign"])
        + "\n"
        + separator.join(["D1", "2026-03-01", "Café", "Été"])
    )

    assert rows(text, encoding=encoding) == [
        TouchRow(2, "D1", "", datetime(2026, 3, 1, tzinfo=UTC), "Café", campaign="Été")
    ]


def test_columns_have_french_names_too() -> None:
    header = "Affaire;Courriel;Jour;Canal;Origine;Campagne;Point de contact;Genre;Budget"
    text = f"{header}\nA1;b@c.example;2026-03-01;Salon;x;y;z;g;9"
    found = read_touch_file(text.encode(), ISO)

    assert found.rows == [
        TouchRow(2, "A1", "b@c.example", datetime(2026, 3, 1, tzinfo=UTC), "Salon", "x", "y", "z", "g")
    ]
    assert found.ignored == ["Budget"]


@pytest.mark.parametrize(
    ("order", "text", "meant"),
    [
        (ISO, "2026-03-01T10:30:00+02:00", datetime(2026, 3, 1, 8, 30, tzinfo=UTC)),
        (ISO, "2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        (ISO, "2026-03-01 10:30", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        (DateOrder.DAY_FIRST, "01/03/2026", datetime(2026, 3, 1, tzinfo=UTC)),
        (DateOrder.DAY_FIRST, "1.3.2026 10h30", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        (DateOrder.MONTH_FIRST, "03/01/2026 10:30:05", datetime(2026, 3, 1, 9, 30, 5, tzinfo=UTC)),
        (DateOrder.DAY_FIRST, "2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        (ISO, "", None),
    ],
)
def test_dates_are_read_as_told_and_times_without_a_zone_in_the_persons(
    order: DateOrder, text: str, meant: datetime | None
) -> None:
    found = read_touch_file(f"deal,at,channel\nD1,{text},Fair".encode(), order, ZoneInfo("Europe/Paris"))

    assert [row.at for row in found.rows] == [meant]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", [(1, Wrong.EMPTY_FILE)]),
        ("\n ;; \n", [(1, Wrong.EMPTY_FILE)]),
        ("PK\0\3", [(1, Wrong.NOT_TEXT)]),
        ("date,channel\n", [(1, Wrong.NO_DEAL_COLUMN)]),
        ("\ndeal,date\n", [(2, Wrong.NO_CHANNEL_COLUMN)]),
        ("deal,channel,canal\n", [(1, Wrong.TWICE)]),
        ("deal,channel\n,Fair\nD1,\n\nD2,Fair", [(2, Wrong.NO_DEAL), (3, Wrong.NO_CHANNEL)]),
        ("deal,date,channel\nD1,01/02/2026,Fair", [(2, Wrong.NOT_A_DATE)]),
        ("deal,date,channel\nD1,2026-13-02,Fair", [(2, Wrong.NOT_A_DATE)]),
        ("deal,date,channel\nD1,9999-12-31T23:59:59-12:00,Fair", [(2, Wrong.NOT_A_DATE)]),
        (f"deal,channel\nD1,{'x' * 121}", [(2, Wrong.TOO_LONG)]),
        ('deal,channel\nD1,"Fa"ir\nD2,Fair', [(2, Wrong.TORN)]),
        ('deal,channel\nD0,Fair\nD1,"Fair\nD2,Fair', [(3, Wrong.TORN)]),
        ("deal,channel\nD1\nD2,Fair", [(2, Wrong.NO_CHANNEL)]),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, told: list[tuple[int, Wrong]]) -> None:
    found = read_touch_file(text.encode(), ISO)

    assert [(one.line, one.wrong) for one in ([found.broken] if found.broken else found.faults)] == told


def test_a_file_of_torn_rows_is_given_up() -> None:
    found = read_touch_file(b"deal,channel\n" + b'D1,"Fa"ir\n' * 10_000, ISO)

    assert found.broken is not None
    assert len(found.faults) == MOST_TORN + 1


TEXT = st.text(st.characters(blacklist_characters="\0\r", blacklist_categories=["Cs"]), min_size=1, max_size=20)


@given(st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=12), st.sampled_from([",", ";", "\t"]))
def test_what_a_spreadsheet_writes_is_read_back(cells: list[tuple[str, str, str]], separator: str) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=separator).writerows([("deal", "channel", "campaign"), *cells])
    found = read_touch_file(written.getvalue().encode(), ISO)
    clean = [tuple(map(tidy, row)) for row in cells]

    assert [(row.deal, row.channel, row.campaign) for row in found.rows] == [row for row in clean if row[0] and row[1]]
    assert len(found.faults) == sum(1 for row in clean if any(row) and not (row[0] and row[1]))


@given(st.binary(max_size=400), st.sampled_from(DateOrder))
def test_any_bytes_are_read_or_told(data: bytes, order: DateOrder) -> None:
    found = read_touch_file(data, order)

    assert found.broken or found.rows or found.faults or found.rows == []


@given(st.text(max_size=300))
def test_any_text_behind_a_header_is_read_or_told(text: str) -> None:
    found = read_touch_file(f"deal;date;channel\n{text}".encode("utf-8", "replace"), DateOrder.DAY_FIRST)

    assert all(row.deal and row.channel for row in found.rows)
