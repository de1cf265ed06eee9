"""Logging a meeting: stored once, and the buyer's move changes what conversion says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from plugin.domain.conversion import Period
from plugin.domain.meeting import MeetingState
from plugin.domain.moves import StageMove
from plugin.services.conversion import conversion
from plugin.services.drafts import NEW_MEETING, save_draft
from plugin.services.log import Conflict, Logged, log_meeting
from plugin.services.log_entry import LogEntry, Progress, SaidAnswer, SaidEvidence
from plugin.services.log_form import log_form
from plugin.services.viewer import Role, Viewer
from plugin.services.workspace import Workspace
from plugin.store.queries.deals import standing_of
from plugin.store.queries.meetings import meetings_of, words_of
from plugin.store.queries.questions import Question
from plugin.store.tables import BuyerWords, Deal, LogDraft, Meeting, MeetingLog, StageMoveFact, UserAccount
from tests.histories import START
from tests.services.conftest import NOW, Fill, told

HELD_AT = NOW - timedelta(hours=2)
ENTRY = LogEntry(
    key="form-1",
    meeting_ref=NEW_MEETING,
    revision=0,
    outcome=MeetingState.HELD,
    starts_at=HELD_AT,
    template="discovery",
    evidence=(SaidEvidence("problem_stated", "We lose a day every Monday.", "Bo Buyer"),),
    answers=(SaidAnswer(3, "Two people retype it all.", "Bo Buyer"),),
    felt="keen",
    effect="strengthened",
    note="Sent the guide.",
    progress=Progress.FORWARD,
    target="search",
    next_template="framing",
    next_at=NOW + timedelta(days=7),
)


@pytest.fixture
def ana(workspace: Workspace) -> Viewer:
    return account(workspace, "Ana", Role.SALESPERSON)


def account(workspace: Workspace, name: str, role: Role) -> Viewer:
    with workspace.database.writing.begin() as session:
        row = UserAccount(email=f"{name.lower()}@seller.example", name=name, role=role.value, created_at=NOW)
        session.add(row)
        session.flush()
        return Viewer(row.id, row.name, row.email, role)


@pytest.fixture
def deal(workspace: Workspace, ana: Viewer, fill: Fill) -> str:
    """The public id of Ana's deal, which has stood in search after problem since the second of January."""
    first = [StageMove("a", START, "problem")]
    fill([told("d1", first), told("d2", first, owner="Bob")])
    with workspace.database.reading() as session:
        return session.scalars(select(Deal.public_id).filter_by(crm_id="d1")).one()


def log(workspace: Workspace, viewer: Viewer, deal: str, entry: LogEntry = ENTRY) -> Logged | Conflict | None:
    with workspace.database.writing.begin() as session:
        return log_meeting(session, workspace, viewer, deal, entry)


def how_many(workspace: Workspace, *tables: type) -> list[int | None]:
    with workspace.database.reading() as session:
        return [session.scalar(select(func.count()).select_from(table)) for table in tables]


def test_a_log_stores_words_meeting_and_move_and_plans_the_next(workspace: Workspace, ana: Viewer, deal: str) -> None:
    logged = log(workspace, ana, deal)
    assert isinstance(logged, Logged)
    assert (logged.before, logged.after, logged.again) == ("problem", "search", False)
    with workspace.database.reading() as session:
        deal_id = session.scalars(select(Deal.id).filter_by(public_id=deal)).one()
        planned, held = meetings_of(session, deal_id)
        words = words_of(session, [deal_id])[deal_id]
        standing, _ = standing_of(session, deal_id)
    assert (held.state, held.felt, held.effect, held.notes[0].text) == (
        "held",
        "keen",
        "strengthened",
        "Sent the guide.",
    )
    assert held.template_version == workspace.library.meetings["discovery"].version
    assert (planned.state, planned.template, planned.starts_at) == ("planned", "framing", ENTRY.next_at)
    assert {(said.evidence, said.question, said.said_by) for said in words} == {
        ("problem_stated", None, "Bo Buyer"),
        (None, 3, "Bo Buyer"),
    }
    assert (standing.stage, standing.since) == ("search", HELD_AT)


def test_conversion_changes_with_the_log(workspace: Workspace, ana: Viewer, deal: str) -> None:
    def advanced() -> int:
        with workspace.database.reading() as session:
            return conversion(session, workspace, Question(Period(), NOW)).rows[0].advanced

    assert advanced() == 0
    log(workspace, ana, deal)
    assert advanced() == 1


