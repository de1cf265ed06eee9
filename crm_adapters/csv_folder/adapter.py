"""The adapter of a folder of CSV files: read-only, and each pass reads all of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from crm_adapters.csv_folder.contents import Contents, contents_of
from crm_adapters.csv_folder.folder import Folder, read_folder
from crm_adapters.csv_folder.mapping import Mapping, read_mapping
from crm_adapters.errors import NotSupported, UnexpectedAnswer
from crm_adapters.port import (
    Abilities,
    Account,
    ConnectionSettings,
    DealPage,
    Delivery,
    Fault,
    HeldMeeting,
    MeetingPage,
    Owner,
    Pipeline,
    Removal,
    Told,
)

FAULTS_TOLD = 30


@dataclass(frozen=True)
class CsvFolder:
    """``folder`` holds the files, ``mapping_file`` says how to read somebody else's.

    A folder is read once an adapter; make a new one to see what changed. A folder (or a mapping) that can't be used
    at all raises UnexpectedAnswer, with every reason on a line of its own.
    """

    name: str
    folder: Path
    mapping_file: Path | None = None
    page_size: int = 500

    @classmethod
    def from_settings(cls, settings: ConnectionSettings) -> CsvFolder:
        """``folder`` and, where it is not the ``mapping.yaml`` of that folder, ``mapping``: both paths."""
        if not settings.values.get("folder"):
            raise UnexpectedAnswer(f"the connection {settings.name!r} names no folder: connect it anew")
        folder = Path(settings.values["folder"])
        named = settings.values.get("mapping")
        beside = folder / "mapping.yaml"
        return cls(settings.name, folder, Path(named) if named else beside if beside.exists() else None)

    @property
    def abilities(self) -> Abilities:
        """A row that does not even tell its deal's id leaves open which deals there are: then none is gone."""
        return Abilities(lists_all=self._folder.all_named)

    def whoami(self) -> Account:
        _ = self._contents  # says what is wrong with the folder before anybody relies on it
        return Account(str(self.folder), f"the folder {self.folder}")

    def pipelines(self) -> tuple[Pipeline, ...]:
        return self._contents.pipelines

    def owners(self) -> tuple[Owner, ...]:
        return tuple({deal.owner.id: deal.owner for deal in self._contents.deals if deal.owner}.values())

    def deals(self, cursor: str | None) -> Iterator[DealPage]:
        """Pages in the order of the file. What is faulty in the whole folder comes with the first page of each call."""
        contents = self._contents
        for number, (start, end, mark) in enumerate(self._pages(cursor, len(contents.deals))):
            yield DealPage(
                deals=contents.deals[start:end],
                cursor=mark,
                unreadable=contents.unreadable if number == 0 else (),
                faults=contents.faults if number == 0 else (),
                total=len(contents.deals),
                from_start=start == 0,
            )

    def removals(self, cursor: str | None, known: Callable[[], AbstractSet[str]]) -> Iterator[Removal]:
        """None: a folder says what there is, and a deal that is not listed is gone."""
        return iter(())

    def meetings(self, cursor: str | None) -> Iterator[MeetingPage]:
        meetings = self._contents.meetings
        for start, end, mark in self._pages(cursor, len(meetings)):
            yield MeetingPage(meetings[start:end], mark, total=len(meetings), from_start=start == 0)

    def write_meeting(self, meeting: HeldMeeting) -> str:
        raise NotSupported("a folder of CSV files is only read: the meeting is kept in Parcours")

    def move_deal(self, deal_id: str, stage_id: str) -> str:
        raise NotSupported("a folder of CSV files is only read: the move is kept in Parcours")

    def closed(self) -> tuple[str, ...]:
        return ()

    def told(self, delivery: Delivery) -> tuple[Told, ...]:
        raise NotSupported("a folder of CSV files tells nothing by itself")

    @property
    def calls_left(self) -> int | None:
        return None

    def _pages(self, cursor: str | None, total: int) -> Iterator[tuple[int, int, str]]:
        """(start, end, cursor behind it); at least one, so that faults are told where nothing is left to read."""
        start = self._position(cursor)
        for begin in range(start, max(total, start + 1), self.page_size):
            end = min(begin + self.page_size, total)
            yield begin, end, json.dumps({"contents": self._fingerprint, "next": end})

    def _position(self, cursor: str | None) -> int:
        """Where to go on; a cursor of other contents means nothing any more: from the beginning."""
        try:
            mark = json.loads(cursor or "{}")
            return int(mark["next"]) if mark["contents"] == self._fingerprint else 0
        except (ValueError, KeyError, TypeError):
            return 0

    @property
    def _fingerprint(self) -> str:
        """Changes with any byte of any file that was read."""
        return sha256(f"{self._mapping[0]}{self._folder.fingerprint}".encode()).hexdigest()

    @cached_property
    def _mapping(self) -> tuple[str, Mapping]:
        """The mapping with the hash of its file."""
        if self.mapping_file is None:
            return "", Mapping()
        data, mapping, faults = read_mapping(self.mapping_file)
        _raise_where_unusable(faults)
        return sha256(data).hexdigest(), mapping

    @cached_property
    def _folder(self) -> Folder:
        folder = read_folder(self.folder, self._mapping[1])
        _raise_where_unusable(folder.broken)
        return folder

    @cached_property
    def _contents(self) -> Contents:
        return contents_of(self._folder, self._mapping[1])


def _raise_where_unusable(faults: Sequence[Fault]) -> None:
    told = [str(fault) for fault in faults[:FAULTS_TOLD]]
    if len(faults) > FAULTS_TOLD:
        told.append(f"… and {len(faults) - FAULTS_TOLD} more")
    if told:
        raise UnexpectedAnswer("\n".join(told))
