"""What follows from a log waits for a person's word, and their word is done once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import select

from plugin.domain.canvas import AnswerStatus
from plugin.domain.follow_up import FollowUpKind, Signal
from plugin.domain.meeting import MeetingState
from plugin.domain.plan import Side
from plugin.services.follow_ups import Decision, decide
from plugin.services.log import log_meeting
from plugin.services.log_entry import Attendee, LogEntry, Progress, SaidAnswer, SaidEvidence
from plugin.services.meeting_kit import meeting_kit
from plugin.services.plan import NewStep, add_step, set_done
from plugin.services.preparation import preparation
from plugin.services.readings import DealReading, read_deals
from plugin.services.viewer import Role, Viewer
from plugin.services.workspace import Workspace
from plugin.store.queries.deals import find_deal
from plugin.store.queries.plans import steps_of
from plugin.store.tables import FollowUp, Meeting, MeetingLog
from tests.services.conftest import NOW, Fill
from tests.services.test_logging import ENTRY, HELD_AT, account, ana, deal, log

__all__ = ["ana", "deal"]

STAYED = replace(ENTRY, progress=Progress.STAYED, target=None)
# The small journey of the tests has its own evidence.
ALL = (SaidEvidence("problem_said", "It hurts.", "Bo"), SaidEvidence("problem_shown", "", ""))


def reading(workspace: Workspace, deal: str) -> DealReading:
    with workspace.database.reading() as session:
        line = find_deal(session, deal, None)
        assert line
        return read_deals(session, workspace, [line])[0]


def settle(workspace: Workspace, viewer: Viewer, deal: str, decision: Decision) -> bool:
    (waiting,) = reading(workspace, deal).follow_ups
    with workspace.database.writing.begin() as session:
        return decide(session, workspace, viewer, deal, waiting.public_id, decision)


def test_a_passed_gate_is_proposed_and_taken_with_one_word(workspace: Workspace, ana: Viewer, deal: str) -> None:
    log(workspace, ana, deal, replace(STAYED, evidence=ALL))
    (waiting,) = reading(workspace, deal).follow_ups
    assert (waiting.kind, waiting.target) == (FollowUpKind.MOVE_ON, "search")
    assert settle(workspace, ana, deal, Decision(taken=True))
    found = reading(workspace, deal)
    assert (found.standing.stage, found.follow_ups) == ("search", ())


def test_a_refused_gate_keeps_the_buyer_where_they_are_and_the_word(
    workspace: Workspace, ana: Viewer, deal: str
) -> None:
    log(workspace, ana, deal, replace(STAYED, evidence=ALL))
    assert settle(workspace, ana, deal, Decision(taken=False, word="Their board has not met."))
    assert reading(workspace, deal).standing.stage == "problem"
    with workspace.database.reading() as session:
        row = session.scalars(select(FollowUp)).one()
    assert (row.state, row.answer, row.decided_by) == ("refused", "Their board has not met.", ana.user_id)


def test_a_decision_is_made_once_by_who_may_see_the_deal(workspace: Workspace, ana: Viewer, deal: str) -> None:
    log(workspace, ana, deal, replace(STAYED, evidence=ALL))
    (waiting,) = reading(workspace, deal).follow_ups
    bob = account(workspace, "Bob", Role.SALESPERSON)
    for viewer, expected in [(bob, False), (ana, True), (ana, False)]:
        with workspace.database.writing.begin() as session:
            assert decide(session, workspace, viewer, deal, waiting.public_id, Decision(True)) is expected
    assert reading(workspace, deal).standing.stage == "search"


def test_going_back_keeps_what_changed_in_the_buyers_words(workspace: Workspace, ana: Viewer, deal: str) -> None:
    log(workspace, ana, deal)
    taken_back = SaidAnswer(4, "It was never about Mondays.", "Jo", AnswerStatus.CONTRADICTED)
    log(
        workspace,
        ana,
        deal,
        replace(STAYED, key="form-2", starts_at=HELD_AT + timedelta(minutes=5), answers=(taken_back,)),
    )
    found = reading(workspace, deal)
    assert [(one.kind, one.signal) for one in found.follow_ups] == [(FollowUpKind.GO_BACK, Signal.CONTRADICTED)]
    assert found.alert
    assert settle(workspace, ana, deal, Decision(True, "Jo says it was never about Mondays."))
    found = reading(workspace, deal)
    assert (found.standing.stage, found.standing.came_back) == ("problem", True)
    assert found.what_changed == "Jo says it was never about Mondays."


def test_another_meeting_puts_older_proposals_aside(workspace: Workspace, ana: Viewer, deal: str) -> None:
    log(workspace, ana, deal, replace(STAYED, evidence=ALL))
    log(
        workspace,
        ana,
        deal,
        replace(STAYED, key="form-2", starts_at=HELD_AT + timedelta(days=1), progress=Progress.LOST),
    )
    assert reading(workspace, deal).follow_ups == ()
    with workspace.database.reading() as session:
        assert [row.state for row in session.scalars(select(FollowUp))] == ["past"]


def test_somebody_else_who_decides_is_noticed_and_the_first_one_is_not(
    workspace: Workspace, ana: Viewer, deal: str
) -> None:
    forward = replace(ENTRY, target="buy", attendees=(Attendee("Bo Buyer", decides=True),))
    log(workspace, ana, deal, forward)
    assert reading(workspace, deal).follow_ups == ()
    new = replace(STAYED, key="form-2", starts_at=HELD_AT + timedelta(minutes=9), attendees=(Attendee("Jo", True),))
    log(workspace, ana, deal, new)
    assert [one.signal for one in reading(workspace, deal).follow_ups] == [Signal.NEW_DECIDER]


def test_a_log_of_a_planned_meeting_is_that_meeting_and_no_second_one(
    workspace: Workspace, ana: Viewer, deal: str
) -> None:
    """Whoever opens a fresh form an hour after the appointment of the calendar means that appointment."""
    with workspace.database.writing.begin() as session:
        line = find_deal(session, deal, None)
        assert line
        for hours in (1, 30):
            session.add(
                Meeting(
                    public_id=f"planned{hours}",
                    deal_id=line.id,
                    state=MeetingState.PLANNED.value,
                    starts_at=HELD_AT + timedelta(hours=hours),
                    minutes=60,
                )
            )
    log(workspace, ana, deal, replace(STAYED, next_at=None))
    meetings = {one.public_id: one.state for one in reading(workspace, deal).meetings}
    assert meetings == {"planned1": "held", "planned30": "planned"}


def test_who_was_in_the_room_is_kept_and_a_second_log_takes_nobody_out(
    workspace: Workspace, ana: Viewer, deal: str
) -> None:
    log(workspace, ana, deal, replace(STAYED, attendees=(Attendee("Bo Buyer"), Attendee("Karen"))))
    (meeting,) = [one for one in reading(workspace, deal).meetings if one.state == "held"]
    again = replace(
        STAYED, key="form-2", meeting_ref=meeting.public_id, revision=1, attendees=(Attendee("Karen", True),)
    )
    log(workspace, ana, deal, again)
    with workspace.database.reading() as session:
        kit = meeting_kit(session, workspace, ana, deal, "discovery")
        assert kit
        prepared = preparation(session, kit)
    assert [(one.name, one.decides, one.met) for one in prepared.people] == [
        ("Bo Buyer", False, True),
        ("Karen", True, True),
    ]


def test_a_preparation_says_what_they_said_last_what_changed_and_what_to_bring(
    workspace: Workspace, ana: Viewer, deal: str
) -> None:
    log(workspace, ana, deal, replace(ENTRY, starts_at=NOW - timedelta(days=3)))
    with workspace.database.reading() as session:
        kit = meeting_kit(session, workspace, ana, deal, "discovery")
        assert kit
        prepared = preparation(session, kit)
    assert prepared.last is not None
    assert sorted(said.text for said in prepared.said) == ["Two people retype it all.", "We lose a day every Monday."]
    assert [one.evidence for one in prepared.to_bring] == ["problem_cost", "sufferer_named", None]
    assert prepared.to_bring[2].question == 1
    assert prepared.moves == (), "the move of that meeting is no news"


def test_a_late_plan_makes_the_deal_slow_until_the_step_is_done(workspace: Workspace, ana: Viewer, deal: str) -> None:
    with workspace.database.writing.begin() as session:
        line = find_deal(session, deal, None)
        assert line
        add_step(session, line.id, NewStep("Read the draft", Side.THEM, "Bo", date(2026, 8, 29)), NOW)
    found = reading(workspace, deal).direction
    assert found
    assert (found.pace.value, found.days_late) == ("slow", 3)
    with workspace.database.writing.begin() as session:
        (only,) = steps_of(session, line.id)
        assert set_done(session, line.id, only.public_id, True, NOW)
        assert not set_done(session, line.id + 1, only.public_id, True, NOW), "a step of another deal is out of reach"
    found = reading(workspace, deal).direction
    assert found
    assert found.days_late == 0


def test_a_move_that_was_decided_is_logged_once(workspace: Workspace, ana: Viewer, deal: str) -> None:
    log(workspace, ana, deal, replace(STAYED, evidence=ALL))
    settle(workspace, ana, deal, Decision(True))
    with workspace.database.reading() as session:
        assert len(session.scalars(select(MeetingLog)).all()) == 1, "a gate that is passed needs no words"


def test_a_log_entry_without_anything_leaves_the_deal_standing_still(
    workspace: Workspace, ana: Viewer, deal: str, fill: Fill
) -> None:
    nothing = LogEntry("form-9", "new", 0, MeetingState.HELD, HELD_AT, "discovery")
    with workspace.database.writing.begin() as session:
        log_meeting(session, workspace, ana, deal, nothing)
    assert [one.kind for one in reading(workspace, deal).follow_ups] == [FollowUpKind.STANDS_STILL]
