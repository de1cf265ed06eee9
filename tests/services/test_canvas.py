"""The canvas counts each deal by its newest answer, and flags what deals contradict since it was written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from plugin.domain.belief import Tally
from plugin.services.accounts import add_user
from plugin.services.canvas import BeliefClash, CanvasCell, canvas, write_belief
from plugin.services.viewer import Role, Viewer
from plugin.services.workspace import Workspace
from plugin.store.tables import AuditEntry, BuyerWords, CrmOwner, Deal, UserAccount
from tests.services.conftest import NOW, Fill, told

Said = tuple[str, int, str, str]


def days_ago(days: int) -> datetime:
    return NOW - timedelta(days=days)


def heard(workspace: Workspace, fill: Fill, said: Sequence[tuple[str, int, str, str]]) -> None:
    """Answers to question 1: deal, days ago, status, text. All deals are the director's, but those of ``x``."""
    fill([told(key, (), "finance" if key == "x" else "director") for key in dict.fromkeys(one[0] for one in said)])
    with workspace.database.writing.begin() as session:
        ids = dict(session.execute(select(Deal.crm_id, Deal.id)).all())
        for deal, days, status, text in said:
            words = BuyerWords(deal_id=ids[deal], canvas_question=1, status=status, text=text, said_by="Bo")
            words.said_at = days_ago(days)
            session.add(words)


def reader(workspace: Workspace, role: Role = Role.MARKETER) -> Viewer:
    with workspace.database.writing.begin() as session:
        email = f"{role}@seller.example"
        known = session.scalar(select(UserAccount.id).filter_by(email=email))
        user_id = known or add_user(session, email, role.title(), role, NOW)
        session.flush()
        user_id = known or session.scalars(select(UserAccount.id).filter_by(email=email)).one()
    return Viewer(user_id, role.title(), email, role)


def believe(workspace: Workspace, text: str, days: int, before: int = 0, keep: bool = False) -> BeliefClash | None:
    viewer = reader(workspace)
    with workspace.database.writing.begin() as session:
        return write_belief(session, viewer, "director", 1, text, before, keep, days_ago(days))


def first_cell(workspace: Workspace, viewer: Viewer | None = None) -> CanvasCell:
    viewer = viewer or reader(workspace)
    with workspace.database.reading() as session:
        return canvas(session, viewer, "director")[0]


def test_each_deal_of_the_persona_counts_by_its_newest_answer(workspace: Workspace, fill: Fill) -> None:
    heard(
        workspace,
        fill,
        [
            ("a", 9, "heard", "The night shift"),
            ("a", 3, "confirmed", "The night shift, again"),
            ("b", 5, "contradicted", "Not the night: the planner"),
            ("c", 5, "heard", "Our planner"),
            ("x", 1, "heard", "The planner of somebody else"),
        ],
    )
    cell = first_cell(workspace)
    assert cell.answers == Tally(heard=1, confirmed=1, contradicted=1)
    assert dict(cell.words) == {"night": 2, "planner": 2}
    assert [said.text for said in cell.quotes] == [
        "Not the night: the planner",
        "The night shift, again",
        "Our planner",
    ]


def test_a_belief_is_tried_by_what_is_said_after_it_was_written(workspace: Workspace, fill: Fill) -> None:
    heard(workspace, fill, [(f"d{n}", n, "contradicted" if n % 2 else "heard", "Said") for n in range(1, 7)])
    assert not first_cell(workspace).contradicted
    believe(workspace, "The planner suffers", 10)
    assert first_cell(workspace).contradicted
    newest = first_cell(workspace).history[0].id
    believe(workspace, "The fitters suffer", 4, newest)
    cell = first_cell(workspace)
    assert (cell.since, cell.answers) == (Tally(heard=1, contradicted=2), Tally(heard=3, contradicted=3))
    assert cell.contradicted
    believe(workspace, "The fitters suffer", 0, cell.history[0].id)
    assert first_cell(workspace).contradicted
    believe(workspace, "The fitters suffer", 0, cell.history[0].id, keep=True)
    kept = first_cell(workspace)
    assert (kept.since, kept.contradicted) == (Tally(), False)
    assert [line.text for line in kept.history] == ["The fitters suffer", "The fitters suffer", "The planner suffers"]


def test_the_second_of_two_writers_is_told(workspace: Workspace) -> None:
    believe(workspace, "Mine", 3)
    clash = believe(workspace, "Yours", 2)
    assert isinstance(clash, BeliefClash)
    assert clash.theirs.text == "Mine"
    assert first_cell(workspace).belief == clash.theirs
    with workspace.database.reading() as session:
        assert [
            (one.act, one.about)
            for one in session.scalars(select(AuditEntry).where(AuditEntry.act == "belief written"))
        ] == [("belief written", "director 1")]


def test_a_belief_may_be_taken_back(workspace: Workspace) -> None:
    believe(workspace, "", 9)
    assert first_cell(workspace).history == ()
    believe(workspace, "Wrong", 3)
    believe(workspace, "", 2, first_cell(workspace).history[0].id)
    cell = first_cell(workspace)
    assert cell.belief is None
    assert len(cell.history) == 2


def test_erased_words_are_in_no_list_and_stay_counted(workspace: Workspace, fill: Fill) -> None:
    heard(workspace, fill, [("a", 3, "heard", "The planner"), ("b", 2, "heard", ""), ("c", 1, "heard", "The planner")])
    cell = first_cell(workspace)
    assert cell.answers.answered == 3
    assert cell.words == (("planner", 2),)
    assert len(cell.quotes) == 2


def test_a_salesperson_reads_all_counts_and_the_quotes_of_their_own_deals(workspace: Workspace, fill: Fill) -> None:
    heard(workspace, fill, [("a", 3, "heard", "The planner"), ("b", 2, "heard", "A planner")])
    ana = reader(workspace, Role.SALESPERSON)
    cell = first_cell(workspace, ana)
    assert (cell.answers.answered, cell.words, cell.quotes) == (2, (("planner", 2),), ())
    with workspace.database.writing.begin() as session:
        session.scalars(select(CrmOwner)).one().user_id = ana.user_id
    assert len(first_cell(workspace, ana).quotes) == 2
