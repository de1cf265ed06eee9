"""The report's page, asked for like a browser does, without a network between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select

from bench.conversion.company import NOW
from plugin.domain.journey import Journey
from plugin.domain.journeys import Journeys
from plugin.library.folders import shipped_folder
from plugin.library.templates import Library
from plugin.services.accounts import add_user, open_session
from plugin.services.persona_shelf import PersonaShelf
from plugin.services.shelf import Shelf
from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from plugin.store.cohorts.view import Cohorts
from plugin.store.database import Database
from plugin.store.tables import UserAccount
from plugin.web import create_app
from plugin.web.edge import TOKEN

EMAIL = "bench@example.com"


def browser(folder: Path, database: Database, journey: Journey) -> Callable[[dict[str, str]], None]:
    """Sign a manager in; the function asks for /conversion with these parameters and fails on anything but 200."""
    library = Library.of([shipped_folder()])
    workspace = Workspace(
        database,
        journey,
        Cohorts(Journeys(journey), folder),
        Shelf(library, database),
        PersonaShelf((), database),
        lambda: NOW,
        "x" * 40,
        demo=True,
    )
    app = create_app(workspace, https=False)
    client = app.test_client()
    with database.writing.begin() as session:
        manager = session.scalar(select(UserAccount.id).filter_by(email=EMAIL))
        manager = manager or add_user(session, EMAIL, "Bench", Role.MANAGER, NOW)
        token = open_session(session, manager, "Bench", NOW)
    with client.session_transaction() as cookie:
        cookie[TOKEN] = token

    def get(asked: dict[str, str]) -> None:
        answer = client.get("/conversion", query_string=asked)
        if answer.status_code != 200:
            raise SystemExit(f"/conversion answered {answer.status_code}")

    return get
