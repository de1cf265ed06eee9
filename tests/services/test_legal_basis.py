"""Everybody carries a basis: their own, or their connection's."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from crm_adapters import port
from plugin.services.legal_basis import LegalBasis, bases_of, decide_basis, note_basis, told_basis
from plugin.services.people import Person, find_people
from plugin.services.workspace import Workspace
from plugin.store.tables import Connection, PersonBasis
from tests.services.conftest import NOW, Fill


@pytest.fixture
def person(workspace: Workspace, fill: Fill) -> Person:
    fill([port.Deal("d1", "Roof", "new", (), contacts=(port.Contact("c1", "Bo Halle", "bo@x.example"),))])
    with workspace.database.reading() as session:
        return find_people(session, workspace, "Halle").people[0]


def in_force(workspace: Workspace, person: Person) -> LegalBasis | None:
    with workspace.database.reading() as session:
        line = bases_of(session, person).in_force
    return line.basis if line else None


def test_without_any_decision_nobody_pretends(workspace: Workspace, person: Person) -> None:
    assert in_force(workspace, person) is None


def test_a_connections_basis_holds_until_one_is_noted_for_the_person(workspace: Workspace, person: Person) -> None:
    with workspace.database.writing.begin() as session:
        assert decide_basis(session, "crm", LegalBasis.INTEREST, "Weighed.", None, NOW)
        assert not decide_basis(session, "none such", LegalBasis.INTEREST, "", None, NOW)
    assert in_force(workspace, person) is LegalBasis.INTEREST
    with workspace.database.writing.begin() as session:
        connection_id = session.scalars(select(Connection.id)).one()
        assert note_basis(session, connection_id, "c1", LegalBasis.CONSENT, "HubSpot", NOW)
    assert in_force(workspace, person) is LegalBasis.CONSENT


def test_a_sync_that_tells_the_same_notes_it_once_and_a_change_keeps_what_held_before(
    workspace: Workspace, person: Person
) -> None:
    with workspace.database.writing.begin() as session:
        connection_id = session.scalars(select(Connection.id)).one()
        told = (LegalBasis.CONSENT, LegalBasis.CONSENT, LegalBasis.CONTRACT, LegalBasis.CONTRACT)
        new = [note_basis(session, connection_id, "c1", basis, "HubSpot", NOW) for basis in told]
        assert new == [True, False, True, False]
        rows = session.scalars(select(PersonBasis.basis).order_by(PersonBasis.id)).all()
        assert rows == ["consent", "contract"]


@pytest.mark.parametrize(
    ("text", "basis"),
    [
        ("Legitimate interest – prospect/lead", LegalBasis.INTEREST),
        ("Performance of a contract", LegalBasis.CONTRACT),
        ("Freely given consent from contact", LegalBasis.CONSENT),
        ("Not applicable", None),
        ("", None),
    ],
)
def test_a_crms_own_words_are_understood_or_left_out(text: str, basis: LegalBasis | None) -> None:
    assert told_basis(text) is basis
