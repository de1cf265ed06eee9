"""All that the adapter ever asks an Odoo, once: recorded from a real one, replayed where there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from crm_adapters.errors import CrmError
from crm_adapters.odoo import Odoo
from crm_adapters.port import HeldMeeting, MeetingState

PLANNED = HeldMeeting(
    key="recorded0001",
    deal_id="101",
    starts_at=datetime(2027, 1, 5, 10, tzinfo=UTC),
    minutes=45,
    title="First talk",
    body="They count the stops now.\n\n900 a stop.",
    contact_ids=("301",),
)


def said(connect: Callable[[], Odoo]) -> Iterator[str]:
    """What comes of it, line by line; an error is a line too. ``connect`` gives an adapter that knows nothing yet."""
    adapter = connect()
    yield from tried(lambda: adapter.whoami())
    yield from tried(lambda: adapter.closed())
    yield from tried(lambda: adapter.pipelines())
    yield from tried(lambda: adapter.owners())
    yield from tried(lambda: list(adapter.deals(None)))
    yield from tried(lambda: connect().deal("101"))
    yield from tried(lambda: list(adapter.meetings(None)))
    cursor = [page.cursor for page in adapter.deals(None)][-1]
    yield from tried(lambda: list(connect().deals(cursor)))
    yield from tried(lambda: list(adapter.removals(cursor, lambda: frozenset({"101", "102", "99999"}))))
    writer = connect()
    for meeting in (
        PLANNED,
        PLANNED,
        replace(PLANNED, body="Other words."),
        replace(PLANNED, state=MeetingState.NO_SHOW),
        replace(PLANNED, key="recorded0002", crm_id="502"),
        replace(PLANNED, key="recorded0002", crm_id="502", state=MeetingState.CANCELLED),
        replace(PLANNED, key="recorded0003", minutes=-30),
        replace(PLANNED, key="recorded0004", deal_id="99999"),
    ):
        yield from tried(lambda meeting=meeting: writer.write_meeting(meeting))
    for deal, stage in (
        *(("101", "3"), ("101", "lost-1"), ("101", "lost"), ("101", "2"), ("101", "4"), ("101", "lost")),
        *(("101", "98765"), ("99999", "2"), ("nobody", "2")),
    ):
        yield from tried(lambda deal=deal, stage=stage: writer.move_deal(deal, stage))
    yield from tried(lambda: [deal.moves for page in connect().deals(None) for deal in page.deals if deal.id == "101"])


def tried(once: Callable[[], object]) -> Iterator[str]:
    try:
        yield repr(once())
    except CrmError as error:
        yield f"{type(error).__name__}: {error}"
