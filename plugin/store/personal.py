"""Which tables hold what of the people on the buyer's side: one list, by which a person is shown and erased.

A new table in which a name or a buyer's words may stand gets one line in HOLDINGS, and one for what it is called in
``plugin.rendering.privacy``. A test fails for every text column that is neither here nor said to be nobody's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, null, or_, select
from sqlalchemy.orm import Session

from plugin.store.tables import (
    Action,
    Base,
    BuyerWords,
    CanvasBelief,
    CompanyGoal,
    ConnectionBasis,
    Deal,
    DealContact,
    FollowUp,
    FormerContact,
    Improvement,
    LogDraft,
    MapNote,
    Meeting,
    MeetingAttendee,
    MeetingLog,
    ObjectiveChange,
    OutboxMessage,
    PersonBasis,
    PlanStep,
    Recap,
    RecapLine,
    SavedView,
    SyncRun,
    Touch,
    TouchImport,
    Touchpoint,
)

DEAL: Table = Deal.__table__  # type: ignore[assignment]
HAS_FAULTS = (SyncRun.fault_count > 0) | (SyncRun.message != "")


class Origin(StrEnum):
    """Who brought something in: the CRM, the buyer themselves, a colleague, or we, out of what others brought."""

    CRM = "crm"
    BUYER = "buyer"
    TYPED = "typed"
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class Holding:
    """A table with people in it. Its columns are named by what they hold.

    ``contact`` is the CRM's number of a person; ``names`` hold one person's name or address and nothing else; ``words``
    are what that person said or wrote; ``texts`` anybody's, in which a name may stand; ``told`` what was said by the
    person whom ``teller`` names, a column on the way to the deal. ``goes``: a row is there for its person only.
    ``only`` leaves out rows without any text, where a table is long. ``author`` is the column of the account that wrote
    it; ``comes`` says from where a row comes that nobody typed.
    """

    table: type[Base]
    contact: str = ""
    names: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    teller: ColumnElement[str] | None = None
    at: str = ""
    author: str = "user_id"
    comes: Origin = Origin.TYPED
    goes: bool = False
    only: ColumnElement[bool] | None = None

    @property
    def key(self) -> str:
        return str(self.table.__tablename__)

    @property
    def columns(self) -> tuple[str, ...]:
        return self.names + self.words + self.texts + self.told

    @property
    def way(self) -> tuple[Table, ...]:
        """From its table to the deal; empty where it belongs to none."""
        table: Table = self.table.__table__  # type: ignore[assignment]
        return (table,) if table is DEAL else _way(table)


HOLDINGS: tuple[Holding, ...] = (
    Holding(DealContact, contact="crm_id", names=("name", "email"), goes=True, comes=Origin.CRM),
    Holding(FormerContact, contact="crm_id", names=("name",), goes=True, comes=Origin.CRM),
    Holding(
        PersonBasis,
        contact="contact_id",
        names=("name",),
        texts=("source", "note"),
        at="noted_at",
        author="noted_by",
        goes=True,
    ),
    Holding(MeetingAttendee, names=("name",), goes=True),
    Holding(BuyerWords, names=("said_by",), words=("text",), at="said_at"),
    Holding(MeetingLog, texts=("note", "what_changed"), at="logged_at"),
    Holding(Meeting, texts=("title",), at="starts_at", comes=Origin.CRM),
    Holding(FollowUp, texts=("words", "answer"), at="proposed_at", comes=Origin.OURS),
    Holding(PlanStep, names=("who",), texts=("text",), at="created_at"),
    Holding(Recap, names=("answered_by",), words=("remark",), texts=("greeting",), at="created_at"),
    Holding(RecapLine, names=("said_by",), words=("text",), told=("reply_text",), teller=Recap.__table__.c.answered_by),
    Holding(LogDraft, texts=("fields",), at="updated_at"),
    Holding(OutboxMessage, texts=("last_error",), at="created_at", comes=Origin.CRM),
    # A deal's own name may be a person's: it goes where an admin says so.
    Holding(Deal, texts=("name", "company", "source", "persona"), at="created_at", comes=Origin.CRM),
    Holding(SyncRun, texts=("faults", "message"), at="started_at", only=HAS_FAULTS, comes=Origin.CRM),
    Holding(SavedView, texts=("name", "query"), at="created_at"),
    Holding(Touchpoint, texts=("name",), at="created_at"),
    Holding(
        Touch,
        contact="contact_crm_id",
        texts=("channel", "source", "campaign", "place"),
        at="recorded_at",
        comes=Origin.CRM,
    ),
    Holding(TouchImport, texts=("file_name",), at="imported_at"),
    Holding(MapNote, texts=("text",), at="written_at"),
    Holding(Improvement, texts=("text", "learned"), at="decided_at", author="decided_by"),
    Holding(CanvasBelief, texts=("text",), at="written_at"),
    Holding(CompanyGoal, texts=("text",), at="changed_at"),
    Holding(ObjectiveChange, texts=("why",), at="at"),
    Holding(Action, texts=("title", "how", "placed_why"), at="created_at", author="owner_id"),
    Holding(ConnectionBasis, texts=("note",), at="changed_at", author="changed_by"),
)


def naming() -> Iterator[tuple[Holding, str]]:
    """Where people are named by whoever typed it: a holding, and its column of names."""
    for holding in HOLDINGS:
        if holding.way and not holding.contact:
            yield from ((holding, column) for column in holding.names)


def rows_of(
    session: Session, holding: Holding, deals: Collection[int], contact: tuple[int, str] | None
) -> Iterator[tuple[Any, int | None, str | None]]:
    """The rows that may name a person of these deals, each with its deal and who told what is ``told`` in it.

    ``contact``: the connection, and the person's number there.

    Of a table that belongs to no deal all rows are given, or those of the contact.
    """
    query = with_deal(holding)
    if holding.way:
        query = query.where(DEAL.c.id.in_(deals))
    elif holding.contact:
        query = query.where(_of_contact(holding, contact))
    if holding.only is not None:
        query = query.where(holding.only)
    for row in session.execute(query.order_by(*holding.table.__table__.primary_key)):
        yield row[0], row[1], row[2]


def with_deal(holding: Holding) -> Select[Any, int | None, str | None]:
    """The rows of a holding, each with the id of its deal, and its teller."""
    teller = null() if holding.teller is None else holding.teller
    if not holding.way:
        return select(holding.table, null(), teller)
    query = select(holding.table, DEAL.c.id, teller)
    before: Table = holding.table.__table__  # type: ignore[assignment]
    for table in holding.way if before is not DEAL else ():
        query = query.join(table, _key_between(before, table))
        before = table
    return query


def _of_contact(holding: Holding, contact: tuple[int, str] | None) -> ColumnElement[bool]:
    """The rows of this contact, and of people whom no CRM knows."""
    number: ColumnElement[str] = holding.table.__table__.c[holding.contact]
    if contact is None:
        return number == ""
    of_connection = holding.table.__table__.c.connection_id == contact[0]
    return or_(number == "", (number == contact[1]) & of_connection)


def _way(table: Table) -> tuple[Table, ...]:
    """The shortest way by foreign keys."""
    ways: list[tuple[Table, ...]] = [(table,)]
    for way in ways:
        for key in way[-1].foreign_keys:
            target = key.column.table
            if target is DEAL:
                return (*way[1:], DEAL)
            if target not in way:
                ways.append((*way, target))
    return ()


def _key_between(before: Table, table: Table) -> ColumnElement[bool]:
    (key,) = [one for one in before.foreign_keys if one.column.table is table]
    return key.parent == key.column
