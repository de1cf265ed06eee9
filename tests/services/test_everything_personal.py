"""A person stands in every place where one may: all of it is shown, and nothing of it is left once they are erased.

The places are read from the tables themselves. A text column that is neither held to be personal nor said to be
nobody's fails the first test; a table that is held to be personal is planted without a line here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Date, Float, Integer, LargeBinary, Numeric, String, Table, insert, select, update

from crm_adapters import port
from plugin.domain.conversion import Period
from plugin.domain.names import fold
from plugin.services.conversion import conversion
from plugin.services.erasure import Erasure, Wish, erase_person, leave_no_trace
from plugin.services.people import Person, find_people, find_person
from plugin.services.person_data import person_page
from plugin.services.person_files import as_json, csv_rows
from plugin.services.workspace import Workspace
from plugin.store.erased import Erased
from plugin.store.personal import HOLDINGS, Holding
from plugin.store.queries.questions import Question
from plugin.store.tables import Base, BuyerWords, Connection, Deal, DealContact, ErasedContact, Meeting, OutboxMessage
from plugin.sync.deals import DealPageWriter
from plugin.sync.meetings import MeetingPageWriter
from plugin.sync.outgoing import held_meeting
from plugin.sync.stages import StageIds
from tests.histories import KEYS
from tests.services.conftest import NOW, Fill

NAME, EMAIL = "Jörg Müller-Ny", "j.mueller@bäcker.example"
# Never anybody's name or words, whatever the table: what we call things, and digests.
KEYS_OF_OURS = frozenset(
    (
        *("public_id", "key", "kind", "state", "status", "stage", "target", "template", "version", "story", "basis"),
        *("language", "theme", "time_zone", "role", "currency", "outcome", "buyer_stage", "persona_key", "evidence"),
        *("digest", "token_hash", "address_hash", "email_hash", "password_hash", "content_hash", "seed", "what"),
        *(
            "origin",
            "actor_kind",
            "side",
            "signal",
            "reply",
            "felt",
            "effect",
            "scopes",
            "media_type",
            "template_version",
        ),
    )
)
NOBODYS = {
    "api_answer": ("request answer", "digests, and the ids and stages of what was stored"),
    "api_token": ("name", "what a colleague calls their program"),
    "audit_entry": ("act about", "names nobody of the buyer's side, by its own rule"),
    "brand": ("accent logo", "our own look"),
    "buyer_words": ("source", "meeting or recap"),
    "action": ("journey persona team owner_name placed", "keys, and a colleague's name"),
    "action_reminder": ("answer", "one of two words"),
    "canvas_belief": ("persona", "a key"),
    "company_goal": ("measure", "one of a few words"),
    "cohort_snapshot": ("name", "a random file name"),
    "connection": ("name settings", "what an admin calls it, and where it is"),
    "connection_secret": ("name sealed", "sealed"),
    "crm_event": ("record", "the CRM's number, which names nobody once they are gone there"),
    "crm_owner": ("crm_id name email", "a colleague's"),
    "crm_pipeline": ("crm_id label journey", "the CRM's set-up"),
    "crm_stage": ("crm_id label", "the CRM's set-up"),
    "deal": ("crm_id", "the CRM's number of the deal"),
    "deal_change": ("deal_ids", "numbers"),
    "deal_standing": ("passages", "numbers"),
    "derivation": ("journey", "a fingerprint"),
    "erased_contact": ("crm_id", "a keyed digest"),
    "improvement": ("journey persona verdict", "keys"),
    "journey_draft": ("base_version fields", "for every buyer, as a journey is"),
    "journey_version": ("text note", "for every buyer, as a journey is"),
    "kit_choice": ("item", "a part of a template"),
    "log_draft": ("meeting_ref", "an id"),
    "map_note": ("journey persona", "keys"),
    "objective": ("journey teams", "keys"),
    "objective_change": ("before after", "the figures of an objective"),
    "persona": ("content", "a kind of people, nobody in particular"),
    "persona_choice": ("persona", "a key"),
    "persona_set": ("file", "a digest"),
    "stage_meaning": ("journey", "a key"),
    "stage_return": ("journey", "a key"),
    "touch_goal": ("journey field value", "a kind or channel of touches"),
    "weekly_reader": ("mailed_week", "a week"),
    "meeting": ("crm_id", "the CRM's number of the meeting"),
    "outbox_message": ("fields", "the CRM's names of its own fields"),
    "report_rule": ("salespeople_see", "one of three words"),
    "saved_view": ("page mailed_week", "a report and a week"),
    "stage_move": ("label actor", "a stage's name of that day, and a colleague's"),
    "stored_picture": ("data", "pictures of the meeting templates"),
    "sync_position": ("stream cursor", "how far was read"),
    "template_draft": (
        "base_version files pictures",
        "for every buyer; the page of a person says which name them",
    ),
    "template_version": ("files pictures note", "for every buyer; the page of a person says which name them"),
    "trial": ("version_a version_b", "versions"),
    "user_account": ("email name", "a colleague's"),
    "user_session": ("device", "a colleague's browser"),
}


def texts_of(table: Table) -> Iterator[str]:
    return (one.name for one in table.columns if isinstance(one.type, String | JSON | LargeBinary))


def test_every_column_that_takes_text_is_held_to_be_personal_or_said_to_be_nobodys() -> None:
    held = {(one.key, column) for one in HOLDINGS for column in (*one.columns, one.contact)}
    open_ = [
        f"{table.name}.{column}"
        for table in Base.metadata.sorted_tables
        for column in texts_of(table)
        if (table.name, column) not in held
        and column not in KEYS_OF_OURS
        and column not in NOBODYS.get(table.name, ("", ""))[0].split()
    ]
    assert open_ == []


def test_nothing_is_said_of_a_column_that_is_not_there() -> None:
    columns = {table.name: set(texts_of(table)) for table in Base.metadata.sorted_tables}
    assert [table for table, (names, _) in NOBODYS.items() if not set(names.split()) <= columns.get(table, set())] == []


@dataclass
class Planted:
    """A row in every table that holds people, all of one deal; ``texts`` is what was put where."""

    workspace: Workspace
    ids: dict[str, int] = field(default_factory=dict)
    texts: dict[tuple[str, str], str] = field(default_factory=dict)

    def everywhere(self) -> None:
        with self.workspace.database.writing.begin() as session:
            for table in (Connection, Deal):
                self.ids[table.__tablename__] = session.scalars(select(table.id)).one()
            for holding in HOLDINGS:
                self.row(session, holding.table.__table__)
            for holding in HOLDINGS:
                where = holding.table.__table__.c["id" if "id" in holding.table.__table__.c else "connection_id"]
                values = self.values(holding)
                session.execute(update(holding.table).where(where == self.ids[holding.key]).values(values))

    def values(self, holding: Holding) -> dict[str, Any]:
        values: dict[str, Any] = {holding.contact: "c1"} if holding.contact else {}
        values |= {column: EMAIL if "mail" in column else NAME for column in holding.names}
        values |= {column: f"quoth {holding.key} {column} raven" for column in (*holding.words, *holding.told)}
        for column in holding.texts:
            text = f"About {holding.key} {column}: {NAME.upper()}, {EMAIL}."
            is_json = isinstance(holding.table.__table__.c[column].type, JSON)
            values[column] = {"notes": [text], "a-said_by": NAME, "a-words": "quoth a draft"} if is_json else text
        self.texts |= {(holding.key, column): str(text) for column, text in values.items()}
        if holding.only is not None:
            values["fault_count"] = 1
        return values

    def row(self, session: Any, table: Table) -> int:
        """The row of a table, made with all that it hangs on where there is none."""
        if table.name not in self.ids:
            for key in table.foreign_keys:
                if not key.parent.nullable or key.column.table.name in ("meeting", "user_account"):
                    self.row(session, key.column.table)
            values = {
                one.name: self.value(one) for one in table.columns if not (one.primary_key and not one.foreign_keys)
            }
            made = session.execute(insert(table).values(values).returning(*table.primary_key))
            self.ids[table.name] = made.scalar_one()
        return self.ids[table.name]

    def value(self, column: Any) -> Any:
        key = next(iter(column.foreign_keys), None)
        if key is not None:
            return self.ids.get(key.column.table.name)
        if column.nullable and not isinstance(column.type, String):
            return None
        kinds = {Boolean: False, Date: date(2026, 3, 1), Float: 0.5, Numeric: 1, Integer: 1, JSON: {}, LargeBinary: b""}
        if column.name == "basis":
            return "interest"
        if column.name == "at" or column.name.endswith("_at"):
            return NOW
        found = next((value for kind, value in kinds.items() if isinstance(column.type, kind)), None)
        return f"{column.name}"[: getattr(column.type, "length", None) or 99] if found is None else found


@pytest.fixture
def planted(workspace: Workspace, fill: Fill) -> Planted:
    fill([the_deal()])
    made = Planted(workspace)
    made.everywhere()
    return made


def the_deal(name: str = "Roof", number: str = "c1", source: str | None = None) -> port.Deal:
    contact = port.Contact(number, NAME, EMAIL)
    return port.Deal("d1", name, "new", moves_through(KEYS[:2]), None, f"{NAME} GmbH", (contact,), source=source)


def moves_through(stages: tuple[str, ...]) -> tuple[port.StageChange, ...]:
    at = (NOW - timedelta(days=30 - day) for day in range(len(stages)))
    return tuple(port.StageChange(key, key, day, port.ActorKind.PERSON) for key, day in zip(stages, at, strict=True))


def person(workspace: Workspace) -> Person:
    with workspace.database.reading() as session:
        key = find_people(session, workspace, "jorg MULLER").people[0].key
        found = find_person(session, workspace, key)
    assert found
    return found


def erase(workspace: Workspace, titles: bool = True) -> Erasure:
    found = person(workspace)
    with workspace.database.writing.begin() as session:
        wish = Wish(tuple(one.id for one in found.deals), titles=titles, rewrite=True)
        done = erase_person(session, workspace, found, wish, None, NOW)
    leave_no_trace(workspace, done)
    return done


def dump(workspace: Workspace) -> str:
    with workspace.database.reading() as session:
        rows = [str(tuple(row)) for table in Base.metadata.sorted_tables for row in session.execute(table.select())]
    return "\n".join(rows)


def left_in(text: str) -> list[str]:
    """What of the person and their words is in a text, in whatever case and spelling."""
    return [one for one in ("jorg", "muller", "mueller", "backer", "quoth", "raven") if one in fold(text)]


def test_a_person_is_shown_every_place_in_which_they_stand(planted: Planted) -> None:
    with planted.workspace.database.reading() as session:
        page = person_page(session, planted.workspace, person(planted.workspace).key)
    assert page
    shown = {(one.where, name.partition(".")[0]) for one in page.held for name, _ in one.fields}
    assert {(one.key, column) for one in HOLDINGS for column in one.columns} - shown == set()
    told, table = str(as_json(page, NOW)), "\n".join(map(str, csv_rows(page)))
    numbers = {one.contact for one in HOLDINGS}
    for (_, column), text in planted.texts.items():
        if column not in numbers and not text.startswith("{"):
            assert text in told, column
            assert text in table, column
    assert "quoth a draft" in told


def test_nothing_of_a_person_is_left_once_they_are_erased(planted: Planted) -> None:
    assert left_in(dump(planted.workspace)) == ["jorg", "muller", "mueller", "backer", "quoth", "raven"]
    erase(planted.workspace)
    assert left_in(dump(planted.workspace)) == []


def test_nor_is_it_left_in_any_file(planted: Planted) -> None:
    """SQLite's free pages and journal, the columns behind the reports: as bytes, in every spelling that was planted."""
    space = planted.workspace
    figures(space)
    erase(space)
    figures(space)
    folders = [space.cohorts.folder.parent]
    if space.database.is_sqlite:
        folders.append(Path(space.database.engine.url.database or "").parent)
    own = Path(space.database.engine.url.database or "").name if space.database.is_sqlite else ""
    files = [
        file
        for folder in folders
        for file in folder.rglob("*")
        if file.is_file() and (file.name.startswith(own) or file.suffix == ".cohorts")
    ]
    assert files
    planted_bytes = [text.encode() for one in (NAME, EMAIL) for text in (one, one.upper())] + [b"quoth", b"raven"]
    assert [(file.name, text) for file in files for text in planted_bytes if text in file.read_bytes()] == []


