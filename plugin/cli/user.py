"""``parcours user``: who may sign in."""

from __future__ import annotations

import secrets

import click

from plugin.cli.toolbox import Toolbox, pass_toolbox
from plugin.services.accounts import AccountRefused, add_user
from plugin.services.viewer import Role


@click.group()
def user() -> None:
    """People who may sign in."""


@user.command()
@click.argument("email")
@click.option(
    "--role", type=click.Choice([role.value for role in Role]), required=True, help="What they may see and do."
)
@click.option("--name", help="Their name as the CRM writes it; the part before the @ unless given.")
@click.option("--language", type=click.Choice(["en", "fr"]), default="en", show_default=True)
@click.option("--ask", is_flag=True, help="Ask for the password instead of making one up.")
@pass_toolbox
def add(toolbox: Toolbox, email: str, role: str, name: str | None, language: str, ask: bool) -> None:
    """Let the person with this EMAIL sign in, and print their first password.

    A salesperson sees the deals of the CRM owner who has the same e-mail or name.
    """
    password = click.prompt("Password", hide_input=True, confirmation_prompt=True) if ask else secrets.token_urlsafe(12)
    workspace = toolbox.workspace()
    try:
        with workspace.database.writing.begin() as session:
            add_user(
                session,
                email,
                name or email.partition("@")[0],
                Role(role),
                workspace.clock(),
                password=password,
                language=language,
            )
    except AccountRefused as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{email} may sign in as {role}." + ("" if ask else f" First password: {password}"))
