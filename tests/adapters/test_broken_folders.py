"""A broken folder or mapping is told with file, line, column and how to mend it; what is not broken is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import NotRequired, TypedDict

import pytest
import yaml

from crm_adapters.csv_folder import CsvFolder
from crm_adapters.csv_folder.nodes import LARGEST
from crm_adapters.errors import UnexpectedAnswer
from tests.adapters.csv_files import faults_of, open_folder, shown, write_shown


class Break(TypedDict):
    what: str
    folder: str
    file: str
    old: str
    new: str
    told: str
    loaded: NotRequired[dict[str, int]]


BREAKS: list[Break] = yaml.safe_load(Path(__file__).with_name("broken_folders.yaml").read_text(encoding="utf-8"))
ROWS = [broken for broken in BREAKS if "loaded" in broken]
SOURCES = [broken for broken in BREAKS if "loaded" not in broken]


def named(broken: Break) -> str:
    return broken["what"].replace(" ", "_")


def break_folder(folder: Path, broken: Break) -> CsvFolder:
    text = shown(broken["folder"])[broken["file"]]
    assert text.count(broken["old"]) == 1, "the break has to hit one place"
    changed = text.replace(broken["old"], broken["new"])
    return open_folder(write_shown(folder, broken["folder"], {broken["file"]: changed}))


@pytest.mark.parametrize("broken", ROWS, ids=named)
def test_a_broken_row_is_told_and_the_others_are_loaded(broken: Break, tmp_path: Path) -> None:
    adapter = break_folder(tmp_path, broken)
    loaded = {deal.id: len(deal.moves) for page in adapter.deals(None) for deal in page.deals}

    assert [str(fault) for fault in faults_of(adapter)] == broken["told"].splitlines()
    assert loaded == broken["loaded"]


@pytest.mark.parametrize("broken", SOURCES, ids=named)
def test_a_broken_source_is_told_whole_and_nothing_is_loaded(broken: Break, tmp_path: Path) -> None:
    adapter = break_folder(tmp_path, broken)

    with pytest.raises(UnexpectedAnswer) as refused:
        adapter.whoami()

    assert str(refused.value).splitlines() == broken["told"].splitlines()


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("deals.csv", b"", "deals.csv:1: the file is empty: its first line must name the columns"),
        ("deals.csv", b"\n \n,,\n", "deals.csv:1: the file is empty: its first line must name the columns"),
        (
            "deals.csv",
            "id,name\nD1,été".encode("latin-1"),
            "deals.csv:2: byte 0xe9 is not utf-8: save the file as UTF-8, or name its encoding in mapping.yaml",
        ),
        (
            "stages.csv",
            "pipeline,stage,outcome".encode("utf-16"),
            "stages.csv:1: byte 0xff is not utf-8: save the file as UTF-8, or name its encoding in mapping.yaml",
        ),
        (
            "deals.csv",
            b'"' + b"x" * 200_000,
            "deals.csv:1: the header can't be taken apart (field larger than field limit (131072)): check its quotes",
        ),
        (
            "mapping.yaml",
            b"# nothing yet\n",
            "mapping.yaml:1: the file is empty: say where deals and moves come from, or delete it",
        ),
        ("mapping.yaml", b"deals: {}\n# \xe9", "mapping.yaml:2: the file is not UTF-8: save it as UTF-8"),
        ("mapping.yaml", b"#" * (LARGEST + 1), "mapping.yaml:1: the file has 1000001 bytes, 1000000 is the most"),
        ("mapping.yaml", b"[" * 100_000, "mapping.yaml:1: the file is nested too deeply: write it flat"),
        (
            "mapping.yaml",
            b"- deals\n",
            "mapping.yaml:1: names with values are expected here: write lines of 'name: value'",
        ),
        (
            "mapping.yaml",
            b'deals: {file: "\\U7fffffff"}',
            "mapping.yaml:1: this is not YAML (a number in it is too large): "
            "indent with spaces, and put texts with a colon, %, #, { or [ between quotation marks",
        ),
        (
            "mapping.yaml",
            b'deals: {file: "\\ud800.csv"}',
            "mapping.yaml:1: deals.file: '\\ud800.csv' holds an invisible character: remove it",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and value.endswith((".csv", ".yaml")) else "",
)
def test_a_file_that_is_none_is_told(file: str, content: bytes, told: str, tmp_path: Path) -> None:
    write_shown(tmp_path, "ours", {file: content})

    with pytest.raises(UnexpectedAnswer) as refused:
        open_folder(tmp_path).whoami()

    assert str(refused.value) == told


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("stages.csv", "stages.csv: the file is missing: add it, or list the stages in mapping.yaml"),
        ("deals.csv", "deals.csv: the file is missing: add it, or name another one in mapping.yaml"),
        ("stage_moves.csv", "stage_moves.csv: the file is missing: add it, or name another one in mapping.yaml"),
    ],
)
def test_a_file_that_is_not_there_is_told(file: str, told: str, tmp_path: Path) -> None:
    (write_shown(tmp_path, "ours") / file).unlink()

    with pytest.raises(UnexpectedAnswer) as refused:
        open_folder(tmp_path).whoami()

    assert str(refused.value) == told


def test_a_folder_where_a_file_belongs_is_told(tmp_path: Path) -> None:
    (write_shown(tmp_path, "ours") / "words.csv").unlink()
    (tmp_path / "words.csv").mkdir()

    with pytest.raises(UnexpectedAnswer, match=r"^words\.csv: the file can't be read: "):
        open_folder(tmp_path).whoami()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnexpectedAnswer) as refused:
        open_folder(tmp_path / "gone").whoami()

    assert str(refused.value) == f"{tmp_path}/gone: the folder is missing: connect it anew where it is now"


def test_a_mapping_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnexpectedAnswer, match=r"^gone\.yaml: the file can't be read: "):
        CsvFolder("test", write_shown(tmp_path, "ours"), tmp_path / "gone.yaml").whoami()


def test_everything_that_is_wrong_with_a_source_is_told_at_once(tmp_path: Path) -> None:
    write_shown(tmp_path, "ours", {"deals.csv": "name\nPress", "meetings.csv": "", "stages.csv": b"\xff"})
    (tmp_path / "stage_moves.csv").unlink()

    with pytest.raises(UnexpectedAnswer) as refused:
        open_folder(tmp_path).whoami()

    assert [line.split(":")[0] for line in str(refused.value).splitlines()] == [
        "stages.csv",
        "deals.csv",
        "stage_moves.csv",
        "meetings.csv",
    ]


def test_of_very_many_faults_the_first_are_told(tmp_path: Path) -> None:
    unknown = "".join(f"key{number}: x\n" for number in range(45))

    with pytest.raises(UnexpectedAnswer) as refused:
        open_folder(write_shown(tmp_path, "ours", {"mapping.yaml": unknown})).whoami()

    lines = str(refused.value).splitlines()
    assert len(lines) == 31
    assert lines[-1] == "… and 15 more"


def test_a_nul_character_costs_its_row_only(tmp_path: Path) -> None:
    adapter = open_folder(write_shown(tmp_path, "ours", {"deals.csv": "id,name\nD1,a\0b\nD2,c\n"}))
    page = next(iter(adapter.deals(None)))

    assert [deal.id for deal in page.deals] == ["D2"]
    assert page.unreadable == ("D1",)
    assert [str(fault) for fault in page.faults] == ["deals.csv:2: the row holds a NUL character: remove it"]


def test_an_endless_cell_costs_its_row_only(tmp_path: Path) -> None:
    adapter = open_folder(write_shown(tmp_path, "ours", {"deals.csv": f"id,name\nD1,{'x' * 200_000}\nD2,c\n"}))
    page = next(iter(adapter.deals(None)))

    assert [deal.id for deal in page.deals] == ["D2"]
    assert page.unreadable == ("D1",)
    assert [fault.line for fault in page.faults] == [2]


def test_open_quotes_cost_their_rows_only(tmp_path: Path) -> None:
    rows = "".join(f"D{number},{chr(34) if number in (3, 7, 11) else ''}name\n" for number in range(1, 15))
    adapter = open_folder(write_shown(tmp_path, "ours", {"deals.csv": "id,name\n" + rows, "stage_moves.csv": MOVES}))
    page = next(iter(adapter.deals(None)))

    assert len(page.deals) == 11
    assert page.unreadable == ("D3", "D7", "D11")
    assert [fault.line for fault in page.faults] == [4, 8, 12]


MOVES = "deal,stage,at\n"


@pytest.mark.parametrize("row", [",nameless", '"D2,cut'])
def test_while_a_row_tells_no_id_nobody_knows_which_deals_are_gone(row: str, tmp_path: Path) -> None:
    files = {"deals.csv": f"id,name\nD1,Press\n{row}\n", "stage_moves.csv": MOVES}

    assert not open_folder(write_shown(tmp_path, "ours", files)).abilities.lists_all


def test_a_faulty_row_that_tells_its_id_leaves_no_deal_in_doubt(tmp_path: Path) -> None:
    files = {"deals.csv": 'id,name,amount\nD1,Press,much\nD2,"Sa"ws,1\nD3\n', "stage_moves.csv": MOVES}
    adapter = open_folder(write_shown(tmp_path, "ours", files))

    assert adapter.abilities.lists_all
    assert [page.unreadable for page in adapter.deals(None)] == [("D1", "D2", "D3")]


def test_faults_are_told_again_where_nothing_is_left_to_read(tmp_path: Path) -> None:
    files = {"deals.csv": "id,amount\nD1,much\nD2,1\n", "stage_moves.csv": MOVES}
    write_shown(tmp_path, "ours", files)
    cursor = [page.cursor for page in open_folder(tmp_path).deals(None)][-1]

    again = list(open_folder(tmp_path).deals(cursor))

    assert [(page.deals, len(page.faults), page.unreadable, page.from_start) for page in again] == [
        ((), len(faults_of(open_folder(tmp_path))), ("D1",), False)
    ]