def figures(workspace: Workspace) -> object:
    with workspace.database.reading() as session:
        return conversion(session, workspace, Question(Period(None, None), NOW + timedelta(days=1), 90)).rows


def test_counts_stay(planted: Planted) -> None:
    before, rows = figures(planted.workspace), counts(planted.workspace)
    erase(planted.workspace)
    assert figures(planted.workspace) == before
    theirs = {one.key for one in HOLDINGS if one.goes}
    grown = {"erased_contact", "erased_name", "audit_entry", "deal_change", "cohort_snapshot"}
    after = counts(planted.workspace)
    assert {table for table in rows if rows[table] != after[table]} <= theirs | grown


def counts(workspace: Workspace) -> dict[str, int]:
    with workspace.database.reading() as session:
        return {one.name: len(session.execute(one.select()).all()) for one in Base.metadata.sorted_tables}


@pytest.mark.parametrize("number", ["c1", "c2"], ids=["the same contact", "merged into another of that name"])
def test_no_sync_brings_them_back(planted: Planted, number: str) -> None:
    space = planted.workspace
    erase(space)
    sync(space, the_deal(f"Roof of {NAME}", number, source=f"a word of {NAME.lower()}"))
    assert left_in(dump(space)) == []


def sync(space: Workspace, deal: port.Deal) -> None:
    """The CRM tells of the deal anew, and of a meeting in which the person speaks and is spoken of."""
    said = (port.Words(NAME, "quoth the raven"), port.Words("Ann", f"{EMAIL} will pay."))
    meeting = port.Meeting("m1", deal.id, NOW, 30, port.MeetingState.HELD, f"Lunch with {NAME}", words=said)
    with space.database.writing.begin() as session:
        connection_id = session.scalars(select(Connection.id)).one()
        erased = Erased(space.secret)
        writer = DealPageWriter(connection_id, StageIds.read(session, connection_id), NOW, erased=erased)
        writer.write(session, port.DealPage((deal,), "end"), 2)
        page = port.MeetingPage((meeting,), "end")
        MeetingPageWriter(connection_id, {}, NOW, erased).write(session, page, 2)


