"""A salesperson's day: what comes, and which deals need them."""

from __future__ import annotations

from datetime import timedelta

from plugin.domain.moves import StageMove
from plugin.services.deal_list import deal_list
from plugin.services.my_day import MyDay, my_day
from plugin.services.viewer import Role, Viewer
from plugin.services.workspace import Workspace
from plugin.store.tables import Deal, Meeting
from tests.services.conftest import NOW, Fill, told
from tests.services.test_logging import account


def told_days(*listed: tuple[str, float]) -> list[StageMove]:
    return [StageMove(f"m{n}", NOW - timedelta(days=ago), to) for n, (to, ago) in enumerate(listed)]


def day_of(workspace: Workspace, viewer: Viewer) -> MyDay:
    with workspace.database.reading() as session:
        return my_day(session, workspace, viewer)


def plan(workspace: Workspace, deal: str, hours: float, state: str = "planned") -> None:
    with workspace.database.writing.begin() as session:
        row = session.query(Deal).filter_by(crm_id=deal).one()
        starts_at = NOW + timedelta(hours=hours)
        meeting = Meeting(public_id=f"{deal}{hours}", deal_id=row.id, state=state, starts_at=starts_at, minutes=45)
        meeting.title, meeting.revision, meeting.seen_pass = "", 0, 0
        session.add(meeting)


def test_meetings_of_the_next_seven_days_come_in_order_with_what_to_play(workspace: Workspace, fill: Fill) -> None:
    ana = account(workspace, "Ana", Role.SALESPERSON)
    fill([told("d1", told_days(("problem", 3))), told("d2", told_days(("search", 2)), owner="Bob")])
    for deal, hours in (("d1", 30), ("d1", 2), ("d1", 24 * 8), ("d1", -3), ("d1", -24 * 8), ("d2", 4)):
        plan(workspace, deal, hours)
    day = day_of(workspace, ana)
    assert [(one.meeting.starts_at - NOW, one.overdue) for one in day.meetings] == [
        (timedelta(hours=-3), True),
        (timedelta(hours=2), False),
        (timedelta(hours=30), False),
    ]
    assert day.linked


def test_deals_that_went_back_come_before_those_that_stand_still(workspace: Workspace, fill: Fill) -> None:
    ana = account(workspace, "Ana", Role.SALESPERSON)
    fill(
        [
            told("still", told_days(("problem", 60))),
            told("back", told_days(("problem", 20), ("search", 10), ("problem", 2))),
            told("forward", told_days(("problem", 1))),
        ]
    )
    day = day_of(workspace, ana)
    assert [(one.deal.company, one.went_back) for one in day.alerts] == [
        ("Company back", True),
        ("Company still", False),
    ]
    assert (day.open_deals, day.alerts_in_all) == (3, 2)


def test_somebody_whom_the_crm_does_not_know_is_told_so(workspace: Workspace, fill: Fill) -> None:
    fill([told("d1", told_days(("problem", 1)))])
    stranger = account(workspace, "Zoe", Role.SALESPERSON)
    day = day_of(workspace, stranger)
    assert (day.linked, day.open_deals, day.meetings) == (False, 0, ())


def test_a_page_beyond_the_last_one_is_the_last_one(workspace: Workspace, fill: Fill) -> None:
    boss = account(workspace, "Max", Role.MANAGER)
    fill([told(f"d{n}", told_days(("problem", n + 1))) for n in range(60)])
    with workspace.database.reading() as session:
        last = deal_list(session, boss, page=9)
        found = deal_list(session, boss, search="company D4_")
    assert (last.page, last.pages, len(last.deals), last.total) == (2, 2, 10, 60)
    assert found.total == 0
