"""My day: what to do first."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from plugin.rendering.formats import local
from plugin.rendering.workspace import workspace
from plugin.services.my_day import UpcomingMeeting, my_day
from plugin.web.edge import session, viewer
from plugin.web.first_steps import once_deals_came
from plugin.web.plan import today

pages = Blueprint("my_day", __name__)


@pages.get("/")
@once_deals_came
def page() -> ResponseReturnValue:
    """A salesperson's day. Those who look at all deals begin with the conversion."""
    if viewer().sees_all:
        return redirect(url_for("conversion.page"), 303)
    day = my_day(session(), workspace(), viewer())
    return render_template("my_day.html", day=day, meetings_by_day=_by_day(day.meetings), today=today())


def _by_day(meetings: tuple[UpcomingMeeting, ...]) -> list[tuple[datetime, list[UpcomingMeeting]]]:
    """Meetings under the day on which they are for this person; the day is told by its first instant."""
    days = groupby(meetings, key=lambda one: local(one.meeting.starts_at).date())
    parted = [list(found) for _, found in days]
    return [(found[0].meeting.starts_at, found) for found in parted]