def test_what_others_said_stays_and_so_does_that_something_was_said(planted: Planted) -> None:
    space = planted.workspace
    erase(space)
    sync(space, the_deal())
    with space.database.reading() as session:
        of_meeting = select(BuyerWords.said_by, BuyerWords.text).join(Meeting).where(Meeting.crm_id == "m1")
        assert [tuple(row) for row in session.execute(of_meeting)] == [("", ""), ("Ann", "— will pay.")]


def test_a_deal_keeps_its_name_where_nobody_said_otherwise(planted: Planted) -> None:
    space = planted.workspace
    erase(space, titles=False)
    sync(space, the_deal(f"Roof of {NAME}"))
    with space.database.reading() as session:
        assert session.execute(select(Deal.name, Deal.company)).one() == (f"Roof of {NAME}", f"{NAME} GmbH")


def test_a_new_deal_with_the_same_contact_has_neither_them_nor_their_words(planted: Planted) -> None:
    space = planted.workspace
    erase(space)
    sync(
        space, port.Deal("d2", "Cellar", "new", moves_through(KEYS[:1]), None, None, (port.Contact("c1", NAME, EMAIL),))
    )
    assert left_in(dump(space)) == []


def test_a_namesake_in_another_deal_stays(planted: Planted, fill: Fill) -> None:
    other = port.Deal("d2", "Cellar", "new", moves_through(KEYS[:1]), None, None, (port.Contact("c9", NAME, None),))
    fill([other])
    with planted.workspace.database.reading() as session:
        found = find_people(session, planted.workspace, NAME).people
    assert [one.contact_id for one in found] == ["c1", "c9"]
    erase(planted.workspace)
    with planted.workspace.database.reading() as session:
        assert session.execute(select(DealContact.crm_id, DealContact.name)).all() == [("c9", NAME)]