def test_the_same_form_sent_twice_is_stored_once(workspace: Workspace, ana: Viewer, deal: str) -> None:
    log(workspace, ana, deal)
    before = how_many(workspace, Meeting, MeetingLog, BuyerWords, StageMoveFact)
    again = log(workspace, ana, deal)
    assert isinstance(again, Logged)
    assert again.again
    assert how_many(workspace, Meeting, MeetingLog, BuyerWords, StageMoveFact) == before


@pytest.mark.parametrize(
    ("progress", "target", "state"),
    [
        (Progress.STAYED, None, ("problem", "open")),
        (Progress.FORWARD, "select", ("select", "open")),
        (Progress.WON, None, ("problem", "won")),
        (Progress.LOST, None, ("problem", "lost")),
    ],
)
def test_where_the_meeting_left_the_buyer_is_where_they_stand(
    workspace: Workspace, ana: Viewer, deal: str, progress: Progress, target: str | None, state: tuple[str, str]
) -> None:
    logged = log(workspace, ana, deal, replace(ENTRY, progress=progress, target=target))
    assert isinstance(logged, Logged)
    assert (logged.after, logged.state_after) == state


def test_going_back_keeps_what_changed_in_the_buyers_words(workspace: Workspace, ana: Viewer, deal: str) -> None:
    log(workspace, ana, deal)
    changed = "The new director wants another problem solved."
    back = replace(
        ENTRY, key="form-2", progress=Progress.BACK, target="problem", what_changed=changed, evidence=(), starts_at=NOW
    )
    log(workspace, ana, deal, back)
    with workspace.database.reading() as session:
        form = log_form(session, workspace, ana, deal, NEW_MEETING)
    assert form is not None
    assert form.reading.went_back
    assert form.reading.what_changed == changed


def test_a_log_of_a_past_meeting_never_moves_the_buyer_before_what_the_crm_knows(
    workspace: Workspace, ana: Viewer, deal: str
) -> None:
    old = replace(ENTRY, starts_at=START - timedelta(days=3))
    logged = log(workspace, ana, deal, old)
    assert isinstance(logged, Logged)
    assert logged.after == "search"


def test_a_second_writer_is_told_and_nothing_is_overwritten(workspace: Workspace, ana: Viewer, deal: str) -> None:
    bob = account(workspace, "Max", Role.MANAGER)
    first = log(workspace, ana, deal)
    assert isinstance(first, Logged)
    late = replace(ENTRY, key="form-2", meeting_ref=first.meeting, revision=0, note="Mine", progress=Progress.STAYED)
    conflict = log(workspace, bob, deal, late)
    assert isinstance(conflict, Conflict)
    assert [note.text for note in conflict.theirs] == ["Sent the guide."]
    assert how_many(workspace, MeetingLog) == [1]
    settled = log(workspace, bob, deal, replace(late, revision=conflict.revision, next_at=None))
    assert isinstance(settled, Logged)
    with workspace.database.reading() as session:
        form = log_form(session, workspace, bob, deal, first.meeting)
    assert form is not None
    assert form.meeting is not None
    assert [note.text for note in form.meeting.notes] == ["Sent the guide.", "Mine"]


def test_a_deal_of_somebody_else_is_not_there(workspace: Workspace, ana: Viewer, deal: str) -> None:
    with workspace.database.reading() as session:
        others = session.scalars(select(Deal.public_id).filter_by(crm_id="d2")).one()
    assert log(workspace, ana, others) is None
    assert how_many(workspace, MeetingLog) == [0]


def test_a_draft_is_kept_shown_to_colleagues_and_forgotten_when_saved(
    workspace: Workspace, ana: Viewer, deal: str
) -> None:
    boss = account(workspace, "Max", Role.MANAGER)
    for text in ("They s", "They said yes"):
        with workspace.database.writing.begin() as session:
            save_draft(session, ana.user_id, deal, NEW_MEETING, {"note": [text]}, NOW)
    with workspace.database.reading() as session:
        mine = log_form(session, workspace, ana, deal, NEW_MEETING)
        theirs = log_form(session, workspace, boss, deal, NEW_MEETING)
    assert mine is not None
    assert theirs is not None
    assert mine.draft == {"note": ["They said yes"]}
    assert (theirs.draft, [one.name for one in theirs.colleagues]) == (None, ["Ana"])
    log(workspace, ana, deal)
    assert how_many(workspace, LogDraft) == [0]
