"""Folders as the documentation shows them, and what the format promises beyond the port's contract."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from crm_adapters.csv_folder import CsvFolder
from crm_adapters.errors import UnexpectedAnswer
from crm_adapters.port import ConnectionSettings, Deal, Owner, Pipeline, StageOutcome
from tests.adapters.csv_files import ENCODINGS, faults_of, open_folder, shown, write_shown


def deals_of(adapter: CsvFolder) -> dict[str, Deal]:
    return {deal.id: deal for page in adapter.deals(None) for deal in page.deals}


def steps(deal: Deal) -> list[tuple[str, str]]:
    return [(move.stage_id, move.at.isoformat()[:16] if move.at else "") for move in deal.moves]


def meanings(pipeline: Pipeline) -> dict[str, str | None]:
    """What each stage means: its buyer stage, else its outcome."""
    return {stage.id: stage.buyer_stage or stage.outcome.value for stage in pipeline.stages}


@pytest.mark.parametrize("name", ["ours", "wide", "log"])
def test_the_folders_of_the_documentation_are_read_without_a_fault(name: str, tmp_path: Path) -> None:
    adapter = open_folder(write_shown(tmp_path, name))

    assert faults_of(adapter) == []
    assert [page.unreadable for page in adapter.deals(None)] == [()]


def test_our_own_format_is_read(tmp_path: Path) -> None:
    adapter = open_folder(write_shown(tmp_path, "ours"))
    deals = deals_of(adapter)

    assert steps(deals["D1"]) == [
        ("lead", "2026-01-05T07:00"),
        ("call", "2026-01-09T13:00"),
        ("offer", "2026-01-20T08:15"),
        ("call", "2026-01-27T10:00"),
    ]
    assert steps(deals["D2"]) == [("lead", ""), ("call", "2026-01-14T09:30")]
    assert deals["D2"].name == "Two saws, used"
    assert deals["D2"].owner == Owner("tom@seller.example", "tom@seller.example", "tom@seller.example")
    first, second = (meeting for page in adapter.meetings(None) for meeting in page.meetings)
    assert [(words.canvas_question, words.evidence) for words in first.words] == [(3, None), (None, "problem_cost")]
    assert (second.title, second.minutes, second.words) == ("The routes", 60, ())


def test_a_wide_table_is_read_as_the_moves_that_its_rows_hold(tmp_path: Path) -> None:
    adapter = open_folder(write_shown(tmp_path, "wide"))
    deals = deals_of(adapter)

    engaged = ("Engaging", "2026-03-14T00:00")
    assert steps(deals["K7P2"]) == [("Prospecting", ""), engaged, ("Won", "2026-05-02T00:00")]
    assert steps(deals["K7P3"]) == [("Prospecting", ""), ("Engaging", "2026-04-01T00:00")]
    assert steps(deals["K7P5"]) == [("Prospecting", "")]
    assert [deal.source for deal in deals.values()] == ["retail", None, "medical", "medical"]
    assert [deal.amount for deal in deals.values()] == [Decimal("5120.00"), None, Decimal("0.00"), None]
    assert deals["K7P4"].company == "Nordhus"
    assert {(deal.pipeline_id, deal.currency) for deal in deals.values()} == {("sales", "USD")}
    (pipeline,) = adapter.pipelines()
    assert meanings(pipeline) == {"Prospecting": "problem", "Engaging": "search", "Won": "won", "Lost": "lost"}


def test_a_log_in_another_encoding_with_other_signs_is_read(tmp_path: Path) -> None:
    adapter = open_folder(write_shown(tmp_path, "log"))
    deals = deals_of(adapter)

    assert deals["A-13"].name == "Scies d’occasion"
    assert [deal.amount for deal in deals.values()] == [Decimal("18500.00"), Decimal("4200.50")]
    assert deals["A-12"].created_at == datetime(2026, 1, 5, 7, tzinfo=UTC)
    assert steps(deals["A-13"]) == [
        ("À qualifier", ""),
        ("Qualifiée", "2026-07-14T07:30"),
        ("Abandonnée", "2026-07-21T14:45"),
    ]
    assert [move.actor for move in deals["A-13"].moves] == [None, "tom", "tom"]


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_byte_order_marks_and_line_endings_change_nothing(bom: bytes, ending: str, tmp_path: Path) -> None:
    files = {file: bom + text.replace("\n", ending).encode() for file, text in shown("ours").items()}
    adapter = open_folder(write_shown(tmp_path, "ours", files))

    assert faults_of(adapter) == []
    assert [(len(deal.moves), deal.amount) for deal in deals_of(adapter).values()] == [(4, 18500), (2, 4200)]


def test_the_line_of_a_fault_counts_the_lines_inside_of_cells(tmp_path: Path) -> None:
    content = 'id,name,amount\n\nD1,"two\r\nlines",1\nD2,x,much\n'
    adapter = open_folder(write_shown(tmp_path, "ours", {"deals.csv": content}))

    assert deals_of(adapter)["D1"].name == "two\r\nlines"
    assert [fault.line for fault in faults_of(adapter) if fault.place == "deals.csv"] == [5]


def test_only_required_columns_are_needed(tmp_path: Path) -> None:
    files = {
        "stages.csv": "outcome,stage,pipeline,colour\nopen,lead,new,blue\n",
        "deals.csv": "colour,id,colour\nred,D1,green\n",
        "stage_moves.csv": "at,stage,deal\n,lead,D1\n",
    }
    for file, content in files.items():
        (tmp_path / file).write_text(content, encoding="utf-8")
    adapter = open_folder(tmp_path)

    assert faults_of(adapter) == []
    assert [(deal.name, deal.pipeline_id, len(deal.moves)) for deal in deals_of(adapter).values()] == [("D1", "new", 1)]
    assert [page.meetings for page in adapter.meetings(None)] == [()]
    (stage,) = adapter.pipelines()[0].stages
    assert (stage.label, stage.position, stage.buyer_stage) == ("lead", 1, None)


def test_the_same_stage_key_can_mean_something_else_in_another_pipeline(tmp_path: Path) -> None:
    stages = shown("ours")["stages.csv"] + "renewals,lead,Lead,1,open,sustain\n"
    adapter = open_folder(write_shown(tmp_path, "ours", {"stages.csv": stages}))

    assert [meanings(pipeline)["lead"] for pipeline in adapter.pipelines()] == ["problem", "sustain"]


def test_a_buyer_stage_of_won_and_lost_is_not_read(tmp_path: Path) -> None:
    stages = shown("ours")["stages.csv"].replace("won,", "won,buy")
    (pipeline,) = open_folder(write_shown(tmp_path, "ours", {"stages.csv": stages})).pipelines()

    assert meanings(pipeline)["won"] == "won"


def test_a_pipeline_that_only_deals_name_is_there(tmp_path: Path) -> None:
    deals = shown("ours")["deals.csv"].replace("Press line,new", "Press line,partners")
    adapter = open_folder(write_shown(tmp_path, "ours", {"deals.csv": deals}))

    assert [pipeline.id for pipeline in adapter.pipelines()] == ["new", "partners"]


def test_an_owner_with_a_name_and_an_address_is_known_by_the_address(tmp_path: Path) -> None:
    deals = "id,owner,owner_email\nD1,Ana Mora,ana@seller.example\nD2,Ana Mora,\n"
    adapter = open_folder(write_shown(tmp_path, "ours", {"deals.csv": deals}))

    assert adapter.owners() == (
        Owner("ana@seller.example", "Ana Mora", "ana@seller.example"),
        Owner("Ana Mora", "Ana Mora", None),
    )


def test_a_second_row_of_a_deal_adds_no_moves(tmp_path: Path) -> None:
    rows = shown("wide")["opportunities.csv"].replace("K7P4", "K7P2")
    adapter = open_folder(write_shown(tmp_path, "wide", {"opportunities.csv": rows}))

    assert [move.stage_id for move in deals_of(adapter)["K7P2"].moves] == ["Prospecting", "Engaging", "Won"]
    assert len(faults_of(adapter)) == 1


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("{stage: Engaging, date: engage_date}", []),
        ("{stage: Engaging, date: engage_date, if_empty: no_move, when: {deal_stage: Prospecting}}", []),
        ("{stage: Engaging, date: engage_date, if_empty: unknown_start}", [("Engaging", "")]),
        ('{stage: Engaging, when: {engage_date: "", deal_stage: [Won, Prospecting]}}', [("Engaging", "")]),
    ],
)
def test_an_empty_date_means_what_the_mapping_says(entry: str, expected: list[tuple[str, str]], tmp_path: Path) -> None:
    mapping = shown("wide")["mapping.yaml"]
    changed = mapping[: mapping.index("    - {stage: Prospecting}")] + f"    - {entry}\n"
    adapter = open_folder(write_shown(tmp_path, "wide", {"mapping.yaml": changed}))

    assert steps(deals_of(adapter)["K7P5"]) == expected
    assert faults_of(adapter) == []


def test_of_equal_keys_in_a_joined_file_the_first_counts_and_an_empty_one_is_none(tmp_path: Path) -> None:
    accounts = "account,sector\nBrightlane,retail\nBrightlane,space\n,nothing\nNordhus,medical\n"
    adapter = open_folder(write_shown(tmp_path, "wide", {"accounts.csv": accounts}))

    assert [deal.source for deal in deals_of(adapter).values()] == ["retail", None, "medical", "medical"]


def test_a_constant_takes_the_place_of_what_the_file_says(tmp_path: Path) -> None:
    mapping = "deals:\n  constants: {source: fair, persona: '', currency: CHF}\n"
    adapter = open_folder(write_shown(tmp_path, "ours", {"mapping.yaml": mapping}))

    assert {(deal.source, deal.persona, deal.currency) for deal in deals_of(adapter).values()} == {
        ("fair", None, "CHF")
    }


def test_stages_of_a_mapping_may_name_their_pipelines(tmp_path: Path) -> None:
    mapping = """\