def test_what_is_kept_to_know_them_again_tells_nobody_who_they_were(planted: Planted) -> None:
    """A contact's number may be an address."""
    erase(planted.workspace)
    with planted.workspace.database.reading() as session:
        (number,) = session.scalars(select(ErasedContact.crm_id))
    assert len(number) == 64
    assert Erased("another secret").number(1, "c1") != number


def test_what_we_wrote_to_the_crm_is_told_and_written_anew_without_them(planted: Planted) -> None:
    space, told = planted.workspace, {"kind": "meeting", "state": "done"}
    with space.database.writing.begin() as session:
        session.execute(update(Connection).values(kind="memory"))
        session.execute(update(Meeting).values(state="held"))
        session.execute(update(OutboxMessage).values(meeting_id=planted.ids["meeting"], **told))
    with space.database.reading() as session:
        page = person_page(session, space, person(space).key)
    assert page
    assert len(page.written) == 1
    assert erase(space).rewriting == 1
    with space.database.reading() as session:
        waiting = session.scalars(select(OutboxMessage).filter_by(state="waiting")).one()
        meeting = held_meeting(session, space.journeys, waiting.meeting_id or 0, "d1", None)
    assert left_in(f"{meeting.title} {meeting.body}") == []
    assert "About meeting_log note" in meeting.body


def test_an_erased_page_is_overwritten_in_the_file(tmp_path: Path) -> None:
    """What the test of files rests on: without these settings SQLite leaves words in free pages and in its journal."""
    path = tmp_path / "plain.sqlite3"
    plain = sqlite3.connect(path, isolation_level=None)
    plain.execute("PRAGMA secure_delete = OFF")
    plain.execute("PRAGMA journal_mode = PERSIST")
    plain.execute("CREATE TABLE said (words TEXT)")
    plain.execute("INSERT INTO said VALUES ('quoth the raven')")
    plain.execute("DELETE FROM said")
    plain.close()
    assert b"quoth" in b"".join(file.read_bytes() for file in tmp_path.iterdir())
