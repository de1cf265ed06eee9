"""A salesperson's day: the meetings ahead, and the deals that went back or stand still."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from plugin.services.readings import DealReading, read_deals
from plugin.services.reminders import Reminders, reminders
from plugin.services.viewer import Viewer
from plugin.services.workspace import Workspace
from plugin.store.queries.deals import lines_of, open_lines
from plugin.store.queries.meetings import MeetingLine, planned_between
from plugin.store.queries.owners import is_linked

AHEAD = timedelta(days=7)
# A meeting whose hour has passed waits to be logged; after a week nobody remembers it well enough.
OVERDUE = timedelta(days=7)
ALERTS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class UpcomingMeeting:
    """A planned meeting. ``overdue``: its hour has passed and nobody logged it."""

    meeting: MeetingLine
    reading: DealReading
    overdue: bool

    @property
    def template(self) -> str | None:
        """What to play: what was planned, else what the deal asks for."""
        chosen = self.reading.choice
        return self.meeting.template or (chosen.template if chosen else None)


@dataclass(frozen=True, slots=True)
class MyDay:
    """``linked`` is False where no owner of the CRM goes by this account's e-mail or name: no deal can be shown."""

    meetings: tuple[UpcomingMeeting, ...]
    alerts: tuple[DealReading, ...]
    alerts_in_all: int
    open_deals: int
    linked: bool
    reminders: Reminders


def my_day(session: Session, workspace: Workspace, viewer: Viewer) -> MyDay:
    now = workspace.clock()
    lines = open_lines(session, viewer.only_owner)
    readings = read_deals(session, workspace, lines)
    alerts = sorted((one for one in readings if one.alert), key=_urgency)
    return MyDay(
        meetings=_meetings(session, workspace, viewer, {one.deal.id: one for one in readings}, now),
        alerts=tuple(alerts[:ALERTS_SHOWN]),
        alerts_in_all=len(alerts),
        open_deals=len(lines),
        linked=viewer.sees_all or is_linked(session, viewer.user_id),
        reminders=reminders(session, workspace, viewer, lines),
    )


def _meetings(
    session: Session, workspace: Workspace, viewer: Viewer, readings: dict[int, DealReading], now: datetime
) -> tuple[UpcomingMeeting, ...]:
    planned = planned_between(session, viewer.only_owner, now - OVERDUE, now + AHEAD)
    # A customer's deal is won and still has meetings: it is read here although it is not among the open ones.
    missing = [one.deal_id for one in planned if one.deal_id not in readings]
    others = read_deals(session, workspace, list(lines_of(session, missing).values()))
    readings = readings | {one.deal.id: one for one in others}
    return tuple(
        UpcomingMeeting(one, readings[one.deal_id], one.starts_at + timedelta(minutes=one.minutes) < now)
        for one in planned
    )


def _urgency(reading: DealReading) -> tuple[bool, bool, datetime]:
    """What a buyer took back comes first, then deals that went back; among equals the one that has waited longest."""
    return reading.taken_back is None, not reading.went_back, reading.deal.since or datetime.max.replace(tzinfo=UTC)
