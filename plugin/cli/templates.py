"""``parcours templates``: meeting templates, ours and your own."""

from __future__ import annotations

from pathlib import Path

import click

from plugin.cli.toolbox import Toolbox, pass_toolbox
from plugin.library.bundle import write_bundle
from plugin.library.folders import shipped_folder
from plugin.library.templates import check_folder, load_folder
from plugin.services.template_drafts import use_template


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


@templates.command()
@click.argument("key")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@pass_toolbox
def export(toolbox: Toolbox, key: str, folder: Path) -> None:
    """Write the template KEY, as it is in use, to FOLDER/meetings/KEY."""
    template = toolbox.workspace().library.meetings.get(key)
    if template is None:
        raise click.ClickException(f"there is no template '{key}'")
    place = folder / "meetings" / key
    if place.exists():
        raise click.ClickException(f"{place} is there already: name another folder, or move it away")
    write_bundle(place, template.files, {name: picture.data for name, picture in template.pictures.items()})
    click.echo(f"{place}: version {template.version}")


@templates.command("import")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--note", default="", help="What is new, for the list of versions.")
@pass_toolbox
def import_(toolbox: Toolbox, folder: Path, note: str) -> None:
    """Put every template in FOLDER in use, in place of the one with the same key. Refuses a folder with faults."""
    faults = check_folder(folder)
    for fault in faults:
        click.echo(str(fault), err=True)
    if faults:
        raise click.ClickException(f"{len(faults)} faults in {folder}: nothing was changed")
    workspace = toolbox.workspace()
    with workspace.database.writing.begin() as session:
        for template in load_folder(folder).meetings.values():
            use_template(session, workspace, template, note)
            click.echo(f"{template.key}: version {template.version} is in use")
