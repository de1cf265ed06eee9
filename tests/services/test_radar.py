"""The radar chooses from all deals what each deal's own page says of it, and reads only what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import select

from plugin.domain.alert import Alert, alert_of
from plugin.domain.canvas import AnswerStatus
from plugin.domain.follow_up import Signal
from plugin.services.radar import PAGE_SIZE, RadarQuestion, all_of_radar, radar, radar_page
from plugin.services.radar_lines import RadarLine, radar_lines
from plugin.services.readings import read_deals
from plugin.services.viewer import Role, Viewer
from plugin.services.workspace import Workspace
from plugin.store.tables import BuyerWords, Deal, FollowUp, Meeting, MeetingAttendee
from tests.services.conftest import NOW, Fill, told
from tests.services.test_cohorts import snapshot, told_more
from tests.services.test_conversion_report import company, stored
from tests.services.test_logging import account
from tests.services.test_movement import open_lines
from tests.services.test_returns import days_ago, log

BOSS = Viewer(0, "Max", "max@seller.example", Role.MANAGER)


def lines(workspace: Workspace, viewer: Viewer = BOSS, question: RadarQuestion | None = None) -> Sequence[RadarLine]:
    with workspace.database.reading() as session:
        found = radar(session, workspace, viewer, question)
        return radar_lines(session, workspace, viewer, radar_page(session, workspace, found, 1))


def names(found: Sequence[RadarLine]) -> list[str | None]:
    return [one.reading.deal.company for one in found]


def warn(workspace: Workspace, deal: str, stage: str, kind: str = "go_back") -> None:
    with workspace.database.writing.begin() as session:
        deal_id = session.scalars(select(Deal.id).filter_by(crm_id=deal)).one()
        meeting = Meeting(public_id=f"w{deal}", deal_id=deal_id, state="held", starts_at=NOW, minutes=30)
        session.add(meeting)
        session.flush()
        session.add(
            FollowUp(
                public_id=f"f{deal}",
                deal_id=deal_id,
                meeting_id=meeting.id,
                kind=kind,
                stage=stage,
                target="problem",
                signal="put_off",
                proposed_at=NOW,
            )
        )


@pytest.mark.parametrize("seed", [31, 32])
def test_the_radar_holds_exactly_the_deals_whose_own_reading_alerts(
    workspace: Workspace, fill: Fill, seed: int
) -> None:
    chance = Random(seed)
    deals = company(chance)
    stored(workspace, fill, deals)
    snapshot(workspace)
    told_more(workspace, fill, deals, chance)
    with workspace.database.reading() as session:
        readings = [one for one in read_deals(session, workspace, open_lines(session)) if one.direction]
        found = radar(session, workspace, BOSS)
        shown = [one for some in all_of_radar(session, workspace, found) for one in some]
    expected = {one.deal.id: alert_of(one.direction and one.direction.direction, False) for one in readings}
    assert {one.reading.deal.id: one.alert for one in shown} == {key: one for key, one in expected.items() if one}
    assert found.open_deals == len(readings)
    assert sum(found.counts.values()) == found.total == len(shown)
    urgency = [(one.alert, one.reading.deal.since or datetime.max.replace(tzinfo=NOW.tzinfo)) for one in shown]
    assert urgency == sorted(urgency)


def test_what_a_buyer_took_back_comes_first_then_returns_then_what_stands_still(
    workspace: Workspace, fill: Fill
) -> None:
    fill(
        [
            told("still", days_ago(("problem", 90))),
            told("older", days_ago(("problem", 200))),
            told("back", days_ago(("problem", 20), ("search", 10), ("problem", 2))),
            told("warned", days_ago(("problem", 9), ("search", 1))),
            told("past", days_ago(("problem", 3))),
            told("forward", days_ago(("problem", 1))),
        ]
    )
    warn(workspace, "warned", "search")
    warn(workspace, "past", "select")
    found = lines(workspace)
    assert names(found) == ["Company warned", "Company back", "Company older", "Company still"]
    assert [one.alert for one in found] == [Alert.TAKEN_BACK, Alert.BACK, Alert.STILL, Alert.STILL]
    assert [one.came_from for one in found] == [None, "search", None, None]
    assert [one.play for one in found] == ["put_off", "went_back", "not_met", "not_met"]


def test_it_is_narrowed_by_why_stage_owner_persona_and_days(workspace: Workspace, fill: Fill) -> None:
    fill(
        [
            told("a", days_ago(("problem", 90)), "director", "Ana"),
            told("b", days_ago(("problem", 200), ("search", 120)), "finance", "Bob"),
            told("c", days_ago(("search", 20), ("problem", 5)), "director", "Bob"),
        ]
    )

    def asked(**question: object) -> list[str | None]:
        return names(lines(workspace, BOSS, replace(RadarQuestion(), **question)))

    assert asked(alert=Alert.STILL) == ["Company b", "Company a"]
    assert asked(stage="search") == ["Company b"]
    assert asked(owner="Bob") == ["Company c", "Company b"]
    assert asked(persona="director") == ["Company c", "Company a"]
    assert asked(least_days=100) == ["Company b"]
    assert asked(owner="Nobody") == []
    with workspace.database.reading() as session:
        found = radar(session, workspace, BOSS, RadarQuestion(alert=Alert.BACK))
    assert (found.total, found.counts) == (1, {Alert.TAKEN_BACK: 0, Alert.BACK: 1, Alert.STILL: 2})


def test_a_salesperson_sees_their_own_deals_only(workspace: Workspace, fill: Fill) -> None:
    ana = account(workspace, "Ana", Role.SALESPERSON)
    fill([told("a", days_ago(("problem", 90))), told("b", days_ago(("problem", 90)), owner="Bob")])
    assert names(lines(workspace, ana)) == ["Company a"]
    assert names(lines(workspace, ana, RadarQuestion(owner="Bob"))) == []


def test_a_page_holds_fifty_and_the_last_one_the_rest(workspace: Workspace, fill: Fill) -> None:
    fill([told(f"d{n:03}", days_ago(("problem", 100 + n))) for n in range(PAGE_SIZE + 7)])
    with workspace.database.reading() as session:
        found = radar(session, workspace, BOSS)
        pages = [radar_page(session, workspace, found, number) for number in (1, 2, 3)]
    assert (found.total, found.pages) == (PAGE_SIZE + 7, 2)
    assert [len(page) for page in pages] == [PAGE_SIZE, 7, 0]
    assert pages[0][0].reading.deal.company == "Company d056", "the longest there"


@pytest.fixture
def deal(workspace: Workspace, fill: Fill) -> int:
    """Came back from Buy to Search five days ago, having been in Buy for fifteen."""
    fill([told("d1", days_ago(("problem", 60), ("search", 40), ("buy", 20), ("search", 5)))])
    with workspace.database.reading() as session:
        return session.scalars(select(Deal.id)).one()


def said(workspace: Workspace, deal: int, ago: float, text: str, **what: object) -> None:
    with workspace.database.writing.begin() as session:
        words = BuyerWords(deal_id=deal, text=text, said_at=NOW - timedelta(days=ago), status=AnswerStatus.HEARD.value)
        for name, value in what.items():
            setattr(words, name, value)
        session.add(words)


def known_by(workspace: Workspace) -> set[Signal]:
    (line,) = lines(workspace)
    return set(line.signals) - {Signal.NOT_MET, Signal.NO_DATE}


def test_another_answer_in_the_stay_that_they_left_is_a_signal(workspace: Workspace, deal: int) -> None:
    said(workspace, deal, 35, "Buy, or do nothing.", canvas_question=6)
    said(workspace, deal, 8, "Their group has a tool of its own.", canvas_question=6)
    said(workspace, deal, 35, "Price.", canvas_question=8)
    said(workspace, deal, 30, "Price and delay.", canvas_question=8)
    assert known_by(workspace) == {Signal.ROUTE_NAMED}, "the criteria were rewritten before they came to Buy"


def test_what_they_took_back_and_a_new_decider_are_signals(workspace: Workspace, deal: int) -> None:
    said(workspace, deal, 8, "It never was a problem.", canvas_question=4, status=AnswerStatus.CONTRADICTED.value)
    assert known_by(workspace) == {Signal.CONTRADICTED}
    for number, (ago, name) in enumerate(((30, "Jo"), (10, "Kim"))):
        with workspace.database.writing.begin() as session:
            at = NOW - timedelta(days=ago)
            meeting = Meeting(public_id=f"m{number}", deal_id=deal, state="held", starts_at=at, minutes=30)
            session.add(meeting)
            session.flush()
            session.add(MeetingAttendee(meeting_id=meeting.id, name=name, decides=True))
    assert known_by(workspace) == {Signal.CONTRADICTED, Signal.NEW_DECIDER}


def test_what_changed_is_told_of_this_return_not_of_an_earlier_one(workspace: Workspace, deal: int) -> None:
    log(workspace, "d1", 15, "An earlier story.")
    assert lines(workspace)[0].reading.what_changed == ""
    log(workspace, "d1", 4, "A new buyer in purchasing.")
    (line,) = lines(workspace)
    assert (line.reading.what_changed, line.came_from) == ("A new buyer in purchasing.", "buy")
