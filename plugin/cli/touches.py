"""``parcours touches``: files of touches on the command line."""

from __future__ import annotations

from pathlib import Path

import click

from plugin.cli.toolbox import Toolbox, pass_toolbox
from plugin.domain.touch_file import DateOrder
from plugin.rendering.touch_faults import touch_fault
from plugin.services.touch_imports import LARGEST_FILE, Preview, Sent, import_touches, preview

FAULTS_TOLD = 30
ORDERS = [order.value.replace("_", "-") for order in DateOrder]


@click.group()
def touches() -> None:
    """Where marketing and buyers met."""


@touches.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dates", type=click.Choice(ORDERS), default=ORDERS[0], show_default=True, help="How it writes days.")
@click.option("--look", is_flag=True, help="Only say what it would add.")
@pass_toolbox
@click.pass_context
def import_(context: click.Context, toolbox: Toolbox, file: Path, dates: str, look: bool) -> None:
    """Add the touches of a CSV FILE to their deals. The same file twice adds nothing.

    Its first line names the columns: deal (or email), date, channel, and as you like campaign, touchpoint, kind,
    source. Times without a zone are UTC. The exit status is 1 where lines were left out, 2 where nothing can be read.
    """
    if file.stat().st_size > LARGEST_FILE:
        raise click.ClickException(f"{file} is larger than {LARGEST_FILE // 1_000_000} MB: cut it in two")
    workspace = toolbox.workspace()
    sent = Sent(file.name, file.read_bytes(), DateOrder(dates.replace("-", "_")))
    if look:
        with workspace.database.reading() as session:
            found = preview(session, sent)
    else:
        found, _ = import_touches(workspace, None, sent)
    _tell(file, found, look)
    context.exit(2 if found.broken else 1 if found.faults else 0)


def _tell(file: Path, found: Preview, look: bool) -> None:
    faults = [found.broken] if found.broken else found.faults
    for fault in faults[:FAULTS_TOLD]:
        place = f"{file.name}:{fault.line}: {fault.column}: " if fault.column else f"{file.name}:{fault.line}: "
        click.echo(place + touch_fault(fault), err=True)
    if len(faults) > FAULTS_TOLD:
        click.echo(f"… and {len(faults) - FAULTS_TOLD} more", err=True)
    would = "would be " if look else ""
    click.echo(f"{len(found.new)} touches of {found.deals} deals {would}added, {found.known} were here already")
