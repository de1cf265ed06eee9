"""A recap goes out in the buyer's words; their confirmation or correction is the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from plugin.domain.canvas import AnswerStatus
from plugin.domain.follow_up import FollowUpKind
from plugin.domain.plan import Side
from plugin.services.log_entry import Progress, SaidAnswer
from plugin.services.plan import NewStep, add_step
from plugin.services.recap_replies import (
    LineReply,
    Reply,
    TooMany,
    answer_recap,
    count_visit,
    note_opened,
    open_recap,
)
from plugin.services.recaps import (
    OPEN_FOR,
    LineKind,
    NewRecap,
    RecapPage,
    link_token,
    opened_by,
    recap_page,
    revoke_recaps,
    send_recap,
)
from plugin.services.viewer import Role, Viewer
from plugin.services.workspace import Workspace
from plugin.store.queries.deals import find_deal
from plugin.store.queries.meetings import WordsLine, words_of
from plugin.store.tables import LinkVisit, Recap
from tests.services.conftest import NOW
from tests.services.test_follow_ups import reading
from tests.services.test_logging import ENTRY, account, ana, deal, log

__all__ = ["ana", "deal"]

# Problem stated and question 3; the second answer is heard in the same meeting.
LOGGED = replace(ENTRY, answers=(*ENTRY.answers, SaidAnswer(4, "We never know where an order is.", "Karen")))


@pytest.fixture
def held(workspace: Workspace, ana: Viewer, deal: str) -> str:
    """The public id of a meeting that was logged."""
    log(workspace, ana, deal, LOGGED)
    return next(one.public_id for one in reading(workspace, deal).meetings if one.state == "held")


def page(workspace: Workspace, viewer: Viewer, deal: str, meeting: str) -> RecapPage | None:
    with workspace.database.reading() as session:
        return recap_page(session, workspace, viewer, deal, meeting)


def sent(workspace: Workspace, ana: Viewer, deal: str, held: str) -> str:
    """Send every proposed line; the token of the link."""
    found = page(workspace, ana, deal, held)
    assert found
    lines = tuple(replace(line, text=line.text or "a date") for line in found.proposed)
    with workspace.database.writing.begin() as session:
        return send_recap(session, workspace, ana, found, NewRecap("fr", "Bonjour", lines))


def reply(workspace: Workspace, token: str, replies: Mapping[int, LineReply], name: str = "Karen") -> int:
    with workspace.database.writing.begin() as session:
        opened = open_recap(session, workspace, token)
        assert opened
        return answer_recap(session, workspace, opened, replies, name, "")


def from_recap(workspace: Workspace, deal: str) -> list[WordsLine]:
    with workspace.database.reading() as session:
        line = find_deal(session, deal, None)
        assert line
        return [said for said in words_of(session, [line.id])[line.id] if said.source == "recap"]


def test_a_recap_is_made_of_their_words_the_plan_and_the_next_date(
    workspace: Workspace, ana: Viewer, deal: str, held: str
) -> None:
    with workspace.database.writing.begin() as session:
        line = find_deal(session, deal, None)
        assert line
        add_step(session, line.id, NewStep("Read the draft", Side.THEM, "Bo", date(2026, 9, 9)), NOW)
    found = page(workspace, ana, deal, held)
    assert found
    assert [(one.kind, one.question or one.evidence, one.text) for one in found.proposed] == [
        (LineKind.ANSWER, 3, "Two people retype it all."),
        (LineKind.ANSWER, 4, "We never know where an order is."),
        (LineKind.EVIDENCE, "problem_stated", "We lose a day every Monday."),
        (LineKind.STEP, None, "Read the draft"),
        (LineKind.NEXT, None, ""),
    ]
    assert (found.sent, found.link) == (None, None)


def test_a_confirmation_and_a_correction_become_words_with_the_recap_as_their_source(
    workspace: Workspace, ana: Viewer, deal: str, held: str
) -> None:
    token = sent(workspace, ana, deal, held)
    changed = reply(
        workspace, token, {1: LineReply(Reply.CORRECTED, "Three people retype it."), 3: LineReply(Reply.CONFIRMED)}
    )
    said = {one.question or one.evidence: (one.text, one.status, one.said_by) for one in from_recap(workspace, deal)}
    assert changed == 2
    assert said == {
        3: ("Three people retype it.", AnswerStatus.CONFIRMED, "Karen"),
        "problem_stated": ("We lose a day every Monday.", AnswerStatus.CONFIRMED, "Karen"),
    }
    assert not reading(workspace, deal).follow_ups


def test_what_is_taken_back_raises_the_alert_with_their_words(
    workspace: Workspace, ana: Viewer, deal: str, held: str
) -> None:
    token = sent(workspace, ana, deal, held)
    reply(workspace, token, {2: LineReply(Reply.CONTRADICTED, "We do know. It is the price.")})
    found = reading(workspace, deal)
    (waiting,) = found.follow_ups
    assert (waiting.kind, waiting.target) == (FollowUpKind.GO_BACK, "problem")
    assert waiting.words == "We do know. It is the price."
    assert found.taken_back == waiting
    assert found.alert


def test_evidence_that_is_taken_back_is_missing_again(workspace: Workspace, ana: Viewer, deal: str, held: str) -> None:
    token = sent(workspace, ana, deal, held)
    reply(workspace, token, {3: LineReply(Reply.CONTRADICTED)})
    (waiting,) = reading(workspace, deal).follow_ups
    assert waiting.kind is FollowUpKind.ASK_AGAIN, "the small journey knows no stage of that evidence"
    reply(workspace, token, {3: LineReply(Reply.CONFIRMED)})
    assert [one.status for one in from_recap(workspace, deal)] == [AnswerStatus.CONFIRMED, AnswerStatus.CONTRADICTED]


def test_the_same_answer_sent_twice_is_stored_once(workspace: Workspace, ana: Viewer, deal: str, held: str) -> None:
    token = sent(workspace, ana, deal, held)
    answer = {1: LineReply(Reply.CORRECTED, "Three."), 2: LineReply(Reply.CONFIRMED)}
    assert [reply(workspace, token, answer), reply(workspace, token, answer)] == [2, 0]
    assert len(from_recap(workspace, deal)) == 2


def test_a_line_that_there_is_not_changes_nothing(workspace: Workspace, ana: Viewer, deal: str, held: str) -> None:
    token = sent(workspace, ana, deal, held)
    assert reply(workspace, token, {99: LineReply(Reply.CONTRADICTED, "x")}) == 0


def test_the_salesperson_sees_that_it_was_opened_and_answered(
    workspace: Workspace, ana: Viewer, deal: str, held: str
) -> None:
    token = sent(workspace, ana, deal, held)
    with workspace.database.writing.begin() as session:
        opened = open_recap(session, workspace, token)
        assert opened
        for minutes in (1, 5):
            note_opened(session, opened.recap.id, NOW + timedelta(minutes=minutes))
    found = page(workspace, ana, deal, held)
    assert found
    assert found.sent
    assert (found.sent.opened, found.sent.first_opened_at, found.sent.last_opened_at) == (
        2,
        NOW + timedelta(minutes=1),
        NOW + timedelta(minutes=5),
    )


def test_a_link_opens_one_recap_until_it_expires_is_closed_or_replaced(
    workspace: Workspace, ana: Viewer, deal: str, held: str
) -> None:
    first = sent(workspace, ana, deal, held)
    second = sent(workspace, ana, deal, held)
    with workspace.database.reading() as session:
        assert open_recap(session, workspace, first) is None, "a new link closes the one before"
        assert open_recap(session, workspace, second)
        late = replace(workspace, clock=lambda: NOW + OPEN_FOR)
        assert open_recap(session, late, second) is None
        meeting_id = session.scalars(select(Recap.meeting_id).limit(1)).one()
    with workspace.database.writing.begin() as session:
        revoke_recaps(session, meeting_id, NOW)
    with workspace.database.reading() as session:
        assert open_recap(session, workspace, second) is None


def test_no_link_can_be_made_up_not_even_by_who_reads_the_store() -> None:
    token = link_token("a secret", "f" * 32)
    assert len(token) == 64
    assert opened_by("a secret", token) == "f" * 32
    for wrong in (
        "",
        "f" * 32,
        token[:-1] + "x",
        token.upper(),
        token + "0",
        link_token("another", "f" * 32),
        "é" * 64,
    ):
        assert opened_by("a secret", wrong) is None


def test_who_guesses_has_to_wait_and_the_address_is_not_stored(workspace: Workspace) -> None:
    with workspace.database.writing.begin() as session:
        for _ in range(20):
            count_visit(session, workspace, "203.0.113.9", found=False)
        with pytest.raises(TooMany):
            count_visit(session, workspace, "203.0.113.9", found=True)
    with workspace.database.writing.begin() as session:
        count_visit(session, workspace, "203.0.113.10", found=True)
        assert "203.0.113" not in "".join(session.scalars(select(LinkVisit.address_hash)))
        later = replace(workspace, clock=lambda: NOW + timedelta(minutes=11))
        count_visit(session, later, "203.0.113.9", found=False)


def test_a_recap_is_for_who_sees_the_deal_and_a_meeting_that_was_held(
    workspace: Workspace, ana: Viewer, deal: str, held: str
) -> None:
    planned = next(one.public_id for one in reading(workspace, deal).meetings if one.state == "planned")
    assert page(workspace, ana, deal, planned) is None
    assert page(workspace, account(workspace, "Bob", Role.SALESPERSON), deal, held) is None
    assert page(workspace, account(workspace, "Max", Role.MANAGER), deal, held)


def test_a_correction_that_comes_after_the_next_move_still_reaches_the_deal(
    workspace: Workspace, ana: Viewer, deal: str, held: str
) -> None:
    token = sent(workspace, ana, deal, held)
    log(workspace, ana, deal, replace(LOGGED, key="form-2", progress=Progress.FORWARD, target="buy"))
    reply(workspace, token, {2: LineReply(Reply.CONTRADICTED, "No.")})
    (waiting,) = reading(workspace, deal).follow_ups
    assert (waiting.stage, waiting.target) == ("buy", "problem")
