"""Reports to take away: every table as CSV, the funnel on one page as PDF."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, cast

from flask import Blueprint, Response, abort, current_app, render_template, request, send_file
from flask.typing import ResponseReturnValue
from werkzeug.utils import secure_filename

from plugin.domain.conversion import StageConversion
from plugin.domain.curves import StageCurves
from plugin.rendering.workspace import workspace
from plugin.services.conversion import conversion
from plugin.services.crm_numbers import crm_numbers
from plugin.services.deck_pdf import pdf_available, pdf_of
from plugin.services.effectiveness import meeting_effects
from plugin.services.movement import cohorts_by_month, flow, open_deals
from plugin.services.spreadsheet import write_csv
from plugin.services.stage_curves import stage_curves
from plugin.store.queries.questions import Question
from plugin.web.edge import session
from plugin.web.interval_bar import interval_bar
from plugin.web.question_form import question_form

pages = Blueprint("conversion_files", __name__)

IN_MEMORY = 2_000_000
COUNTS = ("entered", "reached", "skipped", "advanced", "lost", "open", "went_back", "reopened")
MEASURED = (
    "estimate",
    "low",
    "high",
    "eventual",
    "naive",
    "median_days",
    "quarter_days",
    "three_quarter_days",
)
MEASURED_EFFECT = ("observed", "expected", "difference", "shrunk", "low", "high")
Rows = Iterable[Sequence[object]]


def as_csv(name: str, head: Sequence[str], rows: Rows) -> Response:
    """A file for a spreadsheet, in which nothing is run as a formula; a long one is written to the disk meanwhile."""
    written = cast(IO[bytes], SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115 (sent, then closed by who sends it)
    write_csv(written, head, rows)
    written.seek(0)
    filename = f"{secure_filename(name) or 'table'}.csv"
    return send_file(written, mimetype="text/csv", as_attachment=True, download_name=filename)


@pages.get("/conversion/<table>.csv")
def table_as_csv(table: str) -> ResponseReturnValue:
    """One of TABLES, with the filters of the report."""
    form, stage = question_form(), request.args.get("stage", "")
    if table not in TABLES or not form.validate():
        abort(404)
    head, rows, needs_stage = TABLES[table]
    if needs_stage and stage not in workspace().journey:
        abort(404)
    return as_csv(f"{table}-{stage}" if needs_stage else table, head, rows(form.question(), stage))


@pages.get("/conversion.pdf")
def pdf() -> ResponseReturnValue:
    """The funnel on one page, where a PDF can be made here."""
    form = question_form()
    if not pdf_available() or not form.validate():
        abort(404)
    report = conversion(session(), workspace(), form.question())
    html = render_template("report_print.html", report=report, counts=COUNTS, bar=interval_bar, asked=form.asked())
    style = (Path(current_app.static_folder or "") / "report_print.css").read_text(encoding="utf-8")
    answer = Response(pdf_of(html, style, {}), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = 'attachment; filename="conversion.pdf"'
    return answer


def _stages(question: Question, _stage: str) -> Iterator[Sequence[object]]:
    for row in conversion(session(), workspace(), question).rows:
        yield row.stage, *_values(row)


def _values(row: StageConversion) -> list[object]:
    return [getattr(row, name) for name in (*COUNTS, *MEASURED)]


def _curves(question: Question, stage: str) -> Iterator[Sequence[object]]:
    report = stage_curves(session(), workspace(), question, stage, request.args.get("compare"))
    found: list[tuple[str, StageCurves]] = [("", report.whole)]
    found += [(group.name or request.args.get("compare", ""), group.curves) for group in report.groups]
    for name, one in found:
        for outcome, steps in (("advanced", one.advanced), ("lost", one.lost)):
            for step in steps:
                yield name, outcome, step.day, step.share, step.low, step.high, step.at_risk


def _definitions(question: Question, stage: str) -> Iterator[Sequence[object]]:
    for one in crm_numbers(session(), workspace(), question, stage):
        yield one.definition, one.share, one.part, one.whole


def _flow(question: Question, _stage: str) -> Iterator[Sequence[object]]:
    for one in flow(session(), workspace(), question):
        for target, deals in one.led_to.items():
            yield one.stage, target or "", deals, one.entered


def _months(question: Question, stage: str) -> Iterator[Sequence[object]]:
    for one in cohorts_by_month(session(), workspace(), question, stage):
        yield one.month.first, one.month.last, one.mature, *_values(one.row)


def _now(question: Question, _stage: str) -> Iterator[Sequence[object]]:
    for one in open_deals(session(), workspace(), question):
        for kind, counts in (("direction", one.directions), ("pace", one.paces)):
            for name, deals in counts.items():
                yield one.stage, kind, name, deals, one.deals


def _meetings(question: Question, stage: str) -> Iterator[Sequence[object]]:
    for one in meeting_effects(session(), workspace(), question, stage).effects:
        subject, found = one.subject, one.effect
        yield (
            subject.template,
            subject.version,
            subject.story,
            found.met,
            found.compared,
            *(getattr(found, name) for name in MEASURED_EFFECT),
        )


# Head, rows, and whether a stage must be named. The columns keep their names in every language: programs read them.
TABLES: Mapping[str, tuple[Sequence[str], Callable[[Question, str], Rows], bool]] = {
    "stages": (("stage", *COUNTS, *MEASURED), _stages, False),
    "curves": (("part", "outcome", "day", "share", "low", "high", "at_risk"), _curves, True),
    "definitions": (("definition", "share", "part", "whole"), _definitions, True),
    "flow": (("stage", "led_to", "deals", "entered"), _flow, False),
    "months": (("first", "last", "mature", *COUNTS, *MEASURED), _months, True),
    "now": (("stage", "kind", "value", "deals", "of"), _now, False),
    "meetings": (
        ("template", "version", "story", "met", "compared", *MEASURED_EFFECT),
        _meetings,
        True,
    ),
}
