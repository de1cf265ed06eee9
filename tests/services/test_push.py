"""The outbox: in order within a deal, each message once, whatever happens in between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import select

from crm_adapters.errors import AccessRefused, CrmError, OutcomeUnknown, RefusedByRules, TryLater
from crm_adapters.memory import MemoryCrm
from crm_adapters.port import CrmStage, Deal, HeldMeeting, Owner, Pipeline, StageOutcome
from plugin.domain.journey import Text
from plugin.domain.journeys import Journeys
from plugin.domain.outbox import GIVE_UP_AFTER, LEASE
from plugin.library.journeys import load_journey, shipped_journeys
from plugin.services import outbox
from plugin.services.workspace import Workspace
from plugin.store.recomputing import Recomputing
from plugin.store.tables import BuyerWords, Connection, Meeting, MeetingLog, OutboxMessage, StageMoveFact, UserAccount
from plugin.store.tables import CrmStage as StageRow
from plugin.store.tables import Deal as DealRow
from plugin.sync.pull import Pull
from plugin.sync.push import Push
from tests.services.conftest import NOW

NO_TITLES: Mapping[str, Text] = {}
ACCOUNT = {"role": "salesperson", "created_at": NOW}
STAGES = (
    Pipeline(
        "new",
        "New",
        (
            CrmStage("lead", "Lead", 1, StageOutcome.OPEN, "problem"),
            CrmStage("call", "Call", 2, StageOutcome.OPEN, "search"),
            CrmStage("won", "Won", 3, StageOutcome.WON),
        ),
    ),
)


@dataclass
class Crm(MemoryCrm):
    """A CRM that fails as it is told to, before it does anything or (``after``) behind it."""

    before: list[CrmError] = field(default_factory=list)
    after: list[CrmError] = field(default_factory=list)
    order: list[str] = field(default_factory=list)

    def write_meeting(self, meeting: HeldMeeting) -> str:
        if self.before:
            raise self.before.pop(0)
        written = super().write_meeting(meeting)
        self.order.append(meeting.key)
        if self.after:
            raise self.after.pop(0)
        return written

    def move_deal(self, deal_id: str, stage_id: str) -> str:
        if self.before:
            raise self.before.pop(0)
        moved = super().move_deal(deal_id, stage_id)
        self.order.append(f"{deal_id} to {stage_id}")
        if self.after:
            raise self.after.pop(0)
        return moved


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def crm(workspace: Workspace) -> Crm:
    crm = Crm(stages=STAGES, page_size=50, clock=lambda: NOW)
    for n in range(3):
        crm.put(Deal(f"d{n}", f"Deal {n}", "new", (), Owner("ana", "Ana")))
    with workspace.database.writing.begin() as session:
        session.add(Connection(name="crm", kind="memory", settings={}, created_at=NOW))
    pull(workspace, crm)
    return crm


def pull(workspace: Workspace, crm: Crm) -> None:
    recomputing = Recomputing(workspace.database, workspace.journeys, workspace.cohorts.folder, lambda: NOW)
    with workspace.database.reading() as session:
        connection_id = session.scalars(select(Connection.id)).one()
    Pull(recomputing, connection_id, crm, {}).run()


@pytest.fixture
def logged(workspace: Workspace, clock: Clock) -> Callable[..., list[str]]:
    """Meetings that were logged, and what they say of the buyer's move; returns the meetings' keys."""

    numbers = count()

    def log(*deals: str, target: str | None = None, meeting: str | None = None) -> list[str]:
        keys = []
        with workspace.database.writing.begin() as session:
            ids = dict(session.execute(select(DealRow.crm_id, DealRow.id)).all())
            for deal in deals:
                row = session.scalar(select(Meeting).filter_by(public_id=meeting)) if meeting else None
                row = row or Meeting(
                    public_id=f"m{next(numbers):05}",
                    deal_id=ids[deal],
                    state="held",
                    starts_at=clock(),
                    minutes=30,
                    title="Talk",
                )
                row.revision = (row.revision or 0) + 1
                session.add(row)
                session.flush()
                key = f"{row.public_id} {row.revision}"
                outbox.write_to_crm(session, Dated(workspace, clock), row, key, target)  # type: ignore[arg-type]
                keys.append(row.public_id)
        return keys

    return log


@dataclass
class Dated:
    workspace: Workspace
    clock: Clock


def push(workspace: Workspace, crm: Crm, clock: Clock, titles: Mapping[str, Text] = NO_TITLES) -> int:
    with workspace.database.reading() as session:
        connection_id = session.scalars(select(Connection.id)).one()
    return Push(workspace.database, workspace.journeys, connection_id, crm, clock, titles).run()


def states(workspace: Workspace) -> list[str]:
    with workspace.database.reading() as session:
        return list(session.scalars(select(OutboxMessage.state).order_by(OutboxMessage.id)))


def test_a_log_is_written_with_its_move_in_this_order(
    workspace: Workspace, crm: Crm, logged: Callable[..., list[str]], clock: Clock
) -> None:
    (meeting,) = logged("d0", target="search")
    assert push(workspace, crm, clock) == 2
    assert crm.order == [meeting, "d0 to call"]
    assert push(workspace, crm, clock) == 0
    with workspace.database.reading() as session:
        assert session.scalars(select(Meeting.crm_id)).one() == f"meeting-{meeting}"


@pytest.mark.parametrize(
    ("language", "gave", "asked"),
    [
        ("en", "States the problem in their own words", "Who lives the problem, and in what situation?"),
        ("fr", "Énonce le problème avec ses propres mots", "Qui vit le problème, et dans quelle situation ?"),
    ],
)
def test_the_crm_reads_what_the_buyer_gave_in_the_words_of_who_logged_it(
    workspace: Workspace, crm: Crm, logged: Callable[..., list[str]], clock: Clock, language: str, gave: str, asked: str
) -> None:
    (key,) = logged("d0")
    with workspace.database.writing.begin() as session:
        meeting = session.scalars(select(Meeting).filter_by(public_id=key)).one()
        meeting.title, meeting.template = "", "discovery"
        session.add(UserAccount(email="lea@seller.example", name="Léa", language=language, **ACCOUNT))
        session.flush()
        lea = session.scalars(select(UserAccount.id).filter_by(email="lea@seller.example")).one()
        session.add(MeetingLog(key="k", meeting_id=meeting.id, user_id=lea, note="A note.", logged_at=NOW))
        about = {"deal_id": meeting.deal_id, "meeting_id": meeting.id, "status": "heard", "said_at": NOW}
        session.add(BuyerWords(evidence="problem_stated", text="", **about))
        session.add(BuyerWords(canvas_question=1, text="Two people.", said_by="Bo", **about))
    told = workspace.with_journeys(Journeys(load_journey(shipped_journeys()["figure8"])))
    push(told, crm, clock, {"discovery": Text("Discovery", "Découverte")})
    written = crm.written[key]
    assert written.title == {"en": "Discovery", "fr": "Découverte"}[language]
    assert written.body.replace("\N{NARROW NO-BREAK SPACE}", " ") == f"A note.\n\n{gave}\n\n{asked}\n“Two people.” (Bo)"


def test_our_own_move_does_not_come_back_as_the_buyers(
    workspace: Workspace, crm: Crm, logged: Callable[..., list[str]], clock: Clock
) -> None:
    logged("d0", target="search")
    push(workspace, crm, clock)
    pull(workspace, crm)
    with workspace.database.reading() as session:
        assert session.scalars(select(StageMoveFact.key)).all() == []
    crm.move_deal("d0", "won")
    pull(workspace, crm)
    with workspace.database.reading() as session:
        assert session.scalars(select(StageMoveFact.label)).all() == ["Won"]


def test_a_lost_answer_is_found_out_and_not_guessed(
    workspace: Workspace, crm: Crm, logged: Callable[..., list[str]], clock: Clock
) -> None:
    logged("d0", target="search")
    crm.after.append(OutcomeUnknown("the answer was lost"))
    push(workspace, crm, clock)
    assert states(workspace) == ["unknown", "waiting"], "the move waits behind its meeting"
    clock.now += timedelta(minutes=1)
    push(workspace, crm, clock)
    assert states(workspace) == ["done", "done"]
    assert len(crm.written) == 1


def test_messages_of_a_deal_wait_for_each_other_and_other_deals_do_not(
    workspace: Workspace, crm: Crm, logged: Callable[..., list[str]], clock: Clock
) -> None:
    first, second, other = logged("d0", "d0", "d1")
    crm.after.append(OutcomeUnknown("lost"))
    push(workspace, crm, clock)
    assert crm.order == [first, other]
    clock.now += timedelta(minutes=1)
    push(workspace, crm, clock)
    assert crm.order == [first, other, first, second]


def test_a_refusal_waits_for_a_person_and_keeps_nothing_back(
    workspace: Workspace, crm: Crm, logged: Callable[..., list[str]], clock: Clock
) -> None:
    _, second = logged("d0", "d0")
    crm.before.append(RefusedByRules("a reason is wanted", ("closed_won_reason",)))
    push(workspace, crm, clock)
    assert states(workspace) == ["refused", "done"]
    with workspace.database.writing.begin() as session:
        (trouble,) = outbox.queue_of(session, session.scalars(select(Connection.id)).one()).troubled
        assert (trouble.error, trouble.fields) == ("a reason is wanted", ("closed_won_reason",))
        assert outbox.retry(session, Dated(workspace, clock), trouble.public_id)  # type: ignore[arg-type]
    assert push(workspace, crm, clock) == 1
    assert crm.order[0] == second


def test_a_deal_that_was_merged_is_followed_and_an_archived_one_is_told(
    workspace: Workspace, crm: Crm, logged: Callable[..., list[str]], clock: Clock
) -> None:
    logged("d0")
    logged("d2")
    crm.remove("d0", merged_into="d1")
    crm.remove("d2")
    push(workspace, crm, clock)
    assert states(workspace) == ["done", "refused"]
    assert [one.deal_id for one in crm.written.values()] == ["d1"]


@pytest.mark.parametrize("error", [TryLater("later", 30.0), AccessRefused("no right")])
def test_a_crm_that_is_away_is_not_asked_for_each_message(
    workspace: Workspace, crm: Crm, logged: Callable[..., list[str]], clock: Clock, error: CrmError
) -> None:
    for _ in range(3):
        logged("d0")
        logged("d1")
    crm.before = [error] * 10
    push(workspace, crm, clock)
    assert len(crm.before) == 9


def test_a_worker_that_died_leaves_its_message_to_another(
    workspace: Workspace, crm: Crm, logged: Callable[..., list[str]], clock: Clock
) -> None:
    logged("d0")

    def die(_meeting: HeldMeeting) -> str:
        raise KeyboardInterrupt

    crm.write_meeting = die  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        push(workspace, crm, clock)
    del crm.write_meeting
    assert push(workspace, crm, clock) == 0, "somebody else may be sending it"
    clock.now += LEASE + timedelta(seconds=1)
    assert push(workspace, crm, clock) == 1


def test_an_edited_log_goes_to_the_same_meeting(
    workspace: Workspace, crm: Crm, logged: Callable[..., list[str]], clock: Clock
) -> None:
    (meeting,) = logged("d0")
    push(workspace, crm, clock)
    logged("d0", meeting=meeting)
    assert push(workspace, crm, clock) == 1
    assert list(crm.written) == [meeting]


def test_what_can_not_be_sent_for_two_weeks_waits_for_a_person(
    workspace: Workspace, crm: Crm, logged: Callable[..., list[str]], clock: Clock
) -> None:
    logged("d0")
    crm.before = [TryLater("away")] * 3
    push(workspace, crm, clock)
    clock.now += GIVE_UP_AFTER
    push(workspace, crm, clock)
    assert states(workspace) == ["dead"]


def test_a_stage_that_nobody_has_matched_is_told_and_the_meeting_is_written(
    workspace: Workspace, crm: Crm, logged: Callable[..., list[str]], clock: Clock
) -> None:
    with workspace.database.writing.begin() as session:
        session.scalars(select(StageRow).filter_by(crm_id="call")).one().buyer_stage = None
    logged("d0", target="search")
    push(workspace, crm, clock)
    assert states(workspace) == ["done", "refused"]


def test_after_three_days_of_outage_everything_arrives_in_order_and_once(
    workspace: Workspace, crm: Crm, logged: Callable[..., list[str]], clock: Clock
) -> None:
    """Seventy-two hours, five thousand meetings (a tenth of that where the server is slow to reach); now and then an
    answer is lost too."""
    number = 5_000 if workspace.database.is_sqlite else 500
    expected: dict[str, list[str]] = {"d0": [], "d1": [], "d2": []}
    away = True
    write = Crm.write_meeting

    def meeting(held: HeldMeeting) -> str:
        if away:
            raise TryLater("away")
        return write(crm, held)

    crm.write_meeting = meeting  # type: ignore[method-assign]
    deals = [f"d{n % 3}" for n in range(number // 20)]
    for _ in range(20):
        for deal, key in zip(deals, logged(*deals), strict=True):
            expected[deal].append(key)
        clock.now += timedelta(hours=72) / 20
        push(workspace, crm, clock)
    away = False
    crm.after = [OutcomeUnknown("lost")] * 20
    for _ in range(200):
        if set(states(workspace)) == {"done"}:
            break
        push(workspace, crm, clock)
        clock.now += timedelta(minutes=31)
    assert set(states(workspace)) == {"done"}
    assert len(crm.written) == number
    first_time = list(dict.fromkeys(crm.order))
    for deal, keys in expected.items():
        assert [key for key in first_time if crm.written[key].deal_id == deal] == keys
