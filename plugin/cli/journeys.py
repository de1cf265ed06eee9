"""``parcours journeys``: the journeys in use, out as files and in again."""

from __future__ import annotations

from pathlib import Path

import click

from plugin.cli.toolbox import Toolbox, pass_toolbox
from plugin.library.faults import Refused
from plugin.library.journeys import journey_text, load_journey, shipped_journeys
from plugin.services.journey_drafts import MOST_IN_USE, journey_lines
from plugin.services.journey_use import By, Origin, follow, make_main, put_in_use


@click.group()
def journeys() -> None:
    """Journeys: the stages that your buyers go through."""


@journeys.command("list")
@pass_toolbox
def list_(toolbox: Toolbox) -> None:
    """Which journeys are in use, and which pipelines follow them."""
    workspace = toolbox.workspace()
    with workspace.database.reading() as session:
        found = journey_lines(session, workspace)
    for line in found.lines:
        pipelines = ", ".join(f"{one.label} ({one.deals} deals)" for one in line.pipelines) or "no pipeline"
        click.echo(f"{line.journey.key} {line.version}{' main' if line.main else ''}: {pipelines}")
        click.echo(f"  {' → '.join(stage.key for stage in line.journey.stages)}")


@journeys.command()
@click.argument("key")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@pass_toolbox
def export(toolbox: Toolbox, key: str, file: Path) -> None:
    """Write the journey KEY, as it is in use, to FILE."""
    journey = toolbox.workspace().journeys.by_key.get(key)
    if journey is None:
        raise click.ClickException(f"no journey in use is called {key!r}")
    if file.exists():
        raise click.ClickException(f"{file} is there already: name another file, or move it away")
    file.write_text(journey_text(journey), encoding="utf-8", newline="\n")
    click.echo(f"{file}: {len(journey.stages)} stages")


@journeys.command()
@click.argument("source")
@click.option("--note", default="", help="What is new, for the list of versions.")
@click.option("--main", is_flag=True, help="Every pipeline that names no journey follows it.")
@click.option("--pipeline", "pipelines", multiple=True, help="A pipeline that follows it from now on; several times.")
@pass_toolbox
def publish(toolbox: Toolbox, source: str, note: str, main: bool, pipelines: tuple[str, ...]) -> None:
    """Put a journey in use: one of ours by its key, or yours by its file. Refuses a file with faults."""
    workspace = toolbox.workspace()
    try:
        journey = load_journey(shipped_journeys().get(source) or Path(source))
    except Refused as refused:
        for fault in refused.faults:
            click.echo(str(fault), err=True)
        raise click.ClickException(f"{len(refused.faults)} faults in {source}: nothing was changed") from None
    with workspace.database.reading() as session:
        found = journey_lines(session, workspace)
    known = {one.label: one.id for line in found.lines for one in line.pipelines}
    if unknown := [label for label in pipelines if label not in known]:
        raise click.ClickException(f"no pipeline is called {unknown[0]!r}: there is {', '.join(known) or 'none'}")
    if journey.key not in workspace.journeys and len(found.lines) >= MOST_IN_USE:
        raise click.ClickException(f"{MOST_IN_USE} journeys are in use: take one out first")
    origin = Origin.SHIPPED if source in shipped_journeys() else Origin.IMPORT
    at_once = [put_in_use(workspace, journey, origin, By(note=note))]
    if main:
        at_once.append(make_main(workspace.now(), journey.key, By()))
    at_once += [follow(workspace.now(), known[label], journey.key, By()) for label in pipelines]
    click.echo(f"{journey.key} is in use.")
    if not all(at_once):
        click.echo("Many deals are to be read anew: «parcours rebuild» does it now, the next sync otherwise.")
