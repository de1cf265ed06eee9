"""``parcours retention``: what is older than its rule allows goes."""

from __future__ import annotations

import click

from plugin.cli.toolbox import Toolbox, pass_toolbox
from plugin.services.retention import rules, run_retention


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what every rule would let go, and change nothing.")
@pass_toolbox
def retention(toolbox: Toolbox, dry_run: bool) -> None:
    """Let go what the active retention rules no longer keep. «parcours work» does it once a day.

    Rules are switched on in the browser, under People's data. Counts stay as they are.
    """
    workspace = toolbox.workspace()
    if not dry_run:
        for what, count in run_retention(workspace).items():
            click.echo(f"{what}: {count} went")
        return
    with workspace.database.reading() as session:
        for rule in rules(session, workspace.clock()):
            state = "on" if rule.active else "off"
            click.echo(f"{rule.what} ({state}, {rule.months} months, before {rule.before.date()}): {rule.due}")
            for one in rule.examples:
                click.echo(f"  {one.where}: {one.deal or '–'} {one.text}".rstrip())
