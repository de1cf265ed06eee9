"""The weekly mail: each view that wants one is sent once an ISO week, by the first run in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from plugin.services.report_rule import report_readers
from plugin.services.viewer import Role, Viewer
from plugin.services.workspace import Workspace
from plugin.store.tables import SavedView, UserAccount


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
class Letter:
    subject: str
    text: str
    html: str


LetterWriter = Callable[[Session, DueView], Letter]


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
    """Write and send what is due this week to those who may still read reports.

    A view is marked before it is sent, so two runs at once send it once; where sending fails the mark is taken back.
    """
    week = iso_week(workspace.clock())
    with workspace.database.reading() as session:
        due = _due(session, week)
    sent, refusals = 0, []
    for view in due:
        before = _claim(workspace, view.id, week)
        if before is None:
            continue
        try:
            with workspace.database.reading() as session:
                letter = write(session, view)
            send(_message(letter, sender, view.reader.email))
            sent += 1
        except NotSent as refused:
            refusals.append(str(refused))
            _give_back(workspace, view.id, before)
        except BaseException:
            _give_back(workspace, view.id, before)
            raise
    return Sent(sent, tuple(refusals))


def iso_week(now: datetime) -> str:
    """Like ``2026-W48``; in UTC, as all that reports count."""
    year, week, _ = now.isocalendar()
    return f"{year}-W{week:02}"


def _due(session: Session, week: str) -> list[DueView]:
    rows = session.execute(
        select(SavedView, UserAccount)
        .join(UserAccount, UserAccount.id == SavedView.user_id)
        .where(
            SavedView.weekly,
            _not_mailed(week),
            UserAccount.disabled_at.is_(None),
            UserAccount.role.in_([role.value for role in report_readers(session)]),
        )
        .order_by(SavedView.id)
    )
    return [DueView(view.id, view.name, view.page, view.query, _reader(account)) for view, account in rows]


def _reader(account: UserAccount) -> Viewer:
    return Viewer(account.id, account.name, account.email, Role(account.role), account.language, account.time_zone)


def _not_mailed(week: str) -> ColumnElement[bool]:
    return or_(SavedView.mailed_week.is_(None), SavedView.mailed_week != week)


def _claim(workspace: Workspace, view_id: int, week: str) -> str | None:
    """The week that was marked before (empty: none); None where another run has it."""
    with workspace.database.writing.begin() as session:
        before = session.scalar(select(SavedView.mailed_week).filter_by(id=view_id)) or ""
        mark = update(SavedView).where(SavedView.id == view_id, _not_mailed(week)).values(mailed_week=week)
        return None if session.scalar(mark.returning(SavedView.id)) is None else before


def _give_back(workspace: Workspace, view_id: int, before: str) -> None:
    with workspace.database.writing.begin() as session:
        session.execute(update(SavedView).where(SavedView.id == view_id).values(mailed_week=before or None))


def _message(letter: Letter, sender: str, to: str) -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = letter.subject, sender, to
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message
