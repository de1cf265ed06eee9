"""``parcours conversion``: stage conversion on the terminal, or as JSON."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import click

from plugin.cli.toolbox import Toolbox, pass_toolbox
from plugin.domain.conversion import Period, StageConversion
from plugin.domain.journey import Journey
from plugin.services.conversion import ConversionReport
from plugin.services.conversion import conversion as report_on
from plugin.store.queries.questions import Question, end_of

HEADINGS = (
    "stage",
    "entered",
    "reached",
    "skipped",
    "advanced",
    "lost",
    "open",
    "estimate",
    "interval",
    "naive",
    "days",
)


class Day(click.ParamType[date]):
    """A day of the UTC calendar, ``YYYY-MM-DD``."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day: write it as 2026-03-31", param, ctx)


class Instant(click.ParamType[datetime]):
    """A day (its last second, UTC) or an instant with its offset."""

    name = "day or instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            if len(value) == len("2026-03-31"):
                return end_of(date.fromisoformat(value))
            instant = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is neither a day (2026-03-31) nor an instant (2026-03-31T12:00:00+02:00)", param, ctx)
        if instant.tzinfo is None:
            self.fail(f"{value!r} has no offset: write it as {value}+00:00 if it is UTC", param, ctx)
        return instant.astimezone(UTC)


@click.command()
@click.option("--from", "first", type=Day(), help="First day of the period in which deals entered a stage (UTC).")
@click.option("--to", "last", type=Day(), help="Last day of it, included.")
@click.option("--as-of", type=Instant(), help="What was known then; a day means its last second. Now unless given.")
@click.option("--horizon", type=click.IntRange(1, 3650), default=90, show_default=True, help="In days.")
@click.option("--pipeline", help="Only deals of this pipeline.")
@click.option("--owner", help="Only deals of this salesperson, as the CRM names them.")
@click.option("--persona", help="Only deals of this persona: its key, or a name that it goes by.")
@click.option("--source", help="Only deals from this source.")
@click.option("--journey", help="Of several journeys, the key of the one to count in.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_toolbox
def conversion(
    toolbox: Toolbox,
    /,
    first: date | None,
    last: date | None,
    as_of: datetime | None,
    horizon: int,
    as_json: bool,
    journey: str | None,
    **filters: str | None,
) -> None:
    """Say for each buyer stage how many of the deals that entered it advance, and how sure that is.

    Open deals are not failures: the estimate (Aalen-Johansen) counts them for as long as they were watched. The naive
    figure, advanced / entered, is shown beside it.
    """
    if first and last and first > last:
        raise click.UsageError(f"the period ends before it begins: --from {first} is after --to {last}")
    workspace = toolbox.workspace()
    if journey is not None and journey not in workspace.journeys:
        raise click.UsageError(f"no journey is called {journey!r}: there is {', '.join(workspace.journeys.by_key)}")
    workspace = workspace.of(journey)
    filters["persona"] = workspace.persona_called(filters["persona"] or "") or filters["persona"]
    question = Question(Period(first, last), as_of or workspace.clock(), horizon, **filters)
    with workspace.database.reading() as session:
        report = report_on(session, workspace, question)
    if as_json:
        click.echo(json.dumps(_facts(report)))
    else:
        _print(report, workspace.journey)


def _facts(report: ConversionReport) -> dict[str, Any]:
    period = report.question.period
    return {
        "as_of": report.question.as_of.isoformat(),
        "from": period.first.isoformat() if period.first else None,
        "to": period.last.isoformat() if period.last else None,
        "horizon_days": report.question.horizon,
        "stages": [_row(row) for row in report.rows],
    }


def _row(row: StageConversion) -> dict[str, Any]:
    names = "stage entered reached skipped advanced lost open went_back reopened naive estimate low high eventual"
    return {name: getattr(row, name) for name in [*names.split(), "median_days"]}


def _print(report: ConversionReport, journey: Journey) -> None:
    rows = [HEADINGS, *(_cells(row, journey) for row in report.rows)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        click.echo("  ".join(cells).rstrip())
    click.echo(f"Estimate: probability of advancing within {report.question.horizon} days, with its 95 % interval.")
    for stage in report.unmapped:
        click.echo(f"Not mapped to a buyer stage: {stage.pipeline} / {stage.label} ({stage.deals} deals)")


def _cells(row: StageConversion, journey: Journey) -> tuple[str, ...]:
    counts = (row.entered, row.reached, row.skipped, row.advanced, row.lost, row.open)
    interval = "" if row.low is None or row.high is None else f"{row.low:.1%} to {row.high:.1%}"
    figures = (_percent(row.estimate), interval, _percent(row.naive), _whole(row.median_days))
    return (journey.stage(row.stage).name.en, *map(str, counts), *figures)


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _whole(value: int | None) -> str:
    return "–" if value is None else str(value)
