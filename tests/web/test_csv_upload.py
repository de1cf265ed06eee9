"""Deals from CSV files that an administrator sends in the browser."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from plugin.services.csv_sample import SAMPLE
from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from plugin.store.tables import Connection, Deal
from plugin.web import incoming
from tests.web.conftest import NOW, Browser


@pytest.fixture
def ada(signed_in: Callable[[Role], Browser]) -> Browser:
    return signed_in(Role.ADMIN)


def send(browser: Browser, files: dict[str, str | bytes], name: str = "export") -> TestResponse:
    parts = [(io.BytesIO(one.encode() if isinstance(one, str) else one), called) for called, one in files.items()]
    return browser.post("/connections/csv", {"name": name, "files": parts}, content_type="multipart/form-data")


def deals_of(workspace: Workspace, name: str) -> set[str]:
    """Those that are not gone."""
    with workspace.database.reading() as session:
        query = select(Deal.crm_id).join(Connection, Connection.id == Deal.connection_id)
        return set(session.scalars(query.where(Connection.name == name, Deal.gone_at.is_(None))))


def shelf(workspace: Workspace, name: str = "export") -> list[Path]:
    folder = workspace.cohorts.folder.parent / "csv" / name
    return sorted(folder.iterdir()) if folder.exists() else []


def connected(workspace: Workspace, name: str = "export") -> Connection | None:
    with workspace.database.reading() as session:
        return session.scalar(select(Connection).filter_by(name=name))


def test_the_sample_comes_as_three_files_and_goes_in_as_it_is(workspace: Workspace, ada: Browser) -> None:
    taken = zipfile.ZipFile(io.BytesIO(ada.get("/connections/csv/sample.zip").data))
    files = {name: taken.read(name) for name in taken.namelist()}
    assert sorted(files) == ["deals.csv", "stage_moves.csv", "stages.csv"]
    assert send(ada, files).status_code == 303
    page = ada.get("/connections").text
    assert "2 deals were read." in page
    assert "could not be read" not in page
    assert deals_of(workspace, "export") == {"D1", "D2"}


def test_nobody_else_on_the_machine_reads_them(workspace: Workspace, ada: Browser) -> None:
    send(ada, SAMPLE)
    (folder,) = shelf(workspace)
    kept = (folder, folder.parent, folder.parent.parent)
    assert [stat.S_IMODE(one.stat().st_mode) for one in kept] == [0o700] * 3


def test_newer_files_of_the_same_name_replace_the_older(workspace: Workspace, ada: Browser) -> None:
    send(ada, SAMPLE)
    (before,) = shelf(workspace)
    newer = {**SAMPLE, "deals.csv": SAMPLE["deals.csv"].replace("D2", "D3")}
    newer["stage_moves.csv"] = SAMPLE["stage_moves.csv"].replace("D2", "D3")
    assert send(ada, newer).status_code == 303
    assert deals_of(workspace, "export") == {"D1", "D3"}
    assert before not in shelf(workspace)
    assert len(shelf(workspace)) == 1
    assert 'href="/connections/csv?name=export"' in ada.get("/connections").text


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"stages.csv": None}, "stages.csv"),
        ({"deals.csv": "name\nPress line\n"}, "deals.csv:1: the header lacks id"),
        ({"deals.csv": b"id\n\xff\xfe\n"}, "deals.csv:2: byte 0xff"),
        ({"mapping.yaml": "nonsense: [1"}, "mapping.yaml"),
    ],
)
def test_files_that_cannot_be_read_change_nothing_and_say_file_line_and_words(
    workspace: Workspace, ada: Browser, broken: dict[str, str | bytes | None], said: str
) -> None:
    wrong = {name: one for name, one in {**SAMPLE, **broken}.items() if one is not None}
    answer = send(ada, wrong)
    assert answer.status_code == 422
    assert "Nothing was connected or replaced" in answer.text
    assert said in answer.text
    assert str(workspace.cohorts.folder.parent) not in answer.text
    assert 'value="export"' in answer.text
    assert connected(workspace) is None
    assert shelf(workspace) == []
    send(ada, SAMPLE)
    kept = shelf(workspace)
    assert send(ada, wrong).status_code == 422
    assert shelf(workspace) == kept
    assert deals_of(workspace, "export") == {"D1", "D2"}


def test_a_row_that_cannot_be_read_is_told_and_the_others_come_in(workspace: Workspace, ada: Browser) -> None:
    wrong = SAMPLE["deals.csv"].replace("4200.00", "about 4k")
    assert send(ada, {**SAMPLE, "deals.csv": wrong}).status_code == 303
    page = ada.get("/connections").text
    assert "1 row could not be read" in page
    assert "deals.csv:3: amount" in page
    assert deals_of(workspace, "export") >= {"D1"}


@pytest.mark.parametrize("called", ["deals.exe", "../deals.csv", "..", ".csv", "a/b.csv", "x" * 200 + ".csv"])
def test_a_file_is_never_called_by_a_path(workspace: Workspace, ada: Browser, called: str) -> None:
    answer = send(ada, {**SAMPLE, called: "id\n"})
    assert answer.status_code == 422
    assert "is not taken" in answer.text
    assert shelf(workspace) == []


@pytest.mark.parametrize("name", ["", "..", "../up", "Été", "a b", "a/b", "x" * 61])
def test_a_connection_is_called_by_what_a_folder_may_be_called_by(
    workspace: Workspace, ada: Browser, name: str
) -> None:
    assert send(ada, SAMPLE, name).status_code == 422
    assert not (workspace.cohorts.folder.parent / "csv").exists()


def test_a_mapping_cannot_reach_out_of_its_folder(workspace: Workspace, ada: Browser, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("id\nof nobody here\n")
    answer = send(ada, {**SAMPLE, "mapping.yaml": "deals:\n  file: ../../../secret.csv\n"})
    assert answer.status_code == 422
    assert "lies outside of the folder" in answer.text
    assert "of nobody here" not in answer.text


def test_another_crm_of_that_name_is_left_alone(workspace: Workspace, ada: Browser) -> None:
    with workspace.database.writing.begin() as session:
        session.add(Connection(name="export", kind="hubspot", settings={}, created_at=NOW))
    assert "Another CRM is connected under this name" in send(ada, SAMPLE).text
    found = connected(workspace)
    assert found
    assert found.kind == "hubspot"


def test_no_file_is_a_question_back(ada: Browser) -> None:
    answer = send(ada, {})
    assert answer.status_code == 422
    assert "Choose the files first." in answer.text


def test_more_than_twenty_megabytes_are_not_taken(
    workspace: Workspace, ada: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(incoming.LARGER, "connections_csv.send", 2_000)
    assert send(ada, {**SAMPLE, "deals.csv": "id\n" + "D\n" * 4_000}).status_code == 413
    assert shelf(workspace) == []
