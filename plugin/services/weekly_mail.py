"""The weekly mail: each view, and each page of the weekly meeting, is sent once an ISO week, by the first run in it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from plugin.domain.week import Week
from plugin.services.report_rule import report_readers
from plugin.services.viewer import Role, Viewer
from plugin.services.workspace import Workspace
from plugin.store.tables import SavedView, UserAccount, WeeklyReader


class NotSent(Exception):
    """The mail server did not take it; the message says why, without anybody's address."""


@dataclass(frozen=True, slots=True)
class DueView:
    """A view that its owner wants by mail."""

    id: int
    name: str
    page: str
    query: str
    reader: Viewer


@dataclass(frozen=True, slots=True)
class DueWeek:
    """The page of the weekly meeting, for somebody who is to get it."""

    id: int
    week: Week
    reader: Viewer


Due = DueView | DueWeek


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    text: str
    html: str


LetterWriter = Callable[[Session, Due], Letter]


@dataclass(frozen=True, slots=True)
class Sent:
    """``refusals`` are the reasons of those that stay due."""

    letters: int
    refusals: tuple[str, ...]


def send_weekly(
    workspace: Workspace,
    write: LetterWriter,
    send: Callable[[EmailMessage], None],
    sender: str,
) -> Sent:
    """Write and send what is due this week to those who may still read it.

    It is marked before it is sent, so two runs at once send it once; where sending fails the mark is taken back.
    """
    week = iso_week(workspace.clock())
    with workspace.database.reading() as session:
        due: list[Due] = [*_due_views(session, week), *_due_weeks(session, Week.of(workspace.clock().date()))]
    sent, refusals = 0, []
    for one in due:
        before = _claim(workspace, one, week)
        if before is None:
            continue
        try:
            _send(workspace, write, send, sender, one)
            sent += 1
        except NotSent as refused:
            refusals.append(str(refused))
            _give_back(workspace, one, before)
        except BaseException:
            _give_back(workspace, one, before)
            raise
    return Sent(sent, tuple(refusals))


def send_week(
    workspace: Workspace,
    write: LetterWriter,
    send: Callable[[EmailMessage], None],
    sender: str,
    week: Week,
) -> Sent:
    """Send the page of a week now, to all who are to get it: somebody asked for it, whatever was sent before."""
    with workspace.database.reading() as session:
        due = [DueWeek(row.id, week, _reader(account)) for row, account in _readers(session)]
    sent, refusals = 0, []
    for one in due:
        try:
            _send(workspace, write, send, sender, one)
            sent += 1
        except NotSent as refused:
            refusals.append(str(refused))
    return Sent(sent, tuple(refusals))


def weekly_readers(session: Session) -> frozenset[int]:
    """The accounts that get the page of the weekly meeting."""
    return frozenset(session.scalars(select(WeeklyReader.user_id)))


def choose_weekly_readers(session: Session, user_ids: Collection[int]) -> None:
    """These accounts get the page from now on, and nobody else."""
    session.execute(delete(WeeklyReader).where(WeeklyReader.user_id.not_in(user_ids)))
    wanted = set(session.scalars(select(UserAccount.id).where(UserAccount.id.in_(user_ids))))
    session.add_all(WeeklyReader(user_id=one) for one in sorted(wanted - weekly_readers(session)))


def iso_week(now: datetime) -> str:
    """Like ``2026-W48``; in UTC, as all that reports count."""
    return Week.of(now.date()).name


def _send(
    workspace: Workspace, write: LetterWriter, send: Callable[[EmailMessage], None], sender: str, due: Due
) -> None:
    with workspace.database.reading() as session:
        letter = write(session, due)
    send(_message(letter, sender, due.reader.email))


def _due_views(session: Session, week: str) -> list[DueView]:
    rows = session.execute(
        select(SavedView, UserAccount)
        .join(UserAccount, UserAccount.id == SavedView.user_id)
        .where(
            SavedView.weekly,
            _not_mailed(SavedView, week),
            UserAccount.disabled_at.is_(None),
            UserAccount.role.in_([role.value for role in report_readers(session)]),
        )
        .order_by(SavedView.id)
    )
    return [DueView(view.id, view.name, view.page, view.query, _reader(account)) for view, account in rows]


def _due_weeks(session: Session, running: Week) -> list[DueWeek]:
    """The last whole week, for the readers who have nothing of the running one yet."""
    last = running.before or running
    return [
        DueWeek(row.id, last, _reader(account)) for row, account in _readers(session) if row.mailed_week != running.name
    ]


def _readers(session: Session) -> Sequence[tuple[WeeklyReader, UserAccount]]:
    rows = session.execute(
        select(WeeklyReader, UserAccount)
        .join(UserAccount, UserAccount.id == WeeklyReader.user_id)
        .where(UserAccount.disabled_at.is_(None))
        .order_by(WeeklyReader.id)
    )
    return [(row[0], row[1]) for row in rows]


def _reader(account: UserAccount) -> Viewer:
    return Viewer(account.id, account.name, account.email, Role(account.role), account.language, account.time_zone)


Marked = type[SavedView] | type[WeeklyReader]


def _marked(due: Due) -> Marked:
    return SavedView if isinstance(due, DueView) else WeeklyReader


def _not_mailed(table: Marked, week: str) -> ColumnElement[bool]:
    return or_(table.mailed_week.is_(None), table.mailed_week != week)


def _claim(workspace: Workspace, due: Due, week: str) -> str | None:
    """The week that was marked before (empty: none); None where another run has it."""
    table = _marked(due)
    with workspace.database.writing.begin() as session:
        before = session.scalar(select(table.mailed_week).filter_by(id=due.id)) or ""
        mark = update(table).where(table.id == due.id, _not_mailed(table, week)).values(mailed_week=week)
        return None if session.scalar(mark.returning(table.id)) is None else before


def _give_back(workspace: Workspace, due: Due, before: str) -> None:
    table = _marked(due)
    with workspace.database.writing.begin() as session:
        session.execute(update(table).where(table.id == due.id).values(mailed_week=before or None))


def _message(letter: Letter, sender: str, to: str) -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = letter.subject, sender, to
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message
