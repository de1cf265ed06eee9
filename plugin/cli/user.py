"""``parcours user``: who may sign in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import click
from sqlalchemy.orm import Session

from plugin.cli.toolbox import Toolbox, pass_toolbox
from plugin.services.accounts import AccountRefused, add_user, change_role, disable_user, enable_user, reset_password
from plugin.services.passwords import made_up
from plugin.services.viewer import Role
from plugin.store.queries.accounts import account_by_email

_ROLES = click.Choice([role.value for role in Role])


@click.group()
def user() -> None:
    """People who may sign in."""


@user.command()
@click.argument("email")
@click.option("--role", type=_ROLES, required=True, help="What they may see and do.")
@click.option("--name", help="Their name as the CRM writes it; the part before the @ unless given.")
@click.option("--language", type=click.Choice(["en", "fr"]), default="en", show_default=True)
@click.option("--ask", is_flag=True, help="Ask for the password instead of making one up.")
@pass_toolbox
def add(toolbox: Toolbox, email: str, role: str, name: str | None, language: str, ask: bool) -> None:
    """Let the person with this EMAIL sign in, and print their first password.

    A salesperson sees the deals of the CRM owner who has the same e-mail or name.
    """
    password = _password(ask)
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


@user.command("role")
@click.argument("email")
@click.argument("role", type=_ROLES)
@pass_toolbox
def give_role(toolbox: Toolbox, email: str, role: str) -> None:
    """Give the person with this EMAIL another ROLE, and sign them out everywhere."""
    _change(toolbox, email, lambda session, user_id, now: change_role(session, user_id, Role(role), now))
    click.echo(f"{email} may sign in as {role}.")


@user.command("password")
@click.argument("email")
@click.option("--ask", is_flag=True, help="Ask for the password instead of making one up.")
@pass_toolbox
def new_password(toolbox: Toolbox, email: str, ask: bool) -> None:
    """Give the person with this EMAIL a new password, for one that was lost, and sign them out everywhere."""
    password = _password(ask)
    _change(toolbox, email, lambda session, user_id, now: reset_password(session, user_id, password, now))
    click.echo(f"{email} has a new password" + ("." if ask else f": {password}"))


@user.command()
@click.argument("email")
@pass_toolbox
def disable(toolbox: Toolbox, email: str) -> None:
    """Let nobody in by this EMAIL any more; what they logged stays."""
    _change(toolbox, email, disable_user)
    click.echo(f"{email} may not sign in any more.")


@user.command()
@click.argument("email")
@pass_toolbox
def enable(toolbox: Toolbox, email: str) -> None:
    """Let the person with this EMAIL in again, by the password that they had."""
    _change(toolbox, email, enable_user)
    click.echo(f"{email} may sign in again.")


def _password(ask: bool) -> str:
    if ask:
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    return made_up()


def _change(toolbox: Toolbox, email: str, change: Callable[[Session, int, datetime], None]) -> None:
    workspace = toolbox.workspace()
    try:
        with workspace.database.writing.begin() as session:
            account = account_by_email(session, email.strip().lower())
            if account is None:
                raise click.ClickException(f"nobody signs in as {email}: add them with `parcours user add`")
            change(session, account.id, workspace.clock())
    except AccountRefused as error:
        raise click.ClickException(str(error)) from error
