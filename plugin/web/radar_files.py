"""The radar to take away: lists and tables as CSV. Columns keep their names in every language: programs read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from plugin.domain.meeting import Effect, Feeling
from plugin.domain.share import Share
from plugin.rendering.workspace import workspace
from plugin.services.moments import MomentGroup, moments_behind, moments_report
from plugin.services.radar import Radar, all_of_radar, radar
from plugin.services.radar_lines import RadarLine, radar_lines
from plugin.services.returns import returns_behind, stage_returns
from plugin.web.edge import session, viewer
from plugin.web.question_form import question_form
from plugin.web.radar import moment_filter
from plugin.web.radar_form import radar_form
from plugin.web.report_files import as_csv

pages = Blueprint("radar_files", __name__)

Row = Sequence[object]
DEALS = (
    *("alert", "deal", "company", "owner", "amount", "currency", "persona", "stage", "came_from", "since", "days"),
    *("usual_days", "signals", "what_changed", "next_meeting", "story"),
)
RETURNS = ("from", "to", "moves", "deals", "entered", "share", "low", "high", "median_days")
RETURNED = ("deal", "company", "owner", "from", "to", "entered_at", "returned_at", "days", "what_changed")
MOMENTS = (
    *("by", "key", "version", "meetings", *(one.value for one in Effect)),
    *("share_strengthened", "low", "high", *(one.value for one in Feeling)),
)
MET = ("deal", "company", "owner", "persona", "held_at", "stage", "template", "version", "relation", "felt")


@pages.get("/radar.csv")
def deals() -> ResponseReturnValue:
    return as_csv("radar", DEALS, _deals(radar(session(), workspace(), viewer(), radar_form().question())))


@pages.get("/radar/returns.csv")
def returns() -> ResponseReturnValue:
    form = question_form()
    if not form.validate():
        abort(404)
    stages = stage_returns(session(), workspace(), form.question())
    ways = (told.way for stage in stages for told in stage.ways)
    rows = (
        (one.stage, one.target, one.moves, one.deals, one.share.whole, *_share(one.share), one.median_days)
        for one in ways
    )
    return as_csv("returns", RETURNS, rows)


@pages.get("/radar/returns/deals.csv")
def returned() -> ResponseReturnValue:
    form, stage = question_form(), request.args.get("stage", "")
    if not form.validate() or stage not in workspace().journey:
        abort(404)
    found, _ = returns_behind(session(), workspace(), form.question(), stage, request.args.get("target") or None)
    rows = (
        (
            *(one.deal.name, one.deal.company, one.deal.owner, one.line.stage, one.line.target),
            *(_iso(one.line.entered_at), _iso(one.line.at), one.line.days, one.line.words),
        )
        for one in found
    )
    return as_csv("returned", RETURNED, rows)


@pages.get("/radar/moments.csv")
def moments() -> ResponseReturnValue:
    form = question_form()
    if not form.validate():
        abort(404)
    report = moments_report(session(), workspace(), form.question())
    groups = (("stage", report.stages), ("template", report.templates), ("persona", report.personas))
    return as_csv("moments", MOMENTS, (row for by, found in groups for one in found for row in _moments(by, one)))


@pages.get("/radar/moments/meetings.csv")
def met() -> ResponseReturnValue:
    form = question_form()
    if not form.validate():
        abort(404)
    found, _ = moments_behind(session(), workspace(), form.question(), moment_filter())
    rows = (
        (
            *(one.deal.name, one.deal.company, one.deal.owner, one.deal.persona_key, _iso(one.line.starts_at)),
            *(one.line.stage, one.line.template, one.line.version, one.line.effect, one.line.felt),
        )
        for one in found
    )
    return as_csv("meetings", MET, rows)


def _deals(found: Radar) -> Iterator[Row]:
    for some in all_of_radar(session(), workspace(), found):
        for line in radar_lines(session(), workspace(), viewer(), some):
            yield _deal(line)


def _deal(line: RadarLine) -> Row:
    deal, direction = line.reading.deal, line.reading.direction
    return (
        *(
            line.alert.name.lower(),
            deal.name,
            deal.company,
            deal.owner,
            _number(deal.amount),
            deal.currency,
            deal.persona_key,
        ),
        *(deal.stage, line.came_from, _iso(deal.since), direction and direction.days, direction and direction.median),
        *(" ".join(line.signals), line.reading.what_changed, line.reading.choice and line.reading.choice.template),
        line.story and line.story.key,
    )


def _moments(by: str, group: MomentGroup, key: str = "", version: str = "") -> Iterator[Row]:
    shares = group.shares
    yield (
        *(by, key or group.key, version, shares.meetings, *(shares.effects[one].part for one in Effect)),
        *(_share(shares.effects[Effect.STRENGTHENED])),
        *(shares.feelings.get(one.value, 0) for one in Feeling),
    )
    for one in group.versions:
        yield from _moments("version", one, group.key, one.key or "-")


def _share(share: Share) -> Row:
    return share.estimate, share.low, share.high


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


def _iso(instant: datetime | None) -> str:
    return instant.isoformat() if instant else ""
