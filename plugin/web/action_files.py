"""Actions to take away: as a table for a spreadsheet, and as a calendar for other programs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from flask import Blueprint, Response, abort, url_for
from flask.typing import ResponseReturnValue

from plugin.domain.action import ActionStatus
from plugin.rendering.i18n import gettext
from plugin.rendering.plan_words import action_status, team_name
from plugin.rendering.wording import persona_name, stage_name
from plugin.rendering.workspace import workspace
from plugin.services.icalendar import Event, calendar_of
from plugin.store.queries.actions import ActionLine, actions_of
from plugin.web.action_forms import filter_form
from plugin.web.edge import session
from plugin.web.report_files import as_csv

pages = Blueprint("action_files", __name__)

# The columns keep their names in every language: programs read them.
COLUMNS = (
    *(
        "title",
        "stage",
        "stage_name",
        "persona",
        "persona_name",
        "team",
        "kind",
        "meeting",
        "touchpoint",
        "due_on",
        "days_from",
        "days_to",
    ),
    *("how", "cost", "currency", "owner", "status"),
)


@pages.get("/plan/actions.csv")
def table() -> ResponseReturnValue:
    return as_csv("actions", COLUMNS, (_row(one) for one in _chosen()))


@pages.get("/plan/actions.ics")
def calendar() -> Response:
    """What has a day; what is due some days after a deal enters a stage has none of its own."""
    events = [_event(one, one.due_on) for one in _chosen() if one.due_on]
    answer = Response(calendar_of(gettext("Plan"), events), mimetype="text/calendar")
    answer.headers["Content-Disposition"] = 'attachment; filename="plan.ics"'
    return answer


def _chosen() -> Iterator[ActionLine]:
    form = filter_form()
    if not form.validate():
        abort(404)
    filters = form.filters()
    return (one for one in actions_of(session(), workspace().journey.key) if filters.takes(one))


def _row(one: ActionLine) -> tuple[object, ...]:
    when = (one.due_on, one.days_from, one.days_to)
    cost = float(one.cost) if one.cost is not None else None
    persona = persona_name(one.persona) if one.persona else None
    what = (one.team, one.kind, one.template, one.touchpoint)
    who = (one.stage, stage_name(one.stage), one.persona, persona, *what)
    return one.title, *who, *when, one.how, cost, one.currency, one.owner, one.status


def _event(one: ActionLine, day: date) -> Event:
    who = persona_name(one.persona) if one.persona else gettext("everybody")
    told = [
        f"{stage_name(one.stage)} · {who} · {team_name(one.team)} · {action_status(one.status)}",
        one.owner,
        one.how,
    ]
    return Event(
        uid=f"{one.public_id}@parcours",
        day=day,
        title=one.title,
        text="\n".join(filter(None, told)),
        address=url_for("actions.action", public_id=one.public_id, _external=True),
        cancelled=one.status is ActionStatus.STOPPED,
        changed_at=one.changed_at,
        revision=one.revision,
    )
