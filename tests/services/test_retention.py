"""Rules of retention: nothing by itself, the dry run says it all, the run does just that, and counts stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_adapters import port
from plugin.domain.conversion import Period
from plugin.domain.moves import LOST, WON
from plugin.domain.retention import PROPOSED, Kept, months_before
from plugin.services import retention
from plugin.services.conversion import conversion
from plugin.services.retention import decide_rule, rules, run_retention, run_when_due
from plugin.services.workspace import Workspace
from plugin.store.personal import HOLDINGS, rows_of
from plugin.store.queries.questions import Question
from plugin.store.tables import (
    AuditEntry,
    BuyerWords,
    CrmEvent,
    Deal,
    DealContact,
    LogDraft,
    Meeting,
    MeetingAttendee,
    MeetingLog,
    SignInAttempt,
    SyncRun,
    UserAccount,
)
from plugin.sync.meetings import MeetingPageWriter
from tests.services.conftest import NOW, Fill
from tests.services.test_everything_personal import figures

LONG_AGO = NOW - timedelta(days=4 * 366)


@pytest.fixture
def company(workspace: Workspace, fill: Fill) -> Workspace:
    """A deal that was lost long ago, one that was won then, and one that is open; words and people in each."""
    fill([a_deal("lost", LOST), a_deal("won", WON), a_deal("open", None)])
    with workspace.database.writing.begin() as session:
        user = UserAccount(email="ana@x.example", name="Ana", role="salesperson", created_at=NOW)
        connection = session.scalars(select(Deal.connection_id)).first()
        session.add(user)
        session.flush()
        for deal in session.scalars(select(Deal)):
            talk(session, deal, user.id)
        session.add_all(
            [
                SignInAttempt(email_hash="e", address_hash="a", at=LONG_AGO, succeeded=False),
                AuditEntry(at=LONG_AGO, act="journey published", about="figure8"),
                *(
                    CrmEvent(connection_id=connection, key=str(at), what="x", record="1", received_at=at, handled_at=at)
                    for at in (LONG_AGO, NOW)
                ),
                *(
                    SyncRun(connection_id=connection, started_at=at, state="done", faults=[])
                    for at in (LONG_AGO, LONG_AGO + timedelta(days=1))
                ),
            ]
        )
    return workspace


def a_deal(key: str, end: str | None) -> port.Deal:
    moves = [("problem", LONG_AGO - timedelta(days=20)), *([(end, LONG_AGO)] if end else [])]
    changes = tuple(port.StageChange(stage, stage, at, port.ActorKind.PERSON) for stage, at in moves)
    return port.Deal(key, f"Deal {key}", "new", changes, contacts=(port.Contact(f"c{key}", f"Bo {key}", None),))


def talk(session: Session, deal: Deal, user_id: int) -> None:
    meeting = Meeting(
        public_id=deal.crm_id, deal_id=deal.id, crm_id=f"m{deal.crm_id}", state="held", starts_at=LONG_AGO, minutes=30
    )
    meeting.title = "Lunch with Bo"
    session.add(meeting)
    session.flush()
    session.add_all(
        [
            MeetingLog(
                key=deal.crm_id, meeting_id=meeting.id, user_id=user_id, note="Bo was late.", logged_at=LONG_AGO
            ),
            MeetingAttendee(meeting_id=meeting.id, name=f"Bo {deal.crm_id}"),
            BuyerWords(
                deal_id=deal.id,
                meeting_id=meeting.id,
                status="heard",
                canvas_question=1,
                text="In June.",
                said_by="Bo",
                said_at=LONG_AGO,
            ),
            LogDraft(deal_id=deal.id, meeting_ref="new", user_id=user_id, fields={"note": "x"}, updated_at=LONG_AGO),
        ]
    )


def switch_on(workspace: Workspace, *kinds: Kept, months: int = 36) -> None:
    with workspace.database.writing.begin() as session:
        for what in kinds:
            decide_rule(session, what, months, True, None, NOW)


def texts(workspace: Workspace) -> dict[str, list[str]]:
    """Words, notes and titles by deal."""
    held = [one for one in HOLDINGS if one.table in (MeetingLog, BuyerWords, Meeting)]
    with workspace.database.reading() as session:
        deals = dict(session.execute(select(Deal.id, Deal.crm_id)).all())
        found: dict[str, list[str]] = {name: [] for name in deals.values()}
        for holding in held:
            for row, deal_id, _ in rows_of(session, holding, deals, None):
                found[deals[deal_id or 0]] += [text for name in holding.columns if (text := getattr(row, name))]
    return {deal: sorted(said) for deal, said in found.items()}


def test_every_rule_is_proposed_and_none_is_on(company: Workspace) -> None:
    with company.database.reading() as session:
        found = rules(session, NOW)
    assert [(one.what, one.months, one.active, one.changed_at) for one in found] == [
        (what, PROPOSED[what], False, None) for what in Kept
    ]
    assert run_retention(company) == {}


def test_the_dry_run_counts_and_shows_what_would_go_and_changes_nothing(company: Workspace) -> None:
    before = texts(company)
    with company.database.reading() as session:
        due = {one.what: (one.due, len(one.examples)) for one in rules(session, NOW)}
    # Two closed deals: a title, a note, an answer and a draft each.
    assert due[Kept.CLOSED_WORDS] == (8, 3)
    assert due[Kept.LOST_CONTACTS] == (1, 1)
    assert due[Kept.ATTENDEES] == (3, 3)
    assert due[Kept.DRAFTS] == (3, 3)
    assert due[Kept.EVENTS] == (2, 2)
    assert due[Kept.SIGN_INS] == (1, 1)
    assert due[Kept.AUDIT] == (1, 1)
    assert texts(company) == before


@pytest.mark.parametrize("what", list(Kept))
def test_a_run_lets_go_just_what_the_dry_run_said_once_and_no_count_changes(company: Workspace, what: Kept) -> None:
    switch_on(company, what)
    before = figures(company)
    with company.database.reading() as session:
        due = next(one.due for one in rules(session, NOW) if one.what is what)
    assert run_retention(company) == {what: due}
    assert run_retention(company) == {what: 0}
    assert figures(company) == before


def test_words_of_closed_deals_go_and_that_they_were_said_stays(company: Workspace) -> None:
    switch_on(company, Kept.CLOSED_WORDS)
    run_retention(company)
    assert texts(company) == {
        "lost": [],
        "won": [],
        "open": sorted(["Bo was late.", "In June.", "Bo", "Lunch with Bo"]),
    }
    with company.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(BuyerWords)) == 3


def test_no_sync_fetches_again_what_a_rule_let_go(company: Workspace) -> None:
    switch_on(company, Kept.CLOSED_WORDS)
    run_retention(company)
    with company.database.writing.begin() as session:
        connection_id = session.scalars(select(Deal.connection_id)).first() or 0
        words = (port.Words("Bo", "In June."),)
        told = [
            port.Meeting(f"m{deal}", deal, LONG_AGO, 30, port.MeetingState.HELD, "Lunch with Bo", words=words)
            for deal in ("lost", "open")
        ]
        MeetingPageWriter(connection_id, {}, NOW).write(session, port.MeetingPage(tuple(told), "end"), 2)
    found = texts(company)
    assert found["lost"] == []
    assert "In June." in found["open"]


def test_many_rows_go_in_batches(company: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 1)
    switch_on(company, Kept.ATTENDEES)
    assert run_retention(company) == {Kept.ATTENDEES: 3}


def test_the_worker_runs_once_a_day_and_each_run_is_recorded_with_its_counts(company: Workspace) -> None:
    clock = [NOW]
    space = replace(company, clock=lambda: clock[0])
    assert run_when_due(space) == {}
    switch_on(space, Kept.LOST_CONTACTS)
    assert run_when_due(space) == {Kept.LOST_CONTACTS: 1}
    clock[0] += timedelta(hours=23)
    assert run_when_due(space) == {}
    clock[0] += timedelta(hours=2)
    assert run_when_due(space) == {Kept.LOST_CONTACTS: 0}
    with space.database.reading() as session:
        ran = session.scalars(select(AuditEntry.about).filter_by(act="retention run").order_by(AuditEntry.id)).all()
        assert ran == ["lost_contacts 1", "0"]
        assert session.scalars(select(DealContact.name).order_by(DealContact.name)).all() == ["Bo open", "Bo won"]


def test_the_last_run_of_a_sync_stays_however_old(company: Workspace) -> None:
    switch_on(company, Kept.EVENTS, months=1)
    run_retention(company)
    with company.database.reading() as session:
        assert session.scalars(select(SyncRun.started_at)).all() == [LONG_AGO + timedelta(days=1)]
        assert session.scalars(select(CrmEvent.handled_at)).all() == [NOW]


def test_a_rule_that_stays_as_it_was_is_no_deed(company: Workspace) -> None:
    with company.database.writing.begin() as session:
        decide_rule(session, Kept.DRAFTS, PROPOSED[Kept.DRAFTS], False, None, NOW)
        for _ in range(2):
            decide_rule(session, Kept.AUDIT, 60, True, None, NOW)
    with company.database.reading() as session:
        acts = session.scalars(select(AuditEntry.about).filter_by(act="retention changed")).all()
    assert acts == ["audit: 60"]


@given(st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1)), st.integers(1, 240))
def test_months_are_counted_back_to_the_same_day_or_the_months_last(now: datetime, months: int) -> None:
    before = months_before(now.replace(tzinfo=UTC), months)
    assert (now.year * 12 + now.month) - (before.year * 12 + before.month) == months
    assert before.day == now.day or (before.day < now.day and (before + timedelta(days=1)).day == 1)
    assert before.time() == now.time()


def test_the_figures_that_are_compared_are_figures(company: Workspace) -> None:
    with company.database.reading() as session:
        rows = conversion(session, company, Question(Period(None, None), NOW, 90)).rows
    assert sum(row.entered for row in rows) == 3
