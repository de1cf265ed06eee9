"""Deals find their persona as they come in, and again when the rules change; reports go by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm_adapters import port
from plugin.domain.conversion import Period
from plugin.domain.journey import Text
from plugin.domain.moves import StageMove
from plugin.domain.persona import Persona
from plugin.domain.segment import AmountCondition, Field, How, Rule, TextCondition
from plugin.services.conversion import conversion
from plugin.services.persona_shelf import PersonaShelf
from plugin.services.personas import choose_persona, import_personas, remove_persona
from plugin.services.viewer import Role, Viewer
from plugin.services.workspace import Workspace
from plugin.store import assigning
from plugin.store.cohorts.snapshot import make_snapshot
from plugin.store.queries.questions import Question
from plugin.store.tables import Deal, PersonaSet
from tests.services.conftest import NOW, PERSONAS, Fill, told

MOVES = (StageMove("a", NOW - timedelta(days=40), "problem"), StageMove("b", NOW - timedelta(days=30), "search"))
VIEWER = Viewer(0, "Max", "max@seller.example", Role.MANAGER)
RULE = Rule((TextCondition(Field.COMPANY, How.CONTAINS, ("COMPANY",)),))


def given(workspace: Workspace) -> dict[str, str | None]:
    with workspace.database.reading() as session:
        return dict(session.execute(select(Deal.crm_id, Deal.persona_key)).all())


def put(workspace: Workspace, *personas: Persona) -> None:
    with workspace.database.writing.begin() as session:
        import_personas(session, replace(VIEWER, user_id=None), personas, NOW)  # type: ignore[arg-type]
    workspace.persona_shelf.look_again()


def entered(workspace: Workspace, persona: str | None) -> int:
    with workspace.database.reading() as session:
        return conversion(session, workspace, Question(Period(), NOW, persona=persona)).rows[0].entered


def taking(rule: Rule = RULE) -> Persona:
    return Persona("workshop", "user", Text("Workshop", "Atelier"), rule=rule)


def test_a_deal_finds_its_persona_as_it_comes_in_and_as_it_changes(workspace: Workspace, fill: Fill) -> None:
    put(workspace, *PERSONAS, taking())
    fill([told("a", MOVES, "Director"), told("b", MOVES, "whoever"), told("c", MOVES)])
    assert given(workspace) == {"a": "director", "b": "workshop", "c": "workshop"}
    fill([told("b", MOVES, "FINANCE")])
    assert given(workspace)["b"] == "finance"


def test_rules_go_by_what_the_crm_says_of_the_deal(workspace: Workspace, fill: Fill) -> None:
    both = Rule(
        (
            TextCondition(Field.EMAIL_DOMAIN, How.ONE_OF, ("@buyer.example",)),
            AmountCondition(None, None),
            TextCondition(Field.PIPELINE, How.BEGINS, ("ne",)),
        )
    )
    put(workspace, replace(taking(both), rule=replace(both, conditions=both.conditions[::2], every=True)))
    stranger = replace(told("b", MOVES), contacts=(port.Contact("x", "Bo", "bo@elsewhere.example"),))
    fill([told("a", MOVES), stranger])
    assert given(workspace) == {"a": "workshop", "b": None}


def test_other_rules_read_all_deals_anew_and_reports_follow_a_snapshot_or_not(workspace: Workspace, fill: Fill) -> None:
    fill([told(f"d{n}", MOVES, "director" if n % 2 else None) for n in range(10)])
    assert (entered(workspace, "director"), entered(workspace, "workshop")) == (5, 0)
    make_snapshot(workspace.database, workspace.journeys, workspace.cohorts.folder, NOW)
    put(workspace, taking(), *PERSONAS)
    assert (entered(workspace, "director"), entered(workspace, "workshop"), entered(workspace, None)) == (5, 5, 10)


def test_many_deals_are_read_anew_in_batches_that_may_be_stopped(
    workspace: Workspace, fill: Fill, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill([told(f"d{n}", MOVES) for n in range(7)])
    monkeypatch.setattr(assigning, "AT_ONCE", 3)
    monkeypatch.setattr(assigning, "deal_ids_after", lambda session, after: _two_after(session, after))
    put(workspace, taking())
    assert set(given(workspace).values()) == {None}
    with workspace.database.writing.begin() as session:
        assert assigning._next_batch(session)
    assert sorted(given(workspace).values(), key=str) == [None] * 5 + ["workshop"] * 2
    another_process = PersonaShelf(PERSONAS, workspace.database)
    another_process.follow_file(NOW)
    assert set(given(workspace).values()) == {"workshop"}
    with workspace.database.reading() as session:
        assert session.get_one(PersonaSet, 1).assigning_since is None


def _two_after(session: object, after: int) -> list[int]:
    query = select(Deal.id).where(Deal.id > after).order_by(Deal.id).limit(2)
    return list(session.scalars(query))  # type: ignore[attr-defined]


def test_a_choice_holds_until_it_is_taken_back_and_waits_for_a_persona_that_is_gone(
    workspace: Workspace, fill: Fill
) -> None:
    nobody = replace(VIEWER, user_id=None)  # type: ignore[arg-type]
    fill([told("a", MOVES, "director")])
    with workspace.database.writing.begin() as session:
        deal = session.scalars(select(Deal)).one()
        choose_persona(session, nobody, deal.id, deal.public_id, "chef", NOW)
    fill([told("a", MOVES, "finance")])
    assert given(workspace) == {"a": "chef"}
    assert entered(workspace, "chef") == 1
    with workspace.database.writing.begin() as session:
        assert remove_persona(session, nobody, "chef", NOW)
    assert given(workspace) == {"a": "finance"}
    put(workspace, *PERSONAS)
    assert given(workspace) == {"a": "chef"}


def test_the_last_persona_is_not_taken_away(workspace: Workspace) -> None:
    put(workspace, taking())
    with workspace.database.writing.begin() as session:
        assert not remove_persona(session, VIEWER, "workshop", NOW)


def test_a_file_that_changes_is_followed_until_somebody_changes_personas_here(workspace: Workspace, fill: Fill) -> None:
    fill([told("a", MOVES, "whoever")])
    PersonaShelf((taking(),), workspace.database).follow_file(NOW)
    assert given(workspace) == {"a": "workshop"}
    put(workspace, *PERSONAS)
    shelf = PersonaShelf((taking(),), workspace.database)
    shelf.follow_file(NOW)
    assert shelf.personas == PERSONAS
    assert given(workspace) == {"a": None}


def test_another_process_sees_within_a_second_what_was_changed(workspace: Workspace) -> None:
    seconds = [0.0]
    other = PersonaShelf(PERSONAS, workspace.database, lambda: seconds[0])
    other.look()
    put(workspace, taking())
    other.look()
    assert other.personas == PERSONAS
    seconds[0] = 1.0
    other.look()
    assert [one.key for one in other.personas] == ["workshop"]


@pytest.mark.parametrize(
    ("text", "key"),
    [("workshop", "workshop"), ("ATELIER", "workshop"), ("Head of shop", "workshop"), ("", None), ("Buyer", None)],
)
def test_a_persona_is_called_by_key_name_or_alias(workspace: Workspace, text: str, key: str | None) -> None:
    put(workspace, replace(taking(), aliases=("head of shop",)))
    assert workspace.persona_called(text) == key
