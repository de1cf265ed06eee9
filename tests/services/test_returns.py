"""Returns between stages: every count is that of the plain histories, and opens onto its moves."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select

from plugin.domain.conversion import Period, in_cohort, whole_days
from plugin.domain.moves import StageMove
from plugin.domain.visits import Return, replay
from plugin.services.returns import returns_behind, stage_returns
from plugin.services.workspace import Workspace
from plugin.store.queries.questions import Question
from plugin.store.tables import Deal, Meeting, MeetingLog, StageReturn
from tests.histories import JOURNEY
from tests.services.conftest import NOW, Fill, told
from tests.services.test_cohorts import questions, snapshot, told_more
from tests.services.test_conversion_report import Company, company, stored

Way = tuple[str, str]


@pytest.mark.parametrize("seed", [21, 22])
def test_the_returns_of_a_cohort_are_those_of_the_plain_histories(workspace: Workspace, fill: Fill, seed: int) -> None:
    chance = Random(seed)
    deals = company(chance)
    stored(workspace, fill, deals)
    snapshot(workspace)
    told_more(workspace, fill, deals, chance)
    for asked in questions(deals, chance)[:8]:
        expected = plainly(deals, asked)
        with workspace.database.reading() as session:
            found = stage_returns(session, workspace, asked)
            ways = {(told.way.stage, told.way.target): told.way for stage in found for told in stage.ways}
            assert {way: one.moves for way, one in ways.items()} == {way: len(one) for way, one in expected.items()}
            for way, moves in expected.items():
                first: dict[tuple[str, int], Return] = {}
                for deal, one in moves:
                    first.setdefault((deal, one.round), one)
                assert ways[way].deals == len(first)
                lines, total = returns_behind(session, workspace, asked, *way)
                assert len(lines) == total == len(moves)
                assert Counter((one.deal.company, one.line.at) for one in lines) == Counter(
                    (f"Company {deal}", one.at) for deal, one in moves
                )
            for stage in found:
                went = {(d, r.round) for (left, _), ms in expected.items() if left == stage.stage for d, r in ms}
                assert stage.share.part == len(went)
                assert stage.moves == sum(len(ms) for (left, _), ms in expected.items() if left == stage.stage)


def plainly(deals: Company, asked: Question) -> dict[Way, list[tuple[str, Return]]]:
    """By way, the deals and their returns: of deals that entered the stage in the period, known by the instant."""
    found: defaultdict[Way, list[tuple[str, Return]]] = defaultdict(list)
    for key, (persona, _, listed) in deals.items():
        history = replay(listed, JOURNEY, asked.as_of)
        cohort = {(one.round, one.stage) for one in history.passages if in_cohort(one, asked.period, asked.as_of)}
        for one in history.returns:
            mine = (one.round, one.stage) in cohort and one.entered_at is not None
            if mine and asked.persona in (None, persona):
                found[one.stage, one.target].append((key, one))
    return dict(found)


def days_ago(*listed: tuple[str, float]) -> list[StageMove]:
    return [StageMove(f"m{n}", NOW - timedelta(days=ago), to) for n, (to, ago) in enumerate(listed)]


def log(workspace: Workspace, deal: str, ago: float, words: str) -> None:
    with workspace.database.writing.begin() as session:
        deal_id = session.scalars(select(Deal.id).filter_by(crm_id=deal)).one()
        at = NOW - timedelta(days=ago)
        meeting = Meeting(public_id=f"{deal}{ago}", deal_id=deal_id, state="held", starts_at=at, minutes=30)
        session.add(meeting)
        session.flush()
        key = f"{deal}{ago}"
        session.add(MeetingLog(key=key, meeting_id=meeting.id, note="", what_changed=words, logged_at=at))


def test_words_belong_to_the_last_move_back_before_they_were_written_down(workspace: Workspace, fill: Fill) -> None:
    fill([told("d1", days_ago(("search", 50), ("problem", 40), ("search", 30), ("problem", 20)))])
    log(workspace, "d1", 45, "Nothing yet.")
    log(workspace, "d1", 39, "The boss said no.")
    log(workspace, "d1", 5, "The budget is gone.")
    asked = Question(Period(), NOW)
    with workspace.database.reading() as session:
        lines, _ = returns_behind(session, workspace, asked, "search", None)
        assert [(one.line.days, one.line.words) for one in lines] == [
            (30, "The budget is gone."),
            (10, "The boss said no."),
        ]
        (told_way,) = (one for stage in stage_returns(session, workspace, asked) for one in stage.ways)
    assert [one.text for one in told_way.words] == ["The budget is gone.", "The boss said no."]
    assert (told_way.way.moves, told_way.way.deals) == (2, 1)


def test_three_quotes_stand_beside_a_way_the_newest_ones(workspace: Workspace, fill: Fill) -> None:
    fill([told(f"d{n}", days_ago(("search", 60), ("problem", 50))) for n in range(5)])
    for n in range(5):
        log(workspace, f"d{n}", 40 - n, f"Reason {n}.")
    with workspace.database.reading() as session:
        (told_way,) = (
            one for stage in stage_returns(session, workspace, Question(Period(), NOW)) for one in stage.ways
        )
    assert [one.text for one in told_way.words] == ["Reason 4.", "Reason 3.", "Reason 2."]


def test_returns_that_no_longer_hold_are_taken_away_and_new_ones_added(workspace: Workspace, fill: Fill) -> None:
    first = days_ago(("problem", 50), ("search", 40), ("problem", 30))
    fill([told("d1", first)])
    fill([told("d1", [*first, StageMove("m9", NOW - timedelta(days=10), "select")])])
    fill([told("d1", [*first, *days_ago(("select", 10))[:0], StageMove("m9", NOW - timedelta(days=10), "select")])])
    again = [*first, StageMove("m9", NOW - timedelta(days=10), "select"), StageMove("m8", NOW, "problem")]
    fill([told("d1", again)])
    with workspace.database.reading() as session:
        rows = session.scalars(select(StageReturn).order_by(StageReturn.at)).all()
    assert [(one.stage, one.target, one.journey) for one in rows] == [
        ("search", "problem", "small"),
        ("select", "problem", "small"),
    ]
    assert [whole_days(one.entered_at, one.at) for one in rows if one.entered_at] == [10, 10]
    fill([told("d1", [StageMove("m0", NOW - timedelta(days=50), "problem")])])
    with workspace.database.reading() as session:
        assert session.scalars(select(StageReturn)).all() == []
