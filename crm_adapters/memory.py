"""A CRM in memory: ships with the port, for tests and for trying things out. It keeps what is written to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import TypeVar

from crm_adapters.errors import NotSupported, RecordGone, RefusedByRules
from crm_adapters.port import (
    Abilities,
    Account,
    ActorKind,
    ConnectionSettings,
    Deal,
    DealPage,
    Delivery,
    HeldMeeting,
    Meeting,
    MeetingPage,
    Owner,
    Pipeline,
    Removal,
    StageChange,
    Told,
    with_stages_of_moves,
)

T = TypeVar("T")

CHANGES_ONLY = Abilities(lists_all=False, gives_changes=True, writes_meetings=True, moves_deals=True)


@dataclass
class MemoryCrm:
    """Deals change by ``put``; each change gets the next number, and a cursor is such a number."""

    stages: tuple[Pipeline, ...] = ()
    page_size: int = 2
    abilities: Abilities = CHANGES_ONLY
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    written: dict[str, HeldMeeting] = field(default_factory=dict)
    _deals: dict[str, tuple[int, Deal]] = field(default_factory=dict)
    _meetings: dict[str, tuple[int, Meeting]] = field(default_factory=dict)
    _removed: dict[str, tuple[int, Removal]] = field(default_factory=dict)
    _changes: Iterator[int] = field(default_factory=lambda: count(1))

    @classmethod
    def from_settings(cls, settings: ConnectionSettings) -> MemoryCrm:
        return cls(page_size=int(settings.values.get("page_size", "2")))

    def put(self, deal: Deal) -> None:
        """Add the deal, or change it."""
        self._removed.pop(deal.id, None)
        self._deals[deal.id] = next(self._changes), deal

    def put_meeting(self, meeting: Meeting) -> None:
        self._meetings[meeting.id] = next(self._changes), meeting

    def remove(self, deal_id: str, merged_into: str | None = None) -> None:
        self._deal(deal_id)
        del self._deals[deal_id]
        self._removed[deal_id] = next(self._changes), Removal(deal_id, merged_into)

    def whoami(self) -> Account:
        return Account("memory", "a CRM in memory")

    def pipelines(self) -> tuple[Pipeline, ...]:
        return with_stages_of_moves(self.stages, [deal for _, deal in self._deals.values()])

    def owners(self) -> tuple[Owner, ...]:
        return tuple({deal.owner.id: deal.owner for _, deal in self._deals.values() if deal.owner}.values())

    def deals(self, cursor: str | None) -> Iterator[DealPage]:
        for deals, behind, total, first in self._pages(self._deals, cursor):
            yield DealPage(deals, behind, total=total, from_start=first)

    def deal(self, deal_id: str) -> DealPage | None:
        found = self._deals.get(deal_id)
        return DealPage((found[1],), "") if found else None

    def removals(self, cursor: str | None, known: Callable[[], AbstractSet[str]]) -> Iterator[Removal]:
        return (removal for _, removal in _since(self._removed, cursor))

    def meetings(self, cursor: str | None) -> Iterator[MeetingPage]:
        for meetings, behind, total, first in self._pages(self._meetings, cursor):
            yield MeetingPage(meetings, behind, total=total, from_start=first)

    def write_meeting(self, meeting: HeldMeeting) -> str:
        if not self.abilities.writes_meetings:
            raise NotSupported("meetings can't be written here")
        if meeting.key not in self.written:
            self._deal(meeting.deal_id)
        self.written[meeting.key] = meeting
        return f"meeting-{meeting.key}"

    def move_deal(self, deal_id: str, stage_id: str) -> str:
        if not self.abilities.moves_deals:
            raise NotSupported("deals can't be moved here")
        deal = self._deal(deal_id)
        if all(stage.id != stage_id for pipeline in self.stages for stage in pipeline.stages):
            raise RefusedByRules(f"there is no stage {stage_id}", ("stage",))
        if deal.moves and deal.moves[-1].stage_id == stage_id:
            return deal.moves[-1].id
        move = StageChange(f"moved-{next(self._changes)}", stage_id, self.clock(), ActorKind.PERSON)
        self.put(replace(deal, moves=(*deal.moves, move)))
        return move.id

    def closed(self) -> tuple[str, ...]:
        return ()

    def told(self, delivery: Delivery) -> tuple[Told, ...]:
        raise NotSupported("a CRM in memory tells nothing by itself")

    @property
    def calls_left(self) -> int | None:
        return None

    def _deal(self, deal_id: str) -> Deal:
        if deal_id in self._deals:
            return self._deals[deal_id][1]
        _, removal = self._removed.get(deal_id, (0, Removal(deal_id)))
        raise RecordGone(f"there is no deal {deal_id}", removal.merged_into)

    def _pages(
        self, records: dict[str, tuple[int, T]], cursor: str | None
    ) -> Iterator[tuple[tuple[T, ...], str, int, bool]]:
        """(records, cursor behind them, how many the whole pass gives, whether a pass over everything begins)."""
        changed = _since(records, cursor)
        for start in range(0, len(changed), self.page_size):
            page = changed[start : start + self.page_size]
            yield tuple(record for _, record in page), str(page[-1][0]), len(changed), cursor is None and start == 0


def _since(records: dict[str, tuple[int, T]], cursor: str | None) -> list[tuple[int, T]]:
    after = int(cursor or 0)
    return sorted((one for one in records.values() if one[0] > after), key=lambda pair: pair[0])
