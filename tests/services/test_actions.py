"""Actions: ranked by what their stages really lose, moved by who may, weighed by whom they reached, reminded of."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest
from sqlalchemy import select

from plugin.domain.action import ActionKind, ActionStatus, Team
from plugin.domain.action_worth import Advice
from plugin.domain.conversion import Period, in_cohort, outcome_of
from plugin.domain.moves import StageMove
from plugin.domain.visits import Outcome, replay
from plugin.library.folders import shipped_folder
from plugin.library.personas import load_personas
from plugin.services.action_worth import worth_of_actions
from plugin.services.actions import (
    MOST_ACTIONS,
    TooMany,
    Wanted,
    add_action,
    change_action,
    leaks,
    ranked_actions,
    set_status,
)
from plugin.services.my_day import my_day
from plugin.services.objectives import ChangedMeanwhile
from plugin.services.reminders import LATEST, SHOWN, Answer, Reminders, answer_reminder
from plugin.services.viewer import Role, Viewer
from plugin.services.workspace import Workspace
from plugin.store.queries.actions import ActionLine, Filters, actions_of, find_action
from plugin.store.queries.questions import Question
from plugin.store.tables import Action, ActionReminder, Deal, Meeting
from tests.histories import JOURNEY
from tests.services.conftest import NOW, Fill, told
from tests.services.test_conversion_report import company, stored
from tests.services.test_effectiveness import hold
from tests.services.test_logging import account

WANTED = Wanted(
    stage="search",
    persona=None,
    team=Team.SALES,
    kind=ActionKind.CONTENT,
    template=None,
    title="A guide",
    touchpoint_id=None,
    due_on=None,
    days_from=None,
    days_to=None,
    how="",
    cost=None,
    currency=None,
    owner_id=None,
    owner_name="",
    status=ActionStatus.PLANNED,
)


@pytest.fixture
def max_(workspace: Workspace) -> Viewer:
    return account(workspace, "Max", Role.MANAGER)


@pytest.fixture
def ana(workspace: Workspace) -> Viewer:
    return account(workspace, "Ana", Role.SALESPERSON)


def add(workspace: Workspace, viewer: Viewer, **said: object) -> str:
    with workspace.database.writing.begin() as session:
        return add_action(session, workspace, viewer, replace(WANTED, **said))  # type: ignore[arg-type]


def find(workspace: Workspace, public_id: str) -> ActionLine:
    with workspace.database.reading() as session:
        found = find_action(session, "small", public_id)
    assert found is not None
    return found


def test_a_leak_is_what_the_histories_lost_or_saw_go_back_each_deal_once(workspace: Workspace, fill: Fill) -> None:
    deals = company(Random(21))
    stored(workspace, fill, deals)
    asked = Question(Period(date(2026, 1, 5), date(2026, 3, 1)), NOW)
    with workspace.database.reading() as session:
        found = leaks(session, workspace, asked)
    for stage in JOURNEY.stages:
        leaked = set()
        for key, (_, _, moves) in deals.items():
            for one in replay(moves, JOURNEY).passages:
                mine = one.stage == stage.key and in_cohort(one, asked.period, NOW)
                if mine and (outcome_of(one, NOW) is Outcome.LOST or one.went_back_at):
                    leaked.add(key)
        assert found[stage.key].leaked == len(leaked)
    assert max(one.leaked for one in found.values()) > 10


def test_what_is_done_or_stopped_is_ranked_no_more_and_filters_narrow(workspace: Workspace, max_: Viewer) -> None:
    for title, said in {
        "done": {"status": ActionStatus.DONE},
        "stopped": {"status": ActionStatus.STOPPED},
        "idea": {"status": ActionStatus.IDEA},
        "late": {"due_on": date(2026, 9, 9)},
        "soon": {"due_on": date(2026, 9, 2)},
        "doing": {"status": ActionStatus.DOING, "team": Team.MARKETING, "persona": "finance"},
    }.items():
        add(workspace, max_, title=title, **said)
    asked = Question(Period(), NOW)
    with workspace.database.reading() as session:

        def titles(filters: Filters) -> list[str]:
            return [one.action.title for one in ranked_actions(session, workspace, asked, filters)]

        assert titles(Filters()) == ["doing", "soon", "late", "idea"]
        assert titles(Filters(team="marketing")) == ["doing"]
        assert titles(Filters(persona="director")) == ["soon", "late", "idea"], "those for everybody are for them too"
        assert titles(Filters(stage="buy")) == []


def test_the_second_of_two_editors_is_told_and_every_change_is_counted(workspace: Workspace, max_: Viewer) -> None:
    public_id = add(workspace, max_)
    action = find(workspace, public_id)
    with workspace.database.writing.begin() as session:
        change_action(session, workspace, max_, action, replace(WANTED, title="Another"), 0)
    with pytest.raises(ChangedMeanwhile), workspace.database.writing.begin() as session:
        change_action(session, workspace, max_, action, replace(WANTED, title="Mine"), 0)
    assert (find(workspace, public_id).title, find(workspace, public_id).revision) == ("Another", 1)


def test_a_salesperson_moves_their_own_actions_and_no_others(workspace: Workspace, max_: Viewer, ana: Viewer) -> None:
    own, other = add(workspace, max_, owner_id=ana.user_id), add(workspace, max_, owner_id=max_.user_id)
    with workspace.database.writing.begin() as session:
        assert set_status(session, workspace, ana, own, ActionStatus.DONE)
        assert not set_status(session, workspace, ana, other, ActionStatus.DONE)
        assert not set_status(session, workspace, ana, "nonsense", ActionStatus.DONE)
        assert set_status(session, workspace, max_, own, ActionStatus.DOING)
    assert find(workspace, own).status is ActionStatus.DOING
    assert find(workspace, other).status is ActionStatus.PLANNED


def test_an_account_that_is_gone_leaves_the_action(workspace: Workspace, max_: Viewer, ana: Viewer) -> None:
    public_id = add(workspace, max_, owner_id=None, owner_name="The agency")
    assert find(workspace, public_id).owner == "The agency"
    assert find(workspace, add(workspace, max_, owner_id=ana.user_id)).owner == "Ana"


def test_a_plan_has_room_for_so_many_actions(workspace: Workspace, max_: Viewer) -> None:
    with workspace.database.writing.begin() as session:
        for number in range(MOST_ACTIONS):
            values = {"public_id": f"a{number}", "journey": "small", "created_at": NOW, "changed_at": NOW}
            session.add(Action(stage="search", team="sales", kind="tool", title="x", status="idea", **values))
    with pytest.raises(TooMany):
        add(workspace, max_)


BEGIN = NOW - timedelta(days=200)


def followed(workspace: Workspace, fill: Fill) -> None:
    """Forty deals entered Problem on one day; on day 10, the first 20 and 5 of the others advanced, 15 were lost."""
    on, lost = StageMove("b", BEGIN + timedelta(days=10), "search"), StageMove("b", BEGIN + timedelta(days=12), "lost")
    fill([told(f"d{n}", [StageMove("a", BEGIN, "problem"), on if n < 25 else lost]) for n in range(40)])


def advice_of(workspace: Workspace, public_id: str) -> tuple[Advice | None, int, int]:
    with workspace.database.reading() as session:
        found = {
            one.action.public_id: one.worth for one in worth_of_actions(session, workspace, Question(Period(), NOW))
        }
    worth = found[public_id]
    return (worth.advice, worth.reached, worth.passages) if worth else (None, 0, 0)


def test_a_meeting_is_weighed_by_the_meetings_that_were_held_with_it(
    workspace: Workspace, fill: Fill, max_: Viewer
) -> None:
    followed(workspace, fill)
    for n in range(20):
        hold(workspace, f"d{n}", BEGIN + timedelta(days=5))
    meeting = add(workspace, max_, stage="problem", kind=ActionKind.MEETING, template="discovery")
    assert advice_of(workspace, meeting) == (Advice.KEEP, 20, 25)


def test_what_leaves_no_trace_is_not_judged_and_few_deals_give_no_advice(
    workspace: Workspace, fill: Fill, max_: Viewer
) -> None:
    followed(workspace, fill)
    guide = add(workspace, max_, stage="problem")
    assert advice_of(workspace, guide) == (None, 0, 0)
    done(workspace, guide, 6)
    assert advice_of(workspace, guide) == (Advice.UNKNOWN, 6, 25)


def test_what_was_done_for_a_deal_is_a_trace_too(workspace: Workspace, fill: Fill, max_: Viewer) -> None:
    followed(workspace, fill)
    guide = add(workspace, max_, stage="problem", status=ActionStatus.STOPPED)
    done(workspace, guide, 20)
    assert advice_of(workspace, guide) == (Advice.KEEP, 20, 25)


def done(workspace: Workspace, public_id: str, deals: int) -> None:
    """Said of the first deals, on their fifth day."""
    with workspace.database.writing.begin() as session:
        action_id = session.scalars(select(Action.id).filter_by(public_id=public_id)).one()
        for deal_id in session.scalars(select(Deal.id).order_by(Deal.id).limit(deals)):
            at = {"entered_at": BEGIN, "answered_at": BEGIN + timedelta(days=5)}
            session.add(ActionReminder(action_id=action_id, deal_id=deal_id, answer="done", **at))


def reminded(workspace: Workspace, viewer: Viewer) -> Reminders:
    with workspace.database.reading() as session:
        return my_day(session, workspace, viewer).reminders


def since(days: float, stage: str = "search") -> list[StageMove]:
    return [StageMove("a", NOW - timedelta(days=days), stage)]


def test_a_deal_is_reminded_of_in_its_window_and_a_little_behind_it(
    workspace: Workspace, fill: Fill, max_: Viewer, ana: Viewer
) -> None:
    fill([told(f"d{days}", since(days)) for days in range(12)] + [told("other", since(4, "select"))])
    add(workspace, max_, days_from=3, days_to=5)
    found = reminded(workspace, ana)
    assert [(one.day, one.late) for one in found.deals] == [(8, LATEST), (7, 2), (6, 1), (5, 0), (4, 0), (3, 0)]
    assert found.in_all == 6


def test_reminders_are_bounded_and_say_how_many_there_are(
    workspace: Workspace, fill: Fill, max_: Viewer, ana: Viewer
) -> None:
    fill([told(f"d{n}", since(4)) for n in range(30)])
    add(workspace, max_, days_from=3, days_to=5)
    found = reminded(workspace, ana)
    assert (len(found.deals), found.in_all) == (SHOWN, 30)


@pytest.mark.parametrize("said", [{"status": ActionStatus.IDEA}, {"status": ActionStatus.DONE}, {"days_to": None}])
def test_an_idea_or_what_is_over_reminds_nobody(
    workspace: Workspace, fill: Fill, max_: Viewer, ana: Viewer, said: dict[str, object]
) -> None:
    fill([told("d", since(4))])
    add(workspace, max_, **{"days_from": 3, "days_to": 5, **said})
    assert reminded(workspace, ana).in_all == 0


def test_an_action_for_a_persona_reminds_of_its_deals_only(
    workspace: Workspace, fill: Fill, max_: Viewer, ana: Viewer
) -> None:
    knowing = replace(workspace, personas=load_personas(shipped_folder() / "personas.yaml"))
    fill([told("cfo", since(4), "CFO"), told("boss", since(4), "director"), told("none", since(4))])
    add(knowing, max_, days_from=3, days_to=5, persona="finance")
    assert [one.deal.name for one in reminded(knowing, ana).deals] == ["Deal cfo"]


def test_an_answered_reminder_is_gone_until_the_deal_enters_again(
    workspace: Workspace, fill: Fill, max_: Viewer, ana: Viewer
) -> None:
    first = since(4)
    fill([told("d", first)])
    action = add(workspace, max_, days_from=3, days_to=5)
    (asked,) = reminded(workspace, ana).deals
    for answer in (Answer.DONE, Answer.SKIPPED):
        with workspace.database.writing.begin() as session:
            assert answer_reminder(session, workspace, ana, action, asked.deal.public_id, answer)
    assert reminded(workspace, ana).in_all == 0
    with workspace.database.reading() as session:
        assert session.scalars(select(ActionReminder.answer)).all() == ["done"], "the first answer stays"
    away, again = (
        StageMove(key, NOW - timedelta(days=ago), to) for key, ago, to in (("b", 3.9, "buy"), ("c", 3, "search"))
    )
    fill([told("d", [*first, away, again])])
    assert reminded(workspace, ana).in_all == 1


def test_nobody_answers_for_another_ones_deal(workspace: Workspace, fill: Fill, max_: Viewer, ana: Viewer) -> None:
    fill([told("bobs", since(4), owner="Bob")])
    action = add(workspace, max_, days_from=3, days_to=5)
    assert reminded(workspace, ana).in_all == 0
    with workspace.database.writing.begin() as session:
        deal = session.scalars(select(Deal.public_id)).one()
        assert not answer_reminder(session, workspace, ana, action, deal, Answer.DONE)
        assert answer_reminder(session, workspace, max_, action, deal, Answer.DONE)


@pytest.mark.parametrize(("state", "hours", "left"), [("planned", 48, 0), ("held", -24, 0), ("held", -24 * 9, 1)])
def test_a_meeting_that_is_planned_or_was_held_in_this_stay_needs_no_reminder(
    workspace: Workspace, fill: Fill, max_: Viewer, ana: Viewer, state: str, hours: int, left: int
) -> None:
    fill([told("d", since(4))])
    add(workspace, max_, days_from=3, days_to=5, kind=ActionKind.MEETING, template="framing")
    assert reminded(workspace, ana).in_all == 1
    with workspace.database.writing.begin() as session:
        deal_id = session.scalars(select(Deal.id)).one()
        at = NOW + timedelta(hours=hours)
        session.add(Meeting(public_id="m", deal_id=deal_id, template="framing", state=state, starts_at=at, minutes=30))
    assert reminded(workspace, ana).in_all == left


def test_ones_own_actions_are_reminded_of_a_week_ahead(workspace: Workspace, max_: Viewer, ana: Viewer) -> None:
    today = NOW.date()
    for title, days in (("late", -9), ("near", 7), ("far", 8)):
        add(workspace, max_, title=title, due_on=today + timedelta(days=days), owner_id=ana.user_id)
    add(workspace, max_, title="not hers", due_on=today, owner_id=max_.user_id)
    assert [one.title for one in reminded(workspace, ana).own] == ["late", "near"]


def test_actions_belong_to_their_journey(workspace: Workspace, max_: Viewer) -> None:
    public_id = add(workspace, max_)
    with workspace.database.reading() as session:
        assert [one.public_id for one in actions_of(session, "small")] == [public_id]
        assert actions_of(session, "another") == ()
