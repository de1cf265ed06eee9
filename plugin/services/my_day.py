"""A salesperson's day: the meetings ahead, and the deals that went back or stand still."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from plugin.services.radar import radar, read_radar
from plugin.services.readings import DealReading, read_deals
from plugin.services.reminders import Reminders, reminders
from plugin.services.viewer import Viewer
from plugin.services.workspace import Workspace
from plugin.store.queries.deals import lines_of
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
    found = radar(session, workspace, viewer)
    return MyDay(
        meetings=_meetings(session, workspace, viewer),
        alerts=tuple(one.reading for one in read_radar(session, workspace, found, slice(ALERTS_SHOWN))),
        alerts_in_all=found.total,
        open_deals=found.open_deals,
        linked=viewer.sees_all or is_linked(session, viewer.user_id),
        reminders=reminders(session, workspace, viewer),
    )


def _meetings(session: Session, workspace: Workspace, viewer: Viewer) -> tuple[UpcomingMeeting, ...]:
    """Also those of customers, whose deals are won."""
    now = workspace.clock()
    planned = planned_between(session, viewer.only_owner, now - OVERDUE, now + AHEAD)
    deals = lines_of(session, list({one.deal_id for one in planned})).values()
    readings = {one.deal.id: one for one in read_deals(session, workspace, list(deals))}
    return tuple(
        UpcomingMeeting(one, readings[one.deal_id], one.starts_at + timedelta(minutes=one.minutes) < now)
        for one in planned
    )
