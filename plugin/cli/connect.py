"""``parcours connect``, ``sync`` and ``rebuild``: deals come in, and what is derived from them is made."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

import click

from plugin.cli.toolbox import Toolbox, pass_toolbox
from plugin.services import add_on, connections
from plugin.services.connections import Connected, CrmError, Progress, Pulled
from plugin.services.worker import work_once

FAULTS_SHOWN = 50
# What it costs where a token does not reach something.
COSTS = {
    "deals": "nothing can come in",
    "contacts": "deals have no people, and no meeting can be written",
    "companies": "deals have no company's name",
    "owners": "salespeople do not find their deals",
    "meetings": "planned meetings do not come in, and none can be written",
    "history": "it takes the Parcours add-on or an administrator's key; only where deals stand now comes in",
    "others_deals": "this user sees only their own deals",
}
EXIT_FAULTS = 1


@click.group()
def connect() -> None:
    """Connect a source of deals."""


@connect.command("csv")
@click.argument("name")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A mapping.yaml that reads somebody else's export in place. A mapping.yaml in FOLDER is found by itself.",
)
@pass_toolbox
def connect_csv(toolbox: Toolbox, name: str, folder: Path, mapping: Path | None) -> None:
    """Connect a FOLDER with stages.csv, deals.csv and stage_moves.csv under a NAME of your choice.

    The files are checked, not loaded: run «parcours sync» after it, and each time they change.
    """
    values = {"folder": str(folder.absolute())}
    if mapping:
        values["mapping"] = str(mapping.absolute())
    try:
        account = connections.connect(toolbox.workspace(), "csv", name, values).account
    except CrmError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{name} is connected to {account}. Next: parcours sync {name}")


@connect.command("hubspot")
@click.argument("name")
@click.option(
    "--token-file", type=click.File(), help="A file that holds the token and nothing else; - reads it from a pipe."
)
@click.option(
    "--persona", default="jobtitle", show_default=True, help="The contact's property that tells their persona."
)
@click.option("--no-moves", is_flag=True, help="Write meetings to HubSpot, and never move a deal there.")
@pass_toolbox
def connect_hubspot(toolbox: Toolbox, name: str, token_file: TextIO | None, persona: str, no_moves: bool) -> None:
    """Connect a HubSpot account under a NAME of your choice, with the token of a service key or of a private app.

    The token is read from PARCOURS_HUBSPOT_TOKEN, from --token-file, or asked for; it is sealed before it is stored.
    «parcours work» keeps deals current and writes logged meetings back. docs/hubspot.md says where a token comes from.
    """
    token = (token_file.read() if token_file else os.environ.get("PARCOURS_HUBSPOT_TOKEN", "")).strip()
    token = token or click.prompt("Token", hide_input=True).strip()
    values = {"persona": persona, "moves_deals": "no" if no_moves else "yes"}
    if host := os.environ.get("PARCOURS_HUBSPOT_HOST"):
        values["host"] = host
    _connected(name, lambda: connections.connect(toolbox.workspace(), "hubspot", name, values, {"token": token}))


def _connected(name: str, connecting: Callable[[], Connected]) -> None:
    try:
        connected = connecting()
    except CrmError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{name} is connected to {connected.account}. Next: parcours sync {name}")
    for what in connected.closed:
        click.echo(f"Not reached: {what.replace('_', ' ')}: {COSTS[what]}.", err=True)


@connect.command("odoo")
@click.argument("name")
@click.option("--address", required=True, help="Where Odoo is, for instance https://my-company.odoo.com.")
@click.option("--database", required=True, help="The name of its database.")
@click.option("--login", required=True, help="The user whose key it is.")
@click.option("--key-file", type=click.File(), help="A file that holds the API key; - reads it from a pipe.")
@click.option("--no-moves", is_flag=True, help="Write meetings to Odoo, and never move a deal there.")
@pass_toolbox
def connect_odoo(
    toolbox: Toolbox, name: str, address: str, database: str, login: str, key_file: TextIO | None, no_moves: bool
) -> None:
    """Connect an Odoo database under a NAME of your choice, with the API key of one of its users.

    The key is read from PARCOURS_ODOO_KEY, from --key-file, or asked for; it is sealed before it is stored. An Odoo in
    your own network is reached where PARCOURS_NETWORKS names that network. docs/odoo.md says where a key comes from.
    """
    key = (key_file.read() if key_file else os.environ.get("PARCOURS_ODOO_KEY", "")).strip()
    key = key or click.prompt("API key", hide_input=True).strip()
    values = {"address": address, "database": database, "login": login, "moves_deals": "no" if no_moves else "yes"}
    _connected(name, lambda: add_on.connect_odoo(toolbox.workspace(), name, values, key))


@connect.command("reseal")
@pass_toolbox
def reseal(toolbox: Toolbox) -> None:
    """Seal every stored token with the first key of PARCOURS_KEYS; after it the older keys may go."""
    count = connections.reseal(toolbox.workspace())
    click.echo(f"{count} secrets are sealed with the first key.")


@click.command()
@click.option("--once", is_flag=True, help="One round, then stop.")
@pass_toolbox
def work(toolbox: Toolbox, once: bool) -> None:
    """Keep every connection current: write what was logged, read what is new. Runs until it is stopped; several may.

    Killed at any moment it loses nothing and writes nothing twice.
    """
    workspace = toolbox.workspace()
    with suppress(KeyboardInterrupt):
        while True:
            busy = work_once(workspace, click.echo)
            if once:
                return
            if not busy:
                time.sleep(1)


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a connection instead of a summary.")
@pass_toolbox
def sync(toolbox: Toolbox, name: str | None, as_json: bool) -> None:
    """Bring in what is new from every connection, or from the one called NAME.

    Safe to stop and start again at any moment. Rows that can't be read are listed with file, line, column and
    reason, the others are loaded, and the exit status is 1; it is 2 where a source could not be read at all.
    """
    with _progress(quiet=as_json) as report:
        try:
            results = connections.sync(toolbox.workspace(), name, report)
        except connections.UnknownConnection as error:
            raise click.UsageError(str(error)) from error
    for connection, result in results.items():
        (_print_json if as_json else _print_summary)(connection, result)
    sys.exit(max((_status(result) for result in results.values()), default=0))


@click.command()
@pass_toolbox
def rebuild(toolbox: Toolbox) -> None:
    """Make everything derived (visits, passages, standings) anew from the stored facts. Loses nothing."""
    with click.progressbar(length=1, label="Rebuilding", file=sys.stderr) as bar:

        def report(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        total = connections.rebuild(toolbox.workspace(), report)
    click.echo(f"{total} deals rebuilt from their facts.")


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[str], Progress]]:
    """A bar on a terminal, nothing elsewhere: a log file wants the summary only."""
    if quiet or not sys.stderr.isatty():
        yield lambda _name: lambda _stream, _read, _total: None
        return
    with click.progressbar(length=1, file=sys.stderr) as bar:

        def report(name: str) -> Progress:
            def page(stream: str, read: int, total: int | None) -> None:
                bar.label, bar.length = f"{name}: {stream}", total or read
                bar.update(read - bar.pos)

            return page

        yield report


def _status(result: Pulled | CrmError) -> int:
    if isinstance(result, CrmError):
        return 2
    return EXIT_FAULTS if result.faults else 0


def _print_summary(name: str, result: Pulled | CrmError) -> None:
    if isinstance(result, CrmError):
        click.echo(f"{name}: {result}", err=True)
        return
    for fault in result.faults[:FAULTS_SHOWN]:
        click.echo(str(fault), err=True)
    if len(result.faults) > FAULTS_SHOWN:
        click.echo(f"… and {len(result.faults) - FAULTS_SHOWN} more rows that could not be read", err=True)
    click.echo(
        f"{name}: {result.deals} deals read, {result.changed} new or changed, {result.gone} gone, "
        f"{result.meetings} meetings, {len(result.faults)} faults"
    )


def _print_json(name: str, result: Pulled | CrmError) -> None:
    if isinstance(result, CrmError):
        click.echo(json.dumps({"connection": name, "error": str(result)}, ensure_ascii=False))
        return
    facts = {
        "connection": name,
        "deals": result.deals,
        "changed": result.changed,
        "gone": result.gone,
        "meetings": result.meetings,
        "faults": [
            {"place": fault.place, "line": fault.line, "column": fault.column, "message": fault.message}
            for fault in result.faults
        ],
    }
    click.echo(json.dumps(facts, ensure_ascii=False))
