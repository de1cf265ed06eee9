"""A CRM in memory: ships with the port, for tests and for trying things out. It keeps what is written to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import TypeVar

from crm_adapters.errors import RecordGone, RefusedByRules
from crm_adapters.port import (
    Abilities,
    Account,
    ActorKind,
    ConnectionSettings,
    Deal,
    DealPage,
    HeldMeeting,
    Meeting,
    MeetingPage,
    Owner,
    Pipeline,
    Removal,
    StageChange,
)

T = TypeVar("T")


@dataclass
class MemoryCrm:
    """Deals change by ``put``; each change gets the next number, and a cursor is such a number."""

    stages: tuple[Pipeline, ...] = ()
    page_size: int = 2
    abilities: Abilities = field(default_factory=lambda: Abilities(False, writes_meetings=True, moves_deals=True))
    written: dict[str, HeldMeeting] = field(default_factory=dict)
    _deals: dict[str, tuple[int, Deal]] = field(default_factory=dict)
    _meetings: dict[str, tuple[int, Meeting]] = field(default_factory=dict)
    _removed: dict[str, tuple[int, Removal]] = field(default_factory=dict)
    _changes: Iterator[int] = field(default_factory=lambda: count(1))

    @classmethod
    def from_settings(cls, settings: ConnectionSettings) -> MemoryCrm:
        return cls(page_size=int(settings.values.get("page_size", "2")))

    def put(self, deal: Deal) -> None:
        self._removed.pop(deal.id, None)
        self._deals[deal.id] = next(self._changes), deal

    def put_meeting(self, meeting: Meeting) -> None:
        self._meetings[meeting.id] = next(self._changes), meeting

    def remove(self, deal_id: str, merged_into: str | None = None) -> None:
        del self._deals[deal_id]
        self._removed[deal_id] = next(self._changes), Removal(deal_id, merged_into)

    def whoami(self) -> Account:
        return Account("memory", "a CRM in memory")

    def pipelines(self) -> tuple[Pipeline, ...]:
        return self.stages

    def owners(self) -> tuple[Owner, ...]:
        return tuple({deal.owner.id: deal.owner for _, deal in self._deals.values() if deal.owner}.values())

    def deals(self, cursor: str | None) -> Iterator[DealPage]:
        changed = self._since(self._deals, cursor)
        for start in range(0, len(changed), self.page_size):
            page = changed[start : start + self.page_size]
            yield DealPage(
                tuple(deal for _, deal in page),
                str(page[-1][0]),
                total=len(changed),
                from_start=cursor is None and start == 0,
            )

    def removals(self, cursor: str | None) -> Iterator[Removal]:
        return (removal for _, removal in self._since(self._removed, cursor))

    def meetings(self, cursor: str | None) -> Iterator[MeetingPage]:
        changed = self._since(self._meetings, cursor)
        for start in range(0, len(changed), self.page_size):
            page = changed[start : start + self.page_size]
            first = cursor is None and start == 0
            yield MeetingPage(tuple(one for _, one in page), str(page[-1][0]), total=len(changed), from_start=first)

    def write_meeting(self, meeting: HeldMeeting) -> str:
        if meeting.deal_id not in self._deals:
            raise RecordGone(f"there is no deal {meeting.deal_id}")
        self.written.setdefault(meeting.key, meeting)
        return f"meeting-{meeting.key}"

    def move_deal(self, deal_id: str, stage_id: str) -> None:
        if deal_id not in self._deals:
            raise RecordGone(f"there is no deal {deal_id}")
        _, deal = self._deals[deal_id]
        if all(stage.id != stage_id for pipeline in self.stages for stage in pipeline.stages):
            raise RefusedByRules(f"there is no stage {stage_id}", ("stage",))
        move = StageChange(f"{len(deal.moves) + 1}", stage_id, datetime.now(UTC), ActorKind.PERSON)
        self.put(replace(deal, moves=(*deal.moves, move)))

    @staticmethod
    def _since(records: dict[str, tuple[int, T]], cursor: str | None) -> list[tuple[int, T]]:
        after = int(cursor or 0)
        return sorted((one for one in records.values() if one[0] > after), key=lambda pair: pair[0])
