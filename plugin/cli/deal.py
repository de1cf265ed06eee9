"""``parcours deal``: one deal on the terminal."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click

from plugin.cli.toolbox import Toolbox, pass_toolbox
from plugin.domain.journey import Journey
from plugin.services.deal_page import DealPage, deal_page
from plugin.services.viewer import Role, Viewer
from plugin.store.queries.deals import find_public_id

# Whoever may use the command line on the server sees every deal.
OPERATOR = Viewer(0, "operator", "", Role.ADMIN)


@click.group()
def deal() -> None:
    """Look at deals."""


@deal.command()
@click.argument("deal_id")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_toolbox
def show(toolbox: Toolbox, deal_id: str, as_json: bool) -> None:
    """Show where the buyer of a deal stands. DEAL_ID is the CRM's id or the one in the page's address."""
    workspace = toolbox.workspace()
    with workspace.database.reading() as session:
        public_id = find_public_id(session, deal_id)
        page = deal_page(session, workspace, OPERATOR, public_id) if public_id else None
    if page is None:
        raise click.ClickException(f"no deal is called {deal_id!r}: give the CRM's id of a deal that has been synced")
    if as_json:
        click.echo(json.dumps(_facts(page), ensure_ascii=False))
    else:
        _print(page, workspace.of(page.reading.deal.journey).journey)


def _print(page: DealPage, journey: Journey) -> None:
    reading = page.reading
    line = reading.deal
    click.echo(f"{line.name} ({line.company or 'no company'}), owner {line.owner or 'nobody'}")
    stage = journey.stage(line.stage).name.en if line.stage else "no known stage"
    direction = f", {reading.direction.direction}, {reading.direction.pace}" if reading.direction else ""
    click.echo(f"The buyer: {stage}, {line.state} since {_day(line.since)}{direction}")
    if reading.unmapped:
        click.echo(f"{reading.unmapped} moves into stages that are not mapped to the journey")
    for visit in page.visits:
        mark = " (came back)" if visit.came_back else " (data entry)" if visit.in_burst else ""
        click.echo(f"  {_day(visit.entered_at)} → {_day(visit.left_at):10}  {visit.stage}{mark}")
    missing = [item.key for item in page.evidence if item.stage == line.stage and not item.given]
    if missing:
        click.echo(f"Still missing from the buyer: {', '.join(missing)}")
    if reading.choice:
        click.echo(f"Next meeting: {reading.choice.template}")


def _facts(page: DealPage) -> dict[str, Any]:
    reading = page.reading
    return {
        "deal": _plain(asdict(reading.deal)),
        "direction": reading.direction.direction if reading.direction else None,
        "pace": reading.direction.pace if reading.direction else None,
        "unmapped": reading.unmapped,
        "visits": [_plain(asdict(visit)) for visit in page.visits],
        "missing_evidence": [item.key for item in page.evidence if item.stage == reading.deal.stage and not item.given],
        "next_meeting": reading.choice.template if reading.choice else None,
    }


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """JSON has no instants and no decimals: both are written as text, and our row numbers are nobody's business."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else str(value) if name == "amount" and value else value
        for name, value in values.items()
        if name != "id"
    }


def _day(instant: datetime | None) -> str:
    return instant.date().isoformat() if instant else "…"
