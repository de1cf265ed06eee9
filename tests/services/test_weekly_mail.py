"""The weekly mail through a real mail server: once a week, to who may read, and again where it failed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import update
from sqlalchemy.orm import Session

from plugin.services.accounts import add_user
from plugin.services.post import Post
from plugin.services.report_rule import SalespeopleSee, decide_what_salespeople_see
from plugin.services.saved_views import save_view
from plugin.services.viewer import Role, Viewer
from plugin.services.weekly_mail import DueView, Letter, Sent, iso_week, send_weekly
from plugin.services.workspace import Workspace
from plugin.settings import SettingsError
from plugin.store.tables import UserAccount
from tests.ports import free_port
from tests.services.conftest import NOW


class Inbox:
    """Takes what comes, except for one address."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_RCPT(  # noqa: N802 (the server's name for it)
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address.startswith("full@"):
            return "452 mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, Post]]:
    box = Inbox()
    server = Controller(box, hostname="127.0.0.1", port=free_port())
    server.start()
    yield box, Post(f"smtp+plain://127.0.0.1:{server.port}")
    server.stop()


def somebody(workspace: Workspace, email: str, role: Role = Role.MANAGER, weekly: bool = True) -> None:
    with workspace.database.writing.begin() as session:
        user_id = add_user(session, email, email.partition("@")[0].title(), role, NOW)
        viewer = Viewer(user_id, email, email, role)
        save_view(session, viewer, "Mondays", "stages", "horizon=60", shared=False, weekly=weekly, now=NOW)


def write(_session: Session, view: DueView) -> Letter:
    return Letter(f"{view.name} for {view.reader.name}", "Text, prêt", "<p>Text, prêt</p>")


def send(workspace: Workspace, post: Post) -> Sent:
    return send_weekly(workspace, write, post.send, "parcours@seller.example")


def test_a_view_is_sent_once_a_week(workspace: Workspace, inbox: tuple[Inbox, Post]) -> None:
    box, post = inbox
    somebody(workspace, "max@seller.example")
    somebody(workspace, "mia@seller.example", weekly=False)
    assert send(workspace, post) == Sent(1, ())
    assert send(workspace, post) == Sent(0, ())
    (mail,) = box.mails
    assert (mail["To"], mail["From"]) == ("max@seller.example", "parcours@seller.example")
    assert mail["Subject"] == "Mondays for Max"
    plain = mail.get_body(["plain"])
    assert plain is not None
    assert plain.get_content().strip() == "Text, prêt"
    next_week = replace(workspace, clock=lambda: NOW + timedelta(days=7))
    assert send(next_week, post).letters == 1


def test_a_mail_that_is_refused_stays_due_and_keeps_no_other_back(
    workspace: Workspace, inbox: tuple[Inbox, Post]
) -> None:
    box, post = inbox
    somebody(workspace, "full@seller.example")
    somebody(workspace, "max@seller.example")
    for letters in (1, 0):
        sent = send(workspace, post)
        assert sent == Sent(letters, ("127.0.0.1 refuses a recipient",))
    assert [mail["To"] for mail in box.mails] == ["max@seller.example"]


def test_only_who_may_read_the_reports_gets_them(workspace: Workspace, inbox: tuple[Inbox, Post]) -> None:
    box, post = inbox
    somebody(workspace, "ana@seller.example", Role.SALESPERSON)
    somebody(workspace, "gone@seller.example")
    with workspace.database.writing.begin() as session:
        session.execute(update(UserAccount).filter_by(email="gone@seller.example").values(disabled_at=NOW))
    assert send(workspace, post).letters == 0
    with workspace.database.writing.begin() as session:
        decide_what_salespeople_see(session, SalespeopleSee.EVERYBODY, NOW)
    assert send(workspace, post).letters == 1
    assert box.mails[0]["To"] == "ana@seller.example"


def test_a_defect_while_writing_loses_no_mail(workspace: Workspace, inbox: tuple[Inbox, Post]) -> None:
    _, post = inbox
    somebody(workspace, "max@seller.example")

    def broken(_session: Session, _view: DueView) -> Letter:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        send_weekly(workspace, broken, post.send, "parcours@seller.example")
    assert send(workspace, post).letters == 1


def test_a_server_that_is_not_there_is_told_without_an_address(workspace: Workspace) -> None:
    somebody(workspace, "max@seller.example")
    sent = send(workspace, Post("smtp+plain://127.0.0.1:1"))
    assert sent == Sent(0, ("127.0.0.1 can't be reached: Connection refused",))


@pytest.mark.parametrize("url", ["mail.example.com", "http://mail.example.com", "smtp://", "smtp://mail:port"])
def test_an_address_that_is_none_is_refused_with_one_that_is(url: str) -> None:
    with pytest.raises(SettingsError, match=r"smtps://user:password@mail\.example\.com"):
        Post(url)


def test_a_week_begins_on_monday_and_belongs_to_its_iso_year() -> None:
    assert iso_week(NOW.replace(year=2027, month=1, day=3)) == "2026-W53"
    assert iso_week(NOW.replace(year=2027, month=1, day=4)) == "2027-W01"
