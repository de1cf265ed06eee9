"""The adapter of a folder of CSV files: read-only, and each pass reads all of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from crm_adapters.csv_folder import records
from crm_adapters.csv_folder.folder import read_folder
from crm_adapters.csv_folder.mapping import Mapping, read_mapping
from crm_adapters.csv_folder.records import Parsed
from crm_adapters.csv_folder.values import Times
from crm_adapters.errors import NotSupported, UnexpectedAnswer
from crm_adapters.port import (
    Abilities,
    Account,
    ConnectionSettings,
    DealPage,
    Fault,
    HeldMeeting,
    MeetingPage,
    Owner,
    Pipeline,
    Removal,
)

PAGE = 500
FAULTS_TOLD = 30

T = TypeVar("T")


@dataclass(frozen=True)
class CsvFolder:
    """``folder`` holds the files, ``mapping`` says how to read somebody else's (a ``mapping.yaml`` there is found).

    A folder is read once an adapter; make a new one to see what changed.
    """

    name: str
    folder: Path
    mapping_file: Path | None = None
    abilities: Abilities = field(default_factory=lambda: Abilities(lists_all=True))

    @classmethod
    def from_settings(cls, settings: ConnectionSettings) -> CsvFolder:
        folder = Path(settings.values["folder"])
        named = settings.values.get("mapping")
        beside = folder / "mapping.yaml"
        return cls(settings.name, folder, Path(named) if named else beside if beside.exists() else None)

    def whoami(self) -> Account:
        return Account(str(self.folder), f"the folder {self.folder}" if self._parsed else "")

    def pipelines(self) -> tuple[Pipeline, ...]:
        return self._parsed.pipelines

    def owners(self) -> tuple[Owner, ...]:
        return tuple({deal.owner.id: deal.owner for deal in self._parsed.deals if deal.owner}.values())

    def deals(self, cursor: str | None) -> Iterator[DealPage]:
        """Pages in the order of the file; the faults of the whole folder come with the first page."""
        parsed = self._parsed
        for start, end, mark in self._pages(cursor, len(parsed.deals)):
            yield DealPage(
                deals=tuple(parsed.deals[start:end]),
                cursor=mark,
                unreadable=tuple(parsed.unreadable) if start == 0 else (),
                faults=tuple(parsed.faults) if start == 0 else (),
                total=len(parsed.deals),
                from_start=start == 0,
            )

    def removals(self, cursor: str | None) -> Iterator[Removal]:
        """None: a folder says what there is, and a deal that is not listed is gone."""
        return iter(())

    def meetings(self, cursor: str | None) -> Iterator[MeetingPage]:
        meetings = self._parsed.meetings
        for start, end, mark in self._pages(cursor, len(meetings)):
            yield MeetingPage(
                meetings=tuple(meetings[start:end]), cursor=mark, total=len(meetings), from_start=start == 0
            )

    def write_meeting(self, meeting: HeldMeeting) -> str:
        raise NotSupported("a folder of CSV files is only read: the meeting is kept in Parcours")

    def move_deal(self, deal_id: str, stage_id: str) -> None:
        raise NotSupported("a folder of CSV files is only read: the move is kept in Parcours")

    def _pages(self, cursor: str | None, total: int) -> Iterator[tuple[int, int, str]]:
        """(start, end, cursor behind it); a cursor of other contents means nothing any more: from the beginning."""
        for start in range(self._position(cursor), max(total, 1), PAGE):
            end = min(start + PAGE, total)
            yield start, end, json.dumps({"contents": self._fingerprint, "next": end})

    def _position(self, cursor: str | None) -> int:
        try:
            mark = json.loads(cursor or "{}")
            return int(mark["next"]) if mark["contents"] == self._fingerprint else 0
        except (ValueError, KeyError, TypeError):
            return 0

    @cached_property
    def _fingerprint(self) -> str:
        """Changes with any byte of any file that is read."""
        digest = sha256()
        for path in sorted({*self.folder.glob("*.csv"), *([self.mapping_file] if self.mapping_file else [])}):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
        return digest.hexdigest()

    @cached_property
    def _mapping(self) -> Mapping:
        if self.mapping_file is None:
            return Mapping()
        mapping, faults = read_mapping(self.mapping_file)
        if faults:
            raise UnexpectedAnswer(_told(faults))
        return mapping

    @cached_property
    def _parsed(self) -> Parsed:
        mapping = self._mapping
        folder = read_folder(self.folder, mapping)
        if folder.broken:
            raise UnexpectedAnswer(_told(folder.broken))
        parsed = Parsed(faults=folder.faults)
        stages = records.parse_stages(folder.stages, parsed.faults)
        moves = records.parse_moves(folder.moves, mapping.times(mapping.moves), parsed.faults)
        records.parse_deals(
            folder.deals,
            moves,
            mapping.times(mapping.deals),
            mapping.deals.decimal_comma,
            next(iter(stages), "default"),
            parsed,
        )
        known = {record["id"] for record in folder.deals}
        records.note_moves_without_deal(folder.moves, known, parsed.faults)
        parsed.meetings = records.parse_meetings(
            folder.meetings, folder.words, known, Times(None, mapping.zone), parsed.faults
        )
        parsed.pipelines = records.with_stages_of_moves(stages, parsed.deals)
        parsed.faults.sort(key=lambda fault: (fault.place, fault.line or 0))
        return parsed


def _told(faults: Sequence[Fault]) -> str:
    shown = [str(fault) for fault in faults[:FAULTS_TOLD]]
    more = [f"… and {len(faults) - FAULTS_TOLD} more"] if len(faults) > FAULTS_TOLD else []
    return "\n".join([*shown, *more])
