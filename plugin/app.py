"""The composition root: the one file that knows every room."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import click
from flask import Flask
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from plugin.api import create_api
from plugin.cli import parcours
from plugin.cli.toolbox import Toolbox
from plugin.domain.journey import Journey
from plugin.domain.journeys import Journeys
from plugin.embed import create_panel
from plugin.library.faults import Refused
from plugin.library.folders import shipped_folder
from plugin.library.journeys import load_journey, shipped_journeys
from plugin.library.personas import personas_of
from plugin.library.plays import plays_of
from plugin.library.templates import Library
from plugin.services.connections import follow_journey
from plugin.services.installation import prepare
from plugin.services.journey_shelf import JourneyShelf
from plugin.services.persona_shelf import PersonaShelf
from plugin.services.post import Post
from plugin.services.shelf import Shelf
from plugin.services.vault import Vault
from plugin.services.weekly_mail import LetterWriter
from plugin.services.workspace import App, Workspace
from plugin.settings import Settings, SettingsError
from plugin.store.cohorts.view import Cohorts
from plugin.store.database import Database
from plugin.web import Mailing, create_app, letter_writer


def main() -> None:
    """The console script ``parcours``. Whatever goes wrong is told in words; a traceback is a defect."""
    try:
        toolbox = Toolbox(Settings.from_environment(), open_workspace, make_web, make_letters)
        parcours(obj=toolbox)
    except (SettingsError, Refused) as error:
        _give_up(str(error))
    except OSError as error:
        _give_up(f"{error.filename or 'a file'} can't be used: {error.strerror or error}")
    except DBAPIError as error:
        _give_up(f"the database can't be used: {str(error.orig).splitlines()[0]}")
    except SQLAlchemyError as error:
        _give_up(f"PARCOURS_DATABASE_URL can't be used: {str(error).splitlines()[0]}")


def _give_up(reason: str) -> NoReturn:
    click.echo(f"Error: {reason}", err=True)
    sys.exit(2)


def open_workspace(
    settings: Settings, demo: bool = False, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Workspace:
    """A workspace on a database that is up to date. Raises Refused where a journey or template is broken."""
    prepare(settings)
    folders = [shipped_folder(), *([settings.templates] if settings.templates else [])]
    database = Database.at(settings.database_url)
    known = journey(settings.journey)
    workspace = Workspace(
        database=database,
        journey=known,
        cohorts=Cohorts(Journeys(known), settings.home / "cohorts"),
        shelf=Shelf(Library.of(folders), database, own_files(settings)),
        persona_shelf=PersonaShelf(personas_of(folders), database),
        clock=clock,
        secret=settings.secret(),
        demo=demo,
        our_company=settings.company,
        vault=Vault.of(settings),
        apps={"hubspot": App(*settings.hubspot_app)} if settings.hubspot_app else {},
        networks=settings.networks,
        journey_shelf=JourneyShelf(known, database),
        plays=plays_of(folders),
    )
    workspace.look()
    workspace = workspace.now()
    follow_journey(workspace)
    workspace.persona_shelf.follow_file(workspace.clock())
    return workspace


def own_files(settings: Settings) -> list[Path]:
    """The company's own personas and journeys, which a template may name."""
    found = []
    if settings.templates:
        found = [*settings.templates.glob("personas.yaml"), *settings.templates.glob("journeys/*.yaml")]
    if settings.journey not in shipped_journeys():
        found.append(Path(settings.journey))
    return found


def journey(name: str) -> Journey:
    """A journey that ships with us, by its key, or one of your own, by its file."""
    return load_journey(shipped_journeys().get(name) or Path(name))


def make_web(workspace: Workspace, settings: Settings) -> Flask:
    """The pages, and beside them the panel that CRMs frame and the API."""
    web = create_app(workspace, https=settings.https, address=settings.address)
    if settings.smtp_url and settings.mail_from and settings.address:
        post = Post(settings.smtp_url)
        web.extensions["mailing"] = Mailing(letter_writer(web, settings.address), post.send, settings.mail_from)
    panel = create_panel(workspace, https=settings.https, address=settings.address)
    api = create_api(workspace, https=settings.https)
    web.wsgi_app = DispatcherMiddleware(web.wsgi_app, {"/embed": panel, "/api": api})  # type: ignore[method-assign]
    return web


def make_letters(workspace: Workspace, settings: Settings) -> LetterWriter:
    return letter_writer(make_web(workspace, settings), settings.address)


def wsgi() -> Flask:
    """For a production server: ``gunicorn 'plugin.app:wsgi()'``."""
    settings = Settings.from_environment()
    return make_web(open_workspace(settings), settings)
