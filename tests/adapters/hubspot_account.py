"""A fake HubSpot under the contract's hand: records of the port become what HubSpot would hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from crm_adapters.hubspot import HubSpot
from crm_adapters.hubspot.parse import milliseconds
from crm_adapters.port import (
    ActorKind,
    ConnectionSettings,
    Contact,
    CrmStage,
    Deal,
    Meeting,
    MeetingState,
    Owner,
    Pipeline,
    StageChange,
    StageOutcome,
    Touch,
)
from tests.adapters.contract import day, moves
from tests.fakes.hubspot import FakeHubSpot
from tests.fakes.hubspot.account import Account

SOURCES = {ActorKind.PERSON: "CRM_UI", ActorKind.AUTOMATION: "AUTOMATION_PLATFORM", ActorKind.IMPORT: "IMPORT"}
OUTCOMES = {
    MeetingState.PLANNED: "SCHEDULED",
    MeetingState.HELD: "COMPLETED",
    MeetingState.NO_SHOW: "NO_SHOW",
    MeetingState.CANCELLED: "CANCELED",
}

# The contract's deals, as far as HubSpot can say them: its ids are numbers, its histories begin with a date, its stages
# are those of its pipelines, and which buyer stage they mean is told elsewhere.
STAGES = (
    Pipeline(
        "new",
        "new",
        (
            CrmStage("lead", "Lead", 1, StageOutcome.OPEN),
            CrmStage("call", "Call done", 2, StageOutcome.OPEN),
            CrmStage("parked", "Parked", 3, StageOutcome.OPEN),
            CrmStage("won", "Won", 4, StageOutcome.WON),
        ),
    ),
    Pipeline(
        "old",
        "old",
        (CrmStage("renewal", "Renewal", 1, StageOutcome.OPEN), CrmStage("lost", "Lost", 2, StageOutcome.LOST)),
    ),
)
ANA = Owner("71", "Ana Roux", "ana@seller.example")
TOM = Owner("72", "Tom", None)
CREATED = day(1, 7)
DEALS = (
    Deal(
        "101",
        "Press line",
        "new",
        moves(("lead", day(1)), ("call", day(5, 10), ActorKind.AUTOMATION, "dialler")),
        ANA,
        created_at=CREATED,
    ),
    Deal("102", "No story yet", "new", (), created_at=CREATED),
    Deal("103", "Since ever", "old", moves(("renewal", day(1)), ("lost", day(9))), TOM, created_at=CREATED),
    Deal(
        "104",
        "There and back",
        "new",
        moves(("lead", day(3)), ("call", day(3)), ("lead", day(3))),
        ANA,
        created_at=CREATED,
    ),
    Deal(
        "105",
        "Said twice",
        "new",
        moves(("call", day(4)), ("call", day(4))),
        TOM,
        source="REFERRALS",
        created_at=CREATED,
        touches=(Touch("deal:first visit", "Referrals", kind="first visit"),),
    ),
    Deal(
        id="107",
        name='Ünïcode, "quoted"\nand in two lines',
        pipeline_id="new",
        moves=moves(("parked", day(7)), ("won", day(8))),
        owner=ANA,
        company="Halle & Sons",
        contacts=(Contact("301", "Bo Halle", "bo@halle.example"),),
        amount=Decimal("18500.50"),
        currency="EUR",
        source="trade fair",
        persona="director",
        created_at=CREATED,
        touches=(
            Touch("301:first visit", "Organic search", day(1), "presses", kind="first visit", contact_id="301"),
            Touch(
                f"301:visit:{milliseconds(day(6))}",
                "Email marketing",
                day(6),
                "Letter no. 7",
                "Spring",
                kind="visit",
                contact_id="301",
            ),
            Touch(
                f"301:form:{milliseconds(day(7))}",
                "Website form",
                day(7),
                touchpoint="Newsletter",
                kind="form",
                contact_id="301",
            ),
        ),
    ),
)
MEETINGS = (
    Meeting("501", "101", day(5), 30, MeetingState.HELD, "First talk"),
    Meeting("502", "101", day(20), 60, MeetingState.PLANNED, "The routes"),
    Meeting("503", "103", day(8), 45, MeetingState.NO_SHOW, "Renewal"),
)


@dataclass
class FilledHubSpot:
    """Two hours pass with every filling, so that what is read again is only what changed."""

    server: FakeHubSpot
    version: str = "2026-09"
    now: datetime = datetime(2026, 2, 1, tzinfo=UTC)
    held: dict[str, Deal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.server.account = Account(clock=lambda: self.now)

    def connect(self) -> HubSpot:
        values = {"token": self.server.token, "host": self.server.address, "page_size": "2", "version": self.version}
        adapter = HubSpot.from_settings(ConnectionSettings("hubspot", values))
        adapter.transport.pace.sleep = lambda _seconds: None
        return adapter

    def fill(self, stages: Sequence[Pipeline], deals: Sequence[Deal], meetings: Sequence[Meeting]) -> None:
        account = self.server.account
        account.pipelines = [_pipeline(one) for one in stages]
        for gone in self.held.keys() - {deal.id for deal in deals}:
            account.archive("deals", gone)
        for deal in deals:
            if self.held.get(deal.id) != deal:
                self._put(deal)
        for meeting in meetings:
            if meeting.id not in account.records["meetings"]:
                self._put_meeting(meeting)
        self.held = {deal.id: deal for deal in deals}
        self.now += timedelta(hours=2)

    def _put(self, deal: Deal) -> None:
        account = self.server.account
        record = account.put(
            "deals",
            {
                "dealname": deal.name,
                "pipeline": deal.pipeline_id,
                "amount": str(deal.amount) if deal.amount else None,
                "deal_currency_code": deal.currency,
                "hubspot_owner_id": deal.owner.id if deal.owner else None,
                "hs_analytics_source": deal.source,
                "createdate": str(milliseconds(deal.created_at)) if deal.created_at else None,
            },
            deal.id,
        )
        record.history["dealstage"] = [_entry(one) for one in reversed(deal.moves)]
        record.properties["dealstage"] = deal.moves[-1].stage_id if deal.moves else None
        if deal.owner:
            account.owners[deal.owner.id] = _owner(deal.owner)
        for contact in deal.contacts:
            first, _, last = contact.name.partition(" ")
            about = {"firstname": first, "lastname": last, "email": contact.email, "jobtitle": deal.persona}
            about |= _marketing(deal.touches, contact.id)
            account.put("contacts", about, contact.id)
            account.associate("deals", deal.id, "contacts", contact.id)
        if deal.company:
            account.put("companies", {"name": deal.company}, "401")
            account.associate("deals", deal.id, "companies", "401")

    def _put_meeting(self, meeting: Meeting) -> None:
        account = self.server.account
        ends = meeting.starts_at + timedelta(minutes=meeting.minutes)
        about = {
            "hs_meeting_title": meeting.title,
            "hs_timestamp": meeting.starts_at.isoformat(),
            "hs_meeting_start_time": meeting.starts_at.isoformat(),
            "hs_meeting_end_time": ends.isoformat(),
            "hs_meeting_outcome": OUTCOMES[meeting.state],
        }
        account.put("meetings", about, meeting.id)
        if meeting.deal_id in account.records["deals"]:
            account.associate("meetings", meeting.id, "deals", meeting.deal_id)


def _marketing(touches: Sequence[Touch], contact_id: str) -> dict[str, str | None]:
    """What HubSpot would hold of a contact for these touches."""
    found: dict[str, str | None] = {}
    for touch in touches:
        at = str(milliseconds(touch.at)) if touch.at else None
        channel = touch.channel.upper().replace(" ", "_")
        if touch.contact_id != contact_id:
            continue
        if touch.kind == "form":
            found |= {"recent_conversion_event_name": touch.touchpoint, "recent_conversion_date": at}
        elif touch.kind == "visit":
            found |= {"hs_latest_source": channel, "hs_latest_source_timestamp": at}
            found |= {"hs_latest_source_data_1": touch.campaign, "hs_latest_source_data_2": touch.source}
        else:
            found |= {"hs_analytics_source": channel, "hs_analytics_first_timestamp": at}
            found |= {"hs_analytics_source_data_1": touch.source}
    return found


def _pipeline(pipeline: Pipeline) -> dict[str, object]:
    now = "2026-01-01T00:00:00.000Z"
    stages = [
        {
            "id": one.id,
            "label": one.label,
            "displayOrder": place,
            "createdAt": now,
            "updatedAt": now,
            "archived": False,
            "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
            "metadata": {
                "isClosed": str(one.outcome is not StageOutcome.OPEN).lower(),
                "probability": {"won": "1.0", "lost": "0.0"}.get(one.outcome.value, f"0.{place + 1}"),
            },
        }
        for place, one in enumerate(pipeline.stages)
    ]
    about = {"displayOrder": 0, "createdAt": now, "updatedAt": now, "archived": False}
    return {"id": pipeline.id, "label": pipeline.label, "stages": stages, **about}


def _owner(owner: Owner) -> dict[str, object]:
    first, _, last = owner.name.partition(" ")
    return {
        "id": owner.id,
        "email": owner.email,
        "firstName": first,
        "lastName": last,
        "type": "PERSON",
        "userId": int(owner.id) + 900,
        "userIdIncludingInactive": int(owner.id) + 900,
        "createdAt": "2026-01-01T00:00:00.000Z",
        "updatedAt": "2026-01-01T00:00:00.000Z",
        "archived": False,
        "teams": [],
    }


def _entry(move: StageChange) -> dict[str, object]:
    entry: dict[str, object] = {
        "value": move.stage_id,
        "timestamp": (move.at or CREATED).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "sourceType": SOURCES[move.actor_kind],
    }
    if move.actor:
        entry["sourceId"] = move.actor
    return entry
