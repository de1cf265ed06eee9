"""What every adapter must do. A CRM passes by a subclass with a ``crm`` fixture: a fake of the CRM that can be filled.

The records of the port are the common language: what the suite fills in must come out again, whatever the CRM's own
shapes are. Ids of moves and positions of stages are the adapter's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Protocol

import pytest

from crm_adapters.errors import NotSupported, RecordGone, RefusedByRules
from crm_adapters.port import (
    ActorKind,
    Contact,
    CrmAdapter,
    CrmStage,
    Deal,
    GivesOneDeal,
    HeldMeeting,
    Meeting,
    MeetingState,
    Owner,
    Pipeline,
    StageChange,
    StageOutcome,
    Touch,
    Words,
)


class FillableCrm(Protocol):
    """A CRM under the suite's hand. Its pages hold two records."""

    def fill(self, stages: Sequence[Pipeline], deals: Sequence[Deal], meetings: Sequence[Meeting]) -> None:
        """Make the CRM hold exactly this, with as few changes as it takes."""
        ...

    def connect(self) -> CrmAdapter:
        """A fresh connection, as a new process would make it."""
        ...


def day(number: int, hour: int = 9) -> datetime:
    return datetime(2026, 1, number, hour, tzinfo=UTC)


STAGES = (
    Pipeline(
        "new",
        "new",
        (
            CrmStage("lead", "Lead", 1, StageOutcome.OPEN, "problem"),
            CrmStage("call", "Call done", 2, StageOutcome.OPEN, "search"),
            CrmStage("parked", "Parked", 3, StageOutcome.OPEN),
            CrmStage("won", "Won", 4, StageOutcome.WON),
        ),
    ),
    Pipeline(
        "old",
        "old",
        (CrmStage("lead", "Renewal", 1, StageOutcome.OPEN, "sustain"), CrmStage("lost", "Lost", 2, StageOutcome.LOST)),
    ),
)
ANA = Owner("ana@seller.example", "ana@seller.example", "ana@seller.example")
TOM = Owner("Tom", "Tom")
LATE = "999"
BO = Contact("bo@halle.example", "Bo Halle", "bo@halle.example")


def moves(*steps: tuple[str, datetime | None] | tuple[str, datetime | None, ActorKind, str]) -> tuple[StageChange, ...]:
    person = (ActorKind.PERSON, None)
    return tuple(
        StageChange(str(number), stage, at, *(actor or person)) for number, (stage, at, *actor) in enumerate(steps)
    )


DEALS = (
    Deal(
        "d1", "Press line", "new", moves(("lead", day(1)), ("call", day(5, 10), ActorKind.AUTOMATION, "dialler")), ANA
    ),
    Deal("d2", "No story yet", "new", ()),
    Deal("d3", "Since ever", "old", moves(("lead", None), ("lost", day(9))), TOM),
    Deal("d4", "There and back", "new", moves(("lead", day(3)), ("call", day(3)), ("lead", day(3))), ANA),
    Deal("d5", "Said twice", "new", moves(("call", day(4)), ("call", day(4))), TOM),
    Deal("d6", "A stage that nobody lists", "new", moves(("lead", day(2)), ("brand new", day(6)))),
    Deal(
        id="d7",
        name='Ünïcode, "quoted"\nand in two lines',
        pipeline_id="new",
        moves=moves(("parked", day(7)), ("won", day(8))),
        owner=ANA,
        company="Halle & Sons",
        contacts=(BO,),
        amount=Decimal("18500.50"),
        currency="EUR",
        source="trade fair",
        persona="director",
        created_at=day(1, 7),
        touches=(
            Touch("1", "Trade fair", day(1), touchpoint="Our stand", kind="talk"),
            Touch("2", "E-mail", day(6), "Letter no. 7", "Spring, “twice”", "Newsletter", "newsletter"),
            Touch("3", "E-mail", day(6), "Letter no. 7", "Spring, “twice”", "Newsletter", "newsletter"),
            Touch("4", "Referral"),
        ),
    ),
)
MEETINGS = (
    Meeting(
        id="m1",
        deal_id="d1",
        starts_at=day(5),
        minutes=30,
        state=MeetingState.HELD,
        title="First talk",
        template="discovery",
        felt="doubtful",
        effect="strengthened",
        words=(Words("Bo", "It stops twice a week.", canvas_question=3), Words("Bo", "900 a stop.", evidence="cost")),
    ),
    Meeting("m2", "d1", day(20), 60, MeetingState.PLANNED, "The routes"),
    Meeting("m3", "d3", day(8), 45, MeetingState.NO_SHOW, "Renewal"),
)


