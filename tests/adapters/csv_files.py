"""The port's records as the files of a folder, and the folders that the documentation shows."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from crm_adapters.csv_folder import CsvFolder
from crm_adapters.port import ConnectionSettings, CrmAdapter, Deal, Fault, Meeting, Pipeline
from dev import ROOT

EXAMPLE = re.compile(r"^`([\w/.]+)`\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# The folder of the documentation that a French spreadsheet has saved.
ENCODINGS = {"log": "windows-1252"}


def shown(name: str) -> dict[str, str]:
    """The files of the folder that the documentation shows under this name."""
    found = EXAMPLE.findall((ROOT / "docs" / "csv-format.md").read_text(encoding="utf-8"))
    return {path.removeprefix(f"{name}/"): content for path, content in found if path.startswith(f"{name}/")}


def write_shown(folder: Path, name: str, instead: Mapping[str, str | bytes] | None = None) -> Path:
    """Write a folder of the documentation, with other contents for some of its files."""
    for file, content in {**shown(name), **(instead or {})}.items():
        encoding = ENCODINGS.get(name, "utf-8") if file.endswith(".csv") else "utf-8"
        (folder / file).write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return folder


def open_folder(folder: Path) -> CsvFolder:
    return CsvFolder.from_settings(ConnectionSettings("test", {"folder": str(folder)}))


def faults_of(adapter: CrmAdapter) -> list[Fault]:
    return [fault for page in adapter.deals(None) for fault in page.faults]


class FilledFolder:
    """A folder of our own format that the contract suite fills."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def connect(self) -> CsvFolder:
        return CsvFolder("test", self.folder, page_size=2)

    def fill(self, stages: Sequence[Pipeline], deals: Sequence[Deal], meetings: Sequence[Meeting]) -> None:
        self._write(
            "stages.csv",
            ("pipeline", "stage", "label", "position", "outcome", "buyer_stage"),
            (
                (pipeline.id, stage.id, stage.label, stage.position, stage.outcome, stage.buyer_stage)
                for pipeline in stages
                for stage in pipeline.stages
            ),
        )
        self._write(
            "deals.csv",
            (
                *("id", "name", "pipeline", "owner", "company", "contact", "email"),
                *("amount", "currency", "source", "persona", "created_at"),
            ),
            (
                (
                    *(deal.id, deal.name, deal.pipeline_id, deal.owner and deal.owner.name, deal.company),
                    *((deal.contacts[0].name, deal.contacts[0].email) if deal.contacts else ("", "")),
                    *(deal.amount, deal.currency, deal.source, deal.persona, _iso(deal.created_at)),
                )
                for deal in deals
            ),
        )
        self._write(
            "stage_moves.csv",
            ("deal", "stage", "at", "actor_kind", "actor"),
            (
                (deal.id, move.stage_id, _iso(move.at), move.actor_kind, move.actor)
                for deal in deals
                for move in deal.moves
            ),
        )
        self._write(
            "touches.csv",
            ("deal", "at", "channel", "source", "campaign", "touchpoint", "kind"),
            (
                (deal.id, _iso(one.at), one.channel, one.source, one.campaign, one.touchpoint, one.kind)
                for deal in deals
                for one in deal.touches
            ),
        )
        self._write(
            "meetings.csv",
            ("id", "deal", "starts_at", "minutes", "state", "title", "template", "felt", "effect"),
            (
                (
                    *(one.id, one.deal_id, _iso(one.starts_at), one.minutes, one.state),
                    *(one.title, one.template, one.felt, one.effect),
                )
                for one in meetings
            ),
        )
        self._write(
            "words.csv",
            ("meeting", "said_by", "text", "canvas", "evidence"),
            (
                (one.id, words.said_by, words.text, words.canvas_question, words.evidence)
                for one in meetings
                for words in one.words
            ),
        )

    def _write(self, name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        with (self.folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *rows])


def _iso(at: datetime | None) -> str:
    return at.isoformat() if at else ""
