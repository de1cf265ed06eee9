"""``parcours person``: everything held about somebody, shown, exported or erased."""

from __future__ import annotations

import json
from pathlib import Path

import click
from sqlalchemy.orm import Session

from plugin.cli.toolbox import Toolbox, pass_toolbox
from plugin.services.audit import record
from plugin.services.erasure import Wish, erase_person, leave_no_trace
from plugin.services.people import Person, find_people, find_person
from plugin.services.person_data import PersonPage, person_page
from plugin.services.person_files import HEAD, as_json, csv_rows
from plugin.services.spreadsheet import csv_of
from plugin.services.workspace import Workspace


@click.group()
def person() -> None:
    """What is held about a person of the buyer's side."""


@person.command()
@click.argument("who")
@pass_toolbox
def show(toolbox: Toolbox, who: str) -> None:
    """Show everything held about WHO: a part of their name or e-mail, or their key where several have it."""
    workspace = toolbox.workspace()
    with workspace.database.writing.begin() as session:
        page = _page(session, workspace, who)
        record(session, None, "person shown", page.person.connection or "", workspace.clock())
    found = page.person
    click.echo(f"{found.name} ({', '.join(found.emails) or 'no e-mail'}), {_known(found)}")
    basis = page.bases.in_force
    click.echo(f"Legal basis: {basis.basis if basis else 'nobody has decided yet'}")
    for one in page.held:
        at = one.at.date().isoformat() if one.at else "…"
        for name, text in one.fields:
            click.echo(f"  {one.where}, {one.deal.name if one.deal else '–'}, {at}, {name}: {text}")


@person.command()
@click.argument("who")
@click.option("--format", "kind", type=click.Choice(["json", "csv"]), default="json", show_default=True)
@click.option("--to", "target", type=click.Path(dir_okay=False, path_type=Path), help="A file; printed unless given.")
@pass_toolbox
def export(toolbox: Toolbox, who: str, kind: str, target: Path | None) -> None:
    """Write everything held about WHO as JSON, or as CSV for a spreadsheet."""
    workspace = toolbox.workspace()
    with workspace.database.writing.begin() as session:
        page = _page(session, workspace, who)
        record(session, None, "person exported", page.person.connection or "", workspace.clock())
    told = json.dumps(as_json(page, workspace.clock()), ensure_ascii=False, indent=2).encode()
    content = told if kind == "json" else csv_of(HEAD, csv_rows(page))
    if target:
        target.write_bytes(content)
        click.echo(f"Written to {target}. Read it before you send it: notes may speak of others too.")
    else:
        click.echo(content.decode())


@person.command()
@click.argument("who")
@click.option("--also", multiple=True, metavar="NAME", help="Another name or address of theirs; may be given again.")
@click.option("--titles", is_flag=True, help="Also where a deal or its company is called by them.")
@click.option("--no-rewrite", is_flag=True, help="Leave meetings that we wrote to the CRM as they stand there.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@pass_toolbox
def erase(toolbox: Toolbox, who: str, also: tuple[str, ...], titles: bool, no_rewrite: bool, yes: bool) -> None:
    """Erase WHO: their identity and words go everywhere, counts stay, no sync brings them back. There is no way back.

    What the CRM holds stays there: erase them there too.
    """
    workspace = toolbox.workspace()
    with workspace.database.reading() as session:
        page = _page(session, workspace, who, also)
    click.echo(f"{page.person.name}, {_known(page.person)}: {len(page.held)} places in {len(page.chosen)} deals")
    for one in page.titles:
        click.echo(f"A deal is called by them{'' if titles else ', and stays so without --titles'}: {one.name}")
    for key in page.templates:
        click.echo(f"The meeting template {key} names them: edit it.")
    if not yes:
        click.confirm("Erase them for good?", abort=True)
    wish = Wish(tuple(one.id for one in page.chosen), also, titles, not no_rewrite)
    with workspace.database.writing.begin() as session:
        erasure = erase_person(session, workspace, page.person, wish, None, workspace.clock())
    leave_no_trace(workspace, erasure)
    went = erasure.gone + erasure.emptied
    click.echo(f"Erased: {went} places are without them, {erasure.rewriting} meetings are written anew.")


def _page(session: Session, workspace: Workspace, who: str, also: tuple[str, ...] = ()) -> PersonPage:
    page = person_page(session, workspace, _one(session, workspace, who).key, also=also)
    if page is None:
        raise click.ClickException("they have just been erased")
    return page


def _one(session: Session, workspace: Workspace, who: str) -> Person:
    """The person with this key, or the only one of this name."""
    known = find_person(session, workspace, who)
    if known:
        return known
    found = find_people(session, workspace, who)
    if not found.people:
        raise click.ClickException(f"nobody goes by {who!r}: give a part of their name or e-mail")
    if len(found.people) > 1:
        lines = [f"  {one.key}  {one.name}, {_known(one)}" for one in found.people]
        more = ["  … and more: give more of the name"] if found.more else []
        raise click.ClickException("\n".join(["several go by that: give the key of one", *lines, *more]))
    return found.people[0]


def _known(found: Person) -> str:
    return f"of the CRM {found.connection}" if found.contact_id else "typed here, of no CRM"