def all_deals(adapter: CrmAdapter, cursor: str | None = None) -> list[Deal]:
    return [deal for page in adapter.deals(cursor) for deal in page.deals]


def all_meetings(adapter: CrmAdapter, cursor: str | None = None) -> list[Meeting]:
    return [meeting for page in adapter.meetings(cursor) for meeting in page.meetings]


def without_own_ids(deals: Iterable[Deal]) -> list[Deal]:
    """Ids of moves and touches are the adapter's own."""
    return [
        replace(
            deal,
            moves=tuple(replace(move, id="") for move in deal.moves),
            touches=tuple(replace(touch, id="") for touch in deal.touches),
        )
        for deal in deals
    ]


def last_cursor(adapter: CrmAdapter) -> str:
    return [page.cursor for page in adapter.deals(None)][-1]


def held(key: str, deal_id: str) -> HeldMeeting:
    return HeldMeeting(key, deal_id, day(5), 45, "First talk", "They count the stops now.")


class AdapterContract:
    """A CRM that can't say all of the samples has samples of its own."""

    stages: Sequence[Pipeline] = STAGES
    deals: Sequence[Deal] = DEALS
    meetings: Sequence[Meeting] = MEETINGS
    owners: frozenset[Owner] = frozenset({ANA, TOM})
    won = "won"
    # A stage that only a deal's history speaks of.
    unlisted: str | None = "brand new"

    @pytest.fixture
    def crm(self) -> FillableCrm:
        raise AssertionError("a subclass fills a CRM here")

    @pytest.fixture
    def filled(self, crm: FillableCrm) -> FillableCrm:
        crm.fill(self.stages, self.deals, self.meetings)
        return crm

    @pytest.fixture
    def adapter(self, filled: FillableCrm) -> CrmAdapter:
        return filled.connect()

    def test_it_is_an_adapter(self, adapter: CrmAdapter) -> None:
        assert isinstance(adapter, CrmAdapter)

    def test_it_says_who_we_are(self, adapter: CrmAdapter) -> None:
        account = adapter.whoami()

        assert account.id
        assert account.name

    def test_what_the_crm_holds_is_what_comes_out(self, adapter: CrmAdapter) -> None:
        assert without_own_ids(all_deals(adapter)) == without_own_ids(self.deals)

    def test_a_single_deal_is_what_it_is_among_all_others(self, adapter: CrmAdapter) -> None:
        if not isinstance(adapter, GivesOneDeal):
            return
        everything = {deal.id: deal for page in adapter.deals(None) for deal in page.deals}
        for id_, deal in everything.items():
            page = adapter.deal(id_)
            assert page is not None
            assert page.deals == (deal,)
        assert adapter.deal("99999999") is None
        assert adapter.deal("no number") is None

    def test_nothing_is_faulty_in_a_sound_crm(self, adapter: CrmAdapter) -> None:
        pages = [*adapter.deals(None), *adapter.meetings(None)]

        assert [page.faults for page in pages if page.faults] == []
        assert [page.unreadable for page in adapter.deals(None) if page.unreadable] == []

    def test_a_second_reading_says_the_same(self, filled: FillableCrm) -> None:
        first, second = filled.connect(), filled.connect()

        assert all_deals(first) == all_deals(second)
        assert all_meetings(first) == all_meetings(second)
        assert first.pipelines() == second.pipelines()

    def test_the_moves_of_a_deal_have_an_id_each(self, adapter: CrmAdapter) -> None:
        for deal in all_deals(adapter):
            assert len({move.id for move in deal.moves}) == len(deal.moves)

    def test_a_move_keeps_its_id_when_others_come(self, filled: FillableCrm) -> None:
        before = {deal.id: [move.id for move in deal.moves] for deal in all_deals(filled.connect())}
        stay = [deal for deal in self.deals if deal.moves and deal.moves[-1].stage_id == self.won]
        longer = [replace(deal, moves=(*deal.moves, *moves((self.won, day(25))))) for deal in self.deals]

        filled.fill(self.stages, [new for old, new in zip(self.deals, longer, strict=True) if old not in stay], ())

        for deal in all_deals(filled.connect()):
            assert [move.id for move in deal.moves[:-1]] == before[deal.id]

    def test_some_deal_has_touches_and_each_has_an_id_of_its_own(self, adapter: CrmAdapter) -> None:
        deals = all_deals(adapter)

        assert any(deal.touches for deal in deals)
        assert all(len({touch.id for touch in deal.touches}) == len(deal.touches) for deal in deals)

    def test_a_touch_keeps_its_id_when_others_come_and_when_its_deal_changes(self, filled: FillableCrm) -> None:
        before = {deal.id: deal.touches for deal in all_deals(filled.connect())}
        late = Touch("late", "Webinar", day(26))
        longer = [(*deal.touches, late) if deal.touches else () for deal in self.deals]
        renamed = [
            replace(deal, name=f"{deal.name}, renamed", touches=touches)
            for deal, touches in zip(self.deals, longer, strict=True)
        ]

        filled.fill(self.stages, renamed, ())

        for deal in all_deals(filled.connect()):
            assert deal.touches[: len(before[deal.id])] == before[deal.id]

    def test_instants_are_aware(self, adapter: CrmAdapter) -> None:
        deals = all_deals(adapter)
        instants = [move.at for deal in deals for move in deal.moves] + [deal.created_at for deal in deals]
        instants += [touch.at for deal in deals for touch in deal.touches]
        instants += [meeting.starts_at for meeting in all_meetings(adapter)]

        assert {at.utcoffset() for at in instants if at} == {timedelta(0)}

    def test_stages_come_with_their_meaning(self, adapter: CrmAdapter) -> None:
        found = {pipeline.id: {stage.id: stage for stage in pipeline.stages} for pipeline in adapter.pipelines()}

        for pipeline in self.stages:
            for stage in pipeline.stages:
                assert replace(found[pipeline.id][stage.id], position=stage.position) == stage

    def test_every_move_leads_into_a_stage_of_some_pipeline(self, adapter: CrmAdapter) -> None:
        stages = {stage.id for pipeline in adapter.pipelines() for stage in pipeline.stages}

        assert {move.stage_id for deal in all_deals(adapter) for move in deal.moves} <= stages

    def test_a_stage_that_nobody_lists_is_open_and_unmapped(self, adapter: CrmAdapter) -> None:
        found = [stage for pipeline in adapter.pipelines() for stage in pipeline.stages if stage.id == self.unlisted]

        assert [(stage.label, stage.outcome, stage.buyer_stage) for stage in found] == [
            (self.unlisted, StageOutcome.OPEN, None)
        ] * bool(self.unlisted)

    def test_owners_of_deals_are_listed(self, adapter: CrmAdapter) -> None:
        assert self.owners <= set(adapter.owners())

    def test_pages_are_counted_and_only_the_first_begins(self, adapter: CrmAdapter) -> None:
        pages = list(adapter.deals(None))

        assert len(pages) > 1
        assert [page.from_start for page in pages] == [True] + [False] * (len(pages) - 1)
        assert {page.total for page in pages} <= {len(self.deals), None}

    def test_behind_any_page_comes_the_rest_and_nothing_twice(self, filled: FillableCrm) -> None:
        pages = list(filled.connect().deals(None))

        for read, page in enumerate(pages, 1):
            rest = list(filled.connect().deals(page.cursor))
            assert [deal for one in rest for deal in one.deals] == [deal for one in pages[read:] for deal in one.deals]
            assert not any(one.from_start for one in rest)

    def test_behind_any_page_of_meetings_comes_the_rest_and_nothing_twice(self, filled: FillableCrm) -> None:
        pages = list(filled.connect().meetings(None))

        assert len(pages) > 1
        for read, page in enumerate(pages, 1):
            rest = [meeting for one in pages[read:] for meeting in one.meetings]
            assert all_meetings(filled.connect(), page.cursor) == rest

    def test_a_changed_deal_comes_behind_the_cursor(self, filled: FillableCrm) -> None:
        cursor = last_cursor(filled.connect())
        renamed = replace(self.deals[1], name="A story now")

        filled.fill(self.stages, [self.deals[0], renamed, *self.deals[2:]], self.meetings)

        assert renamed in all_deals(filled.connect(), cursor)

    def test_a_new_deal_comes_behind_the_cursor(self, filled: FillableCrm) -> None:
        cursor = last_cursor(filled.connect())
        late = replace(self.deals[1], id=LATE, name="Late")

        filled.fill(self.stages, [*self.deals, late], self.meetings)

        assert late in all_deals(filled.connect(), cursor)

    def test_a_changed_source_that_is_read_anew_says_so(self, filled: FillableCrm) -> None:
        cursor = next(page.cursor for page in filled.connect().deals(None))

        filled.fill(self.stages, [*self.deals, replace(self.deals[1], id=LATE, name="Late")], self.meetings)
        pages = list(filled.connect().deals(cursor))

        again = {deal.id for page in pages for deal in page.deals} >= {deal.id for deal in self.deals}
        assert pages[0].from_start == again

    def test_a_deal_that_is_gone_can_be_told(self, filled: FillableCrm) -> None:
        cursor = last_cursor(filled.connect())

        filled.fill(self.stages, self.deals[1:], self.meetings[2:])
        adapter = filled.connect()

        if adapter.abilities.lists_all:
            assert [deal.id for deal in all_deals(adapter)] == [deal.id for deal in self.deals[1:]]
        if adapter.abilities.gives_changes:
            assert [removal.deal_id for removal in adapter.removals(cursor, self._ids)] == [self.deals[0].id]

    def _ids(self) -> frozenset[str]:
        return frozenset(deal.id for deal in self.deals)

    def test_meetings_come_with_what_was_said(self, adapter: CrmAdapter) -> None:
        assert all_meetings(adapter) == list(self.meetings)

    def test_an_empty_crm_has_no_deals(self, crm: FillableCrm) -> None:
        crm.fill(self.stages, (), ())
        adapter = crm.connect()

        assert all_deals(adapter) == []
        assert all_meetings(adapter) == []

    def test_a_meeting_written_twice_is_written_once(self, adapter: CrmAdapter) -> None:
        if not adapter.abilities.writes_meetings:
            with pytest.raises(NotSupported):
                adapter.write_meeting(held("k1", self.deals[0].id))
            return

        first = adapter.write_meeting(held("k1", self.deals[0].id))

        assert adapter.write_meeting(held("k1", self.deals[0].id)) == first
        assert adapter.write_meeting(held("k2", self.deals[0].id)) != first

    def test_a_meeting_of_a_deal_that_is_not_there_is_refused(self, adapter: CrmAdapter) -> None:
        expected = RecordGone if adapter.abilities.writes_meetings else NotSupported

        with pytest.raises(expected):
            adapter.write_meeting(held("k1", "nobody"))

    def test_a_moved_deal_has_one_move_more(self, adapter: CrmAdapter) -> None:
        if not adapter.abilities.moves_deals:
            with pytest.raises(NotSupported):
                adapter.move_deal(self.deals[0].id, self.won)
            return
        before = next(deal for deal in all_deals(adapter) if deal.id == self.deals[0].id).moves

        move = adapter.move_deal(self.deals[0].id, self.won)

        after = next(deal for deal in all_deals(adapter) if deal.id == self.deals[0].id).moves
        assert after[:-1] == before
        assert after[-1].stage_id == self.won
        assert after[-1].id == move == adapter.move_deal(self.deals[0].id, self.won), "a second time nothing is moved"

    @pytest.mark.parametrize(
        ("known", "stage_id", "refusal"), [(False, "won", RecordGone), (True, "nowhere", RefusedByRules)]
    )
    def test_an_impossible_move_is_refused(
        self, adapter: CrmAdapter, known: bool, stage_id: str, refusal: type[Exception]
    ) -> None:
        expected = refusal if adapter.abilities.moves_deals else NotSupported

        with pytest.raises(expected):
            adapter.move_deal(self.deals[0].id if known else "999999", stage_id)
