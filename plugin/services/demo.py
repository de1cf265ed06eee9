"""The demo: an invented company comes in through the CSV adapter and the sync, as a user's data would."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from plugin.services.accounts import add_user
from plugin.services.connections import connect, sync
from plugin.services.demo_company import write_demo_company
from plugin.services.demo_company.journeys import keep_earlier_journeys
from plugin.services.demo_company.logged import log_demo_meetings
from plugin.services.demo_company.map_content import write_map
from plugin.services.demo_company.personas import tell_beliefs, tell_personas
from plugin.services.demo_company.plan import plan_for_demo
from plugin.services.demo_company.privacy import decide_about_people
from plugin.services.demo_company.touches import set_demo_goal
from plugin.services.viewer import Role, Viewer
from plugin.services.workspace import Workspace
from plugin.store.tables import Connection, UserAccount

COMPANY = "Alidade"
CONNECTION = "alidade"
MARKETER = "nora@alidade.example"


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """Somebody who may sign in to the demo with one click."""

    email: str
    name: str
    role: Role
    language: str


ACCOUNTS = (
    DemoAccount("claire@alidade.example", "Claire Fontaine", Role.SALESPERSON, "fr"),
    DemoAccount("martin@alidade.example", "Martin Hale", Role.MANAGER, "en"),
    DemoAccount(MARKETER, "Nora Lindqvist", Role.MARKETER, "en"),
    DemoAccount("admin@alidade.example", "Alex Moreau", Role.ADMIN, "en"),
)


def prepare_demo(workspace: Workspace, folder: Path, say: Callable[[str], None]) -> tuple[DemoAccount, ...]:
    """Make what is missing: accounts, the company's files, the connection. A second start keeps what was logged."""
    _add_accounts(workspace)
    first_start = not _connected(workspace)
    if first_start:
        tell_personas(workspace, author=MARKETER)
        say("Inventing a company of twelve salespeople and 1,200 deals …")
        write_demo_company(folder, workspace.clock())
        connect(workspace, "csv", CONNECTION, {"folder": str(folder)})
    say("Syncing its deals …")
    sync(workspace, CONNECTION, lambda _name: lambda _stream, _read, _total: None)
    keep_earlier_journeys(workspace, {account.role: account.email for account in ACCOUNTS})
    log_demo_meetings(workspace)
    if first_start:
        tell_beliefs(workspace, author=MARKETER, without=ACCOUNTS[0].name)
    set_demo_goal(workspace)
    with workspace.database.writing.begin() as session:
        write_map(session, workspace)
        decide_about_people(session, CONNECTION, workspace.clock())
    plan_for_demo(workspace, _manager(workspace))
    return ACCOUNTS


def _manager(workspace: Workspace) -> Viewer:
    """Who agreed on what a demo's company has agreed on."""
    manager = next(account for account in ACCOUNTS if account.role is Role.MANAGER)
    with workspace.database.reading() as session:
        user_id = session.scalars(select(UserAccount.id).filter_by(email=manager.email)).one()
    return Viewer(user_id, manager.name, manager.email, manager.role)


def _connected(workspace: Workspace) -> bool:
    with workspace.database.reading() as session:
        return session.scalar(select(Connection.id).filter_by(name=CONNECTION)) is not None


def _add_accounts(workspace: Workspace) -> None:
    with workspace.database.writing.begin() as session:
        known = set(session.scalars(select(UserAccount.email)))
        for account in ACCOUNTS:
            if account.email not in known:
                add_user(
                    session, account.email, account.name, account.role, workspace.clock(), language=account.language
                )
