"""The weekly page counts what the histories say of the week, and goes to whom it was chosen for."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

import pytest
from sqlalchemy.orm import Session

from plugin.domain.action import ActionStatus
from plugin.domain.moves import StageMove
from plugin.domain.visits import replay
from plugin.domain.week import Week
from plugin.services.post import Post
from plugin.services.viewer import Role
from plugin.services.weekly_mail import (
    Due,
    DueWeek,
    Letter,
    Sent,
    choose_weekly_readers,
    send_week,
    send_weekly,
    weekly_readers,
)
from plugin.services.weekly_page import Way, last_whole_week, weekly_page
from plugin.services.workspace import Workspace
from plugin.store.queries.questions import end_of
from plugin.store.tables import Improvement
from tests.histories import JOURNEY
from tests.services.conftest import NOW, Fill, told
from tests.services.test_actions import add
from tests.services.test_conversion_report import company, stored
from tests.services.test_logging import account
from tests.services.test_weekly_mail import Inbox, inbox

__all__ = ["inbox"]

WEEK = Week(date(2026, 2, 2))


def way(stage: str, to: str) -> Way:
    """By the words of the method, not by ours."""
    if to in ("won", "lost"):
        return Way(to)
    here, there = JOURNEY.stage(stage), JOURNEY.stage(to)
    if here.loop is not there.loop:
        return Way.FORWARD
    return Way.FORWARD if there.position > here.position else Way.BACK


@pytest.mark.parametrize("seed", [31, 32])
def test_what_moved_is_what_the_histories_moved(workspace: Workspace, fill: Fill, seed: int) -> None:
    deals = company(Random(seed))
    stored(workspace, fill, deals)
    expected: Counter[tuple[Week, str, Way]] = Counter()
    for _, _, moves in deals.values():
        for visit in replay(moves, JOURNEY, end_of(WEEK.sunday)).visits:
            if visit.left_at and visit.left_to:
                expected[Week.of(visit.left_at.date()), visit.stage, way(visit.stage, visit.left_to)] += 1
    with workspace.database.reading() as session:
        page = weekly_page(session, workspace, WEEK)
    before = WEEK.before
    assert before is not None
    for one in page.moved:
        for kind in Way:
            assert one.now[kind] == expected[WEEK, one.stage, kind]
            assert one.before[kind] == expected[before, one.stage, kind]
    assert sum(one.now.total() for one in page.moved) > 10
    assert page.leak is not None
    assert page.leak.in_week == max(one.leaked for one in page.moved)
    assert not page.running


def test_a_week_that_is_over_does_not_know_what_came_later(workspace: Workspace, fill: Fill) -> None:
    monday = datetime.combine(WEEK.monday, NOW.timetz())
    moves = [StageMove("a", monday, "problem"), StageMove("b", monday + timedelta(days=30), "lost")]
    fill([told(f"d{n}", moves) for n in range(12)])
    with workspace.database.reading() as session:
        page = weekly_page(session, workspace, WEEK)
    assert page.leak is None
    assert page.as_of == end_of(WEEK.sunday)


def test_three_actions_at_most_are_spoken_of(workspace: Workspace) -> None:
    max_ = account(workspace, "Max", Role.MANAGER)
    for number in range(5):
        add(workspace, max_, title=str(number))
    with workspace.database.reading() as session:
        page = weekly_page(session, workspace, Week.of(NOW.date()))
    assert [one.action.title for one in page.actions] == ["0", "1", "2"]
    assert page.running


def test_a_mere_idea_is_spoken_of_only_where_too_little_is_planned(workspace: Workspace) -> None:
    max_ = account(workspace, "Max", Role.MANAGER)
    nearest, farthest = JOURNEY.stages[3].key, JOURNEY.stages[0].key
    add(workspace, max_, title="idea", stage=nearest, status=ActionStatus.IDEA)
    for number in range(2):
        add(workspace, max_, title=str(number), stage=farthest, status=ActionStatus.PLANNED)
    with workspace.database.reading() as session:
        page = weekly_page(session, workspace, Week.of(NOW.date()))
    assert [one.action.title for one in page.actions] == ["0", "1", "idea"]


def test_an_improvement_is_asked_after_a_week_ahead_and_until_there_is_a_verdict(
    workspace: Workspace,
) -> None:
    sunday = WEEK.sunday
    days = {"late": sunday - timedelta(days=3), "soon": sunday + timedelta(days=7), "later": sunday + timedelta(days=8)}
    with workspace.database.writing.begin() as session:
        for text, day in {**days, "judged": sunday}.items():
            verdict = "helped" if text == "judged" else None
            values = {"journey": JOURNEY.key, "stage": "search", "due_on": day, "decided_at": NOW, "verdict": verdict}
            session.add(Improvement(public_id=text, text=text, **values))
    with workspace.database.reading() as session:
        assert [one.text for one in weekly_page(session, workspace, WEEK).to_evaluate] == ["late", "soon"]


def test_the_meeting_looks_back_on_the_last_whole_week(workspace: Workspace) -> None:
    assert last_whole_week(workspace).name == "2026-W35", "it is Tuesday of the 36th"


def write(_session: Session, due: Due) -> Letter:
    assert isinstance(due, DueWeek)
    return Letter(f"{due.week.name} for {due.reader.name}", "text", "<p>text</p>")


def chosen(workspace: Workspace, *names: str) -> None:
    people = [account(workspace, name, Role.SALESPERSON) for name in names]
    with workspace.database.writing.begin() as session:
        choose_weekly_readers(session, [one.user_id for one in people])


def test_each_reader_gets_the_last_whole_week_once(workspace: Workspace, inbox: tuple[Inbox, Post]) -> None:
    box, post = inbox
    chosen(workspace, "Ana", "Full", "Bo")
    for letters in (2, 0):
        sent = send_weekly(workspace, write, post.send, "parcours@seller.example")
        assert sent == Sent(letters, ("127.0.0.1 refuses a recipient",))
    assert [mail["Subject"] for mail in box.mails] == ["2026-W35 for Ana", "2026-W35 for Bo"]
    next_week = replace(workspace, clock=lambda: NOW + timedelta(days=7))
    assert send_weekly(next_week, write, post.send, "parcours@seller.example").letters == 2


def test_who_asks_for_it_now_gets_it_whatever_was_sent(workspace: Workspace, inbox: tuple[Inbox, Post]) -> None:
    box, post = inbox
    chosen(workspace, "Ana")
    for _ in range(2):
        assert send_week(workspace, write, post.send, "parcours@seller.example", WEEK) == Sent(1, ())
    assert [mail["Subject"] for mail in box.mails] == ["2026-W06 for Ana"] * 2
    assert send_weekly(workspace, write, post.send, "parcours@seller.example").letters == 1, "it is no week's mail"


def test_readers_are_those_that_were_chosen_last(workspace: Workspace) -> None:
    ana, bo = (account(workspace, name, Role.SALESPERSON).user_id for name in ("Ana", "Bo"))
    for wanted in ([ana], [ana, bo, 999], [bo], []):
        with workspace.database.writing.begin() as session:
            choose_weekly_readers(session, wanted)
        with workspace.database.reading() as session:
            assert weekly_readers(session) == set(wanted) - {999}
