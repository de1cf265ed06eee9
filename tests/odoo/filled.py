"""A real Odoo under the contract's hand: records of the port become what Odoo holds.

What no client may do (dates of history, ids) is done in its database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from crm_adapters.odoo import Odoo
from crm_adapters.odoo.parse import is_lost_stage, reason_of, written
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
from tests.adapters.contract import day
from tests.odoo.ways import connecting
from tests.odoo_server import OdooServer

# The contract's deals, as far as Odoo can say them: ids are numbers, every history begins with the stage in which the
# lead was made, a lost lead has a reason, and which buyer stage a stage means is told elsewhere.
LEAD, CALL, PARKED, WON, RENEWAL = "1", "2", "3", "4", "5"
TEAM = "51"
LOST = CrmStage("lost", "Lost", 9, StageOutcome.LOST)
PRICE = CrmStage("lost-1", "Lost: Too expensive", 9, StageOutcome.LOST)
STAGES = (
    Pipeline(
        "0",
        "Odoo",
        (
            CrmStage(LEAD, "Lead", 1, StageOutcome.OPEN),
            CrmStage(CALL, "Call done", 2, StageOutcome.OPEN),
            CrmStage(PARKED, "Parked", 3, StageOutcome.OPEN),
            CrmStage(WON, "Won", 4, StageOutcome.WON),
            LOST,
            PRICE,
        ),
    ),
    Pipeline(TEAM, "Renewals", (CrmStage(RENEWAL, "Renewal", 5, StageOutcome.OPEN), LOST, PRICE)),
)
ROBOT = 1


def owners_of(odoo: OdooServer) -> tuple[Owner, Owner]:
    names = {"manager": "Mona Manager", "seller": "Sam Seller"}
    return tuple(Owner(str(odoo.users[one]), name, f"{one}@seller.example") for one, name in names.items())  # type: ignore[return-value]


def by(*steps: tuple[str, datetime] | tuple[str, datetime, int], admin: int) -> tuple[StageChange, ...]:
    """Moves by the administrator, or by whom each says."""
    found = []
    for number, (stage, at, *who) in enumerate(steps):
        uid = who[0] if who else admin
        kind = ActorKind.AUTOMATION if uid == ROBOT else ActorKind.PERSON
        found.append(StageChange(str(number) if number else "start", stage, at, kind, str(uid)))
    return tuple(found)


def deals_of(odoo: OdooServer) -> tuple[Deal, ...]:
    mona, sam = owners_of(odoo)
    admin = odoo.users["admin"]

    def deal(id_: str, name: str, steps: tuple[StageChange, ...], owner: Owner | None, pipeline: str = "0") -> Deal:
        return Deal(id_, name, pipeline, steps, owner, created_at=steps[0].at)

    return (
        deal("101", "Press line", by((LEAD, day(1)), (CALL, day(5, 10), ROBOT), admin=admin), mona),
        deal("102", "No story yet", by((LEAD, day(2)), admin=admin), None),
        deal("103", "Since ever", by((RENEWAL, day(1)), ("lost-1", day(9)), admin=admin), sam, TEAM),
        deal("104", "There and back", by((LEAD, day(3)), (CALL, day(3)), (LEAD, day(3)), admin=admin), mona),
        deal("105", "Lost and found", by((LEAD, day(4)), ("lost", day(5)), (LEAD, day(6)), admin=admin), sam),
        Deal(
            id="107",
            name='Ünïcode, "quoted" & <marked>',
            pipeline_id="0",
            moves=by((PARKED, day(7)), (WON, day(8)), admin=admin),
            owner=mona,
            company="Halle & Sons",
            contacts=(Contact("301", "Bo Halle", "bo@halle.example"),),
            amount=Decimal("18500.5"),
            currency="EUR",
            source="trade fair",
            persona="director",
            created_at=day(7),
            touches=(Touch("utm", "Phone", day(7), "trade fair", "Spring"),),
        ),
    )


MEETINGS = (
    Meeting("501", "101", day(5), 30, MeetingState.PLANNED, "First talk"),
    Meeting("502", "101", day(20), 60, MeetingState.PLANNED, "The routes"),
    Meeting("503", "103", day(8), 45, MeetingState.CANCELLED, "Renewal"),
)
# What a test leaves behind, in the order in which it may go.
TABLES = (
    "mail_tracking_value",
    "mail_message",
    "mail_mail",
    "calendar_attendee",
    "calendar_event",
    "crm_lead",
    "utm_source",
)


@dataclass
class FilledOdoo:
    """``login`` is who connects, and ``way`` how Odoo is asked."""

    odoo: OdooServer
    login: str = "admin"
    way: str = "add-on"
    held: dict[str, Deal] = field(default_factory=dict)
    written: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for table in TABLES:
            self.odoo.sql(f"DELETE FROM {table}")
        self.odoo.sql("DELETE FROM mail_followers WHERE res_model IN ('crm.lead', 'calendar.event', 'res.partner')")
        self.odoo.sql("DELETE FROM res_partner WHERE id BETWEEN 300 AND 399")
        self.odoo.sql("DELETE FROM ir_model_data WHERE module = 'parcours_meetings'")

    def connect(self) -> Odoo:
        return connecting(settings(self.odoo, self.login, page_size="2").values, self.way)()

    def fill(self, _stages: Sequence[Pipeline], deals: Sequence[Deal], meetings: Sequence[Meeting]) -> None:
        self._stages()
        for gone in self.held.keys() - {deal.id for deal in deals}:
            self.odoo.call("admin", "crm.lead", "unlink", ids=[int(gone)])
        for deal in deals:
            if self.held.get(deal.id) != deal:
                self._put(deal)
        for meeting in meetings:
            if meeting.id not in self.written:
                self._put_meeting(meeting)
        if not self.held:
            self._hours_ago()
        self.held = {deal.id: deal for deal in deals}

    def _hours_ago(self) -> None:
        """So that what is read again is only what changes from now on."""
        for table in ("crm_lead", "res_partner", "calendar_event"):
            self.odoo.sql(f"UPDATE {table} SET write_date = write_date - interval '2 hours'")

    def _stages(self) -> None:
        call = self.odoo.call
        names = {LEAD: "Lead", CALL: "Call done", PARKED: "Parked", WON: "Won"}
        for id_, name in names.items():
            call("admin", "crm.stage", "write", ids=[int(id_)], vals={"name": name})
        if not call("admin", "crm.team", "search", domain=[["id", "=", int(TEAM)]]):
            self._next("crm_team", TEAM)
            call("admin", "crm.team", "create", vals_list=[{"name": "Renewals"}])
            self._next("crm_stage", RENEWAL)
            about = {"name": "Renewal", "team_ids": [[6, 0, [int(TEAM)]]], "sequence": 50}
            call("admin", "crm.stage", "create", vals_list=[about])

    def _next(self, table: str, id_: str) -> None:
        self.odoo.sql(f"SELECT setval('{table}_id_seq', %s, false)", int(id_))

    def _put(self, deal: Deal) -> None:
        id_, call = int(deal.id), self.odoo.call
        if deal.id not in self.held:
            self._next("crm_lead", deal.id)
            first = deal.moves[0]
            values = {**self._values(deal), "type": "opportunity", "stage_id": int(first.stage_id)}
            values["team_id"] = int(TEAM) if deal.pipeline_id == TEAM else False
            call("admin", "crm.lead", "create", vals_list=[values])
            done = 1
        else:
            call("admin", "crm.lead", "write", ids=[id_], vals=self._values(deal))
            done = len(self.held[deal.id].moves)
        for move in deal.moves[done:]:
            self._move(id_, move)
        # To be lost is no stage, and to be restored no change of it.
        stages = [deal.moves[0], *(two for one, two in pairwise(deal.moves) if _is_stage(one) and _is_stage(two))]
        changed = written(stages[-1].at or day(1))
        self.odoo.sql(
            "UPDATE crm_lead SET create_date = %s, date_last_stage_update = %s WHERE id = %s",
            *(written(deal.created_at or day(1)), changed, id_),
        )

    def _values(self, deal: Deal) -> dict[str, object]:
        partner = self._partner(deal)
        return {
            "name": deal.name,
            "user_id": int(deal.owner.id) if deal.owner else False,
            "partner_id": partner,
            "expected_revenue": float(deal.amount or 0),
            "source_id": self._named("utm.source", deal.source),
            "medium_id": self._named("utm.medium", deal.touches[0].channel if deal.touches else None),
            "campaign_id": self._named("utm.campaign", deal.touches[0].campaign if deal.touches else None),
        }

    def _named(self, model: str, name: str | None) -> int | bool:
        """Some come with Odoo, and of two that have one name the second gets another."""
        if name is None:
            return False
        found = self.odoo.call("admin", model, "search", domain=[["name", "=", name]])
        return int((found or self.odoo.call("admin", model, "create", vals_list=[{"name": name}]))[0])

    def _partner(self, deal: Deal) -> int | bool:
        if not deal.contacts:
            return False
        contact, call = deal.contacts[0], self.odoo.call
        if not call("admin", "res.partner", "search", domain=[["id", "=", int(contact.id)]]):
            self._next("res_partner", "300")
            call("admin", "res.partner", "create", vals_list=[{"name": deal.company, "is_company": True}])
            about = {"name": contact.name, "email": contact.email, "parent_id": 300, "function": deal.persona}
            self._next("res_partner", contact.id)
            call("admin", "res.partner", "create", vals_list=[about])
            self._next("res_partner", "1000")
        return int(contact.id)

    def _move(self, lead: int, move: StageChange) -> None:
        """A stage move as Odoo notes it, and then as if it had been made by that person at that instant."""
        before = self.odoo.sql("SELECT coalesce(max(id), 0) FROM mail_tracking_value")[0][0]
        call = self.odoo.call
        if is_lost_stage(move.stage_id):
            reason = reason_of(move.stage_id)
            call("admin", "crm.lead", "action_set_lost", ids=[lead], **({"lost_reason_id": reason} if reason else {}))
        else:
            call("admin", "crm.lead", "write", ids=[lead], vals={"stage_id": int(move.stage_id), "active": True})
        self.odoo.sql(
            "UPDATE mail_tracking_value SET create_date = %s, create_uid = %s WHERE id > %s",
            *(written(move.at or day(1)), int(move.actor or self.odoo.users["admin"]), before),
        )

    def _put_meeting(self, meeting: Meeting) -> None:
        self._next("calendar_event", meeting.id)
        there = self.odoo.call(
            "admin", "crm.lead", "search", domain=[["id", "=", int(meeting.deal_id)]], context={"active_test": False}
        )
        ends = meeting.starts_at.timestamp() + meeting.minutes * 60
        about = {
            "name": meeting.title,
            "start": written(meeting.starts_at),
            "stop": written(datetime.fromtimestamp(ends, meeting.starts_at.tzinfo)),
            "opportunity_id": int(meeting.deal_id) if there else False,
            "active": meeting.state is not MeetingState.CANCELLED,
        }
        self.odoo.call("admin", "calendar.event", "create", vals_list=[about], context={"no_mail_to_attendees": True})
        self.written.add(meeting.id)


def _is_stage(move: StageChange) -> bool:
    return not is_lost_stage(move.stage_id)


def settings(odoo: OdooServer, login: str, **more: str) -> ConnectionSettings:
    values = {"address": odoo.address, "database": odoo.database, "login": login, "key": odoo.keys[login]}
    return ConnectionSettings("odoo", {**values, "networks": "127.0.0.0/8", **more})
