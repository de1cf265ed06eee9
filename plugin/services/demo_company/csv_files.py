"""The demo as a folder of files, in the format that the CSV adapter reads."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from zlib import crc32

from plugin.services.demo_company.content import Content
from plugin.services.demo_company.deal import Deal, Meeting
from plugin.services.demo_company.touches import COLUMNS, touches_of

Row = Sequence[object]

STAGES = ("pipeline", "stage", "label", "position", "outcome", "buyer_stage")
DEALS = (
    "id", "name", "pipeline", "owner", "owner_email", "company", "contact", "email", "amount", "currency", "source",
    "persona", "created_at",
)  # fmt: skip
MOVES = ("deal", "stage", "at", "actor_kind", "actor")
MEETINGS = ("id", "deal", "starts_at", "minutes", "state", "title", "template", "felt", "effect")
WORDS = ("meeting", "said_by", "text", "canvas", "evidence")


def write_folder(folder: Path, content: Content, deals: list[Deal]) -> None:
    numbered = [(f"D{number:04}", deal) for number, deal in enumerate(deals, 1)]
    meetings = [(deal_id, meeting) for deal_id, deal in numbered for meeting in deal.meetings]
    named = [(f"M{number:05}", deal_id, meeting) for number, (deal_id, meeting) in enumerate(meetings, 1)]
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "stages.csv", STAGES, _stage_rows(content))
    _write(folder / "deals.csv", DEALS, _deal_rows(numbered, content))
    _write(folder / "stage_moves.csv", MOVES, _move_rows(numbered))
    _write(folder / "touches.csv", COLUMNS, _touch_rows(numbered, content))
    _write(folder / "meetings.csv", MEETINGS, (_meeting_row(*one) for one in named))
    _write(folder / "words.csv", WORDS, _word_rows(named))


def _write(path: Path, header: Row, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _stage_rows(content: Content) -> Iterator[Row]:
    for pipeline in content.pipelines:
        for position, stage in enumerate(pipeline.stages, 1):
            yield pipeline.name, stage.key, stage.label, position, stage.outcome, stage.buyer or ""


def _deal_rows(numbered: list[tuple[str, Deal]], content: Content) -> Iterator[Row]:
    emails = {one.name: one.email for one in content.salespeople}
    for deal_id, deal in numbered:
        who = deal.contact
        yield (
            deal_id, deal.name, deal.pipeline, deal.owner, emails[deal.owner], who.company, who.name, who.email,
            deal.amount, who.currency, deal.source, _title(content, deal), _iso(deal.created_at),
        )  # fmt: skip


def _title(content: Content, deal: Deal) -> str:
    """The job title that the CRM has of the buyer: always the same for the same person."""
    titles = content.titles[deal.persona][deal.contact.language]
    return titles[crc32(deal.contact.email.encode()) % len(titles)]


def _move_rows(numbered: list[tuple[str, Deal]]) -> Iterator[Row]:
    for deal_id, deal in numbered:
        for move in deal.moves:
            yield deal_id, move.stage, _iso(move.at) if move.at else "", move.actor_kind, move.actor


def _touch_rows(numbered: list[tuple[str, Deal]], content: Content) -> Iterator[Row]:
    for deal_id, deal in numbered:
        for one in touches_of(deal_id, deal, content):
            at = _iso(one.at) if one.at else ""
            yield deal_id, at, one.channel, one.source, one.campaign, one.touchpoint, one.kind


def _meeting_row(meeting_id: str, deal_id: str, meeting: Meeting) -> Row:
    return (
        meeting_id, deal_id, _iso(meeting.starts_at), meeting.minutes, meeting.state, meeting.title, meeting.template,
        meeting.felt, meeting.effect,
    )  # fmt: skip


def _word_rows(named: list[tuple[str, str, Meeting]]) -> Iterator[Row]:
    for meeting_id, _, meeting in named:
        for words in meeting.words:
            canvas, evidence = (words.about, "") if isinstance(words.about, int) else ("", words.about)
            yield meeting_id, words.said_by, words.text, canvas, evidence


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