stages:
  - {key: lead, pipeline: old, label: First talk, buyer_stage: problem, position: 7}
  - {key: won, outcome: won, buyer_stage: buy}
"""
    adapter = open_folder(write_shown(tmp_path, "ours", {"mapping.yaml": mapping}))
    old, default = adapter.pipelines()[:2]

    assert [(stage.label, stage.position, stage.buyer_stage) for stage in old.stages] == [("First talk", 7, "problem")]
    assert (default.id, default.stages[0].outcome, default.stages[0].buyer_stage) == (
        "default",
        StageOutcome.WON,
        None,
    )


def test_files_may_lie_below_the_folder(tmp_path: Path) -> None:
    write_shown(tmp_path, "ours", {"mapping.yaml": "deals: {file: exports/deals.csv}\n"})
    (tmp_path / "exports").mkdir()
    (tmp_path / "deals.csv").rename(tmp_path / "exports" / "deals.csv")

    assert set(deals_of(open_folder(tmp_path))) == {"D1", "D2"}


def test_a_mapping_may_lie_elsewhere(tmp_path: Path) -> None:
    export, elsewhere = tmp_path / "export", tmp_path / "ours.yaml"
    export.mkdir()
    (write_shown(export, "log") / "mapping.yaml").rename(elsewhere)
    settings = ConnectionSettings("test", {"folder": str(export), "mapping": str(elsewhere)})

    assert set(deals_of(CsvFolder.from_settings(settings))) == {"A-12", "A-13"}


def test_a_connection_without_a_folder_is_refused() -> None:
    with pytest.raises(UnexpectedAnswer, match="names no folder"):
        CsvFolder.from_settings(ConnectionSettings("sales", {}))


@pytest.mark.parametrize("file", ["affaires.csv", "historique.csv", "mapping.yaml"])
def test_a_changed_file_makes_the_cursor_mean_nothing(file: str, tmp_path: Path) -> None:
    write_shown(tmp_path, "log")
    cursor = CsvFolder("test", tmp_path, tmp_path / "mapping.yaml", page_size=1)
    first = next(iter(cursor.deals(None))).cursor
    encoding = ENCODINGS["log"] if file.endswith(".csv") else "utf-8"
    changed = shown("log")[file].replace("tom@seller", "tim@seller").replace("16:45", "16:46") + "\n"
    (tmp_path / file).write_bytes(changed.encode(encoding))

    pages = list(CsvFolder("test", tmp_path, tmp_path / "mapping.yaml", page_size=1).deals(first))

    assert [page.from_start for page in pages] == [True, False]


def test_a_touched_file_changes_nothing(tmp_path: Path) -> None:
    write_shown(tmp_path, "ours")
    first = next(iter(CsvFolder("test", tmp_path, page_size=1).deals(None)))
    os.utime(tmp_path / "deals.csv", (0, 0))

    (rest,) = CsvFolder("test", tmp_path, page_size=1).deals(first.cursor)

    assert [deal.id for deal in rest.deals] == ["D2"]
    assert not rest.from_start


@pytest.mark.parametrize("cursor", ["", "7", "[]", "{", '{"contents": 1}', '{"next": 1}', '"x"', "null"])
def test_a_cursor_of_another_adapter_means_from_the_beginning(cursor: str, tmp_path: Path) -> None:
    pages = list(open_folder(write_shown(tmp_path, "ours")).deals(cursor))

    assert [(page.from_start, len(page.deals)) for page in pages] == [(True, 2)]
