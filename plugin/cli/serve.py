"""``parcours serve`` and ``parcours demo``: the pages."""

from __future__ import annotations

import logging
import os
import signal
from dataclasses import replace
from pathlib import Path
from types import FrameType

import click
import waitress

from plugin.cli.toolbox import Toolbox, WsgiApp, pass_toolbox
from plugin.services.demo import COMPANY, DemoAccount, prepare_demo
from plugin.services.installation import inspect
from plugin.settings import Settings

THREADS = 8


@click.command()
@pass_toolbox
def serve(toolbox: Toolbox) -> None:
    """Serve the pages on PARCOURS_PORT until Ctrl+C.

    For production, put a proxy that speaks HTTPS in front and set PARCOURS_HTTPS=1.
    """
    state = inspect(toolbox.settings)
    if not state.current:
        raise click.ClickException("the database is not ready: run «parcours db upgrade» first")
    click.echo(f"Parcours is at {_address(toolbox.settings)} (stop with Ctrl+C).")
    _run(toolbox.web(toolbox.workspace(), toolbox.settings), toolbox.settings)


@click.command()
@pass_toolbox
def demo(toolbox: Toolbox) -> None:
    """Serve an invented company: twelve salespeople, 1,200 deals, two years. What you log there is kept."""
    settings = replace(_demo_settings(toolbox.settings), company=COMPANY)
    workspace = toolbox.open(settings, True)
    accounts = prepare_demo(workspace, settings.home / "demo-company", click.echo)
    who = ", ".join(_who(account) for account in accounts)
    application = toolbox.web(workspace, settings)
    click.echo(f"Parcours is at {_address(settings)} — sign in with one click as {who}. Stop with Ctrl+C.")
    _run(application, settings)


def _demo_settings(settings: Settings) -> Settings:
    """The demo keeps to a folder of its own unless a folder is named: it must never mix with real deals."""
    if os.environ.get("PARCOURS_HOME") or os.environ.get("PARCOURS_DATABASE_URL"):
        return settings
    home: Path = settings.home / "demo"
    return replace(settings, home=home, database_url=f"sqlite:///{home / 'parcours.sqlite3'}")


def _who(account: DemoAccount) -> str:
    return f"{account.name} ({account.role})"


def _address(settings: Settings) -> str:
    return f"http://{settings.host}:{settings.port}/"


def _run(application: WsgiApp, settings: Settings) -> None:
    logging.getLogger("waitress").setLevel(logging.ERROR)
    # Waitress drops the requests in flight on SIGTERM unless it is raised as an exit.
    signal.signal(signal.SIGTERM, _leave)
    try:
        waitress.serve(application, host=settings.host, port=settings.port, threads=THREADS, ident=None)
    except OSError as error:
        raise click.ClickException(
            f"port {settings.port} can't be used ({error.strerror}): set PARCOURS_PORT to another one"
        ) from error


def _leave(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
