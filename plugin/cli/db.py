"""``parcours db``: the database and its shape."""

from __future__ import annotations

import click

from plugin.cli.toolbox import Toolbox, pass_toolbox
from plugin.services.installation import inspect, prepare


@click.group()
def db() -> None:
    """Prepare and check the database."""


@db.command()
@pass_toolbox
def upgrade(toolbox: Toolbox) -> None:
    """Make the database, or bring it up to date. Safe to run twice, or twice at once."""
    found = prepare(toolbox.settings)
    if found.current:
        click.echo(f"The database is up to date (revision {found.head}).")
    else:
        click.echo(f"The database went from revision {found.at or 'nothing'} to {found.head}.")


@db.command()
@pass_toolbox
def check(toolbox: Toolbox) -> None:
    """Say whether the database fits this version; exit with 1 where it does not."""
    state = inspect(toolbox.settings)
    if state.current:
        click.echo(f"The database is up to date (revision {state.head}).")
        return
    if state.differences:
        raise click.ClickException(f"the tables differ from what this version expects: {state.differences}")
    at = state.at or "nothing"
    raise click.ClickException(
        f"the database is at revision {at}, this version needs {state.head}: run «parcours db upgrade»"
    )
