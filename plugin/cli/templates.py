"""``parcours templates``: meeting templates, ours and your own."""

from __future__ import annotations

from pathlib import Path

import click

from plugin.library.folders import shipped_folder
from plugin.library.templates import check_folder


@click.group()
def templates() -> None:
    """Meeting templates: goal, presentation, stories and script of each meeting."""


@templates.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
def check(folder: Path | None) -> None:
    """Check the templates in FOLDER (ours where none is named) and list every fault with file, line and column."""
    place = folder or shipped_folder()
    faults = check_folder(place)
    for fault in faults:
        click.echo(str(fault), err=True)
    if faults:
        raise click.ClickException(f"{len(faults)} faults in {place}")
    click.echo(f"{place}: every template is complete.")
