"""Odoo's records as those of the port. Pure: what came as JSON goes in.

Odoo says ``false`` where it has nothing, whatever the field is, and tells instants in UTC without saying so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from crm_adapters.errors import UnexpectedAnswer
from crm_adapters.port import (
    ActorKind,
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

Json = dict[str, Any]

STAGE_FIELDS = ("name", "sequence", "is_won")
LEAD_FIELDS = (
    *("name", "active", "stage_id", "team_id", "user_id", "partner_id", "partner_name", "contact_name", "email_from"),
    *("expected_revenue", "company_currency", "source_id", "medium_id", "campaign_id"),
    "lost_reason_id",
    *("create_date", "create_uid", "date_last_stage_update", "date_closed"),
)
PARTNER_FIELDS = ("name", "email", "function", "is_company", "commercial_partner_id", "commercial_company_name")
USER_FIELDS = ("name", "login", "email", "partner_id", "active")
EVENT_FIELDS = ("name", "start", "stop", "active", "opportunity_id")

STAGE, ACTIVE, REASON = "stage_id", "active", "lost_reason_id"
TRACKED = (STAGE, ACTIVE, REASON)
LOST = "lost"
UTM = "utm"
# Odoo's own user, by which rules and timers act.
ROBOT = 1
# The pipeline of the stages that are no team's own.
SHARED = "0"


@dataclass(frozen=True, slots=True)
class Tracked:
    """One entry of Odoo's change log: a field of a lead went from ``old`` to ``new`` (ids; 1 and 0 for ``active``).
    Ids grow with time; what was changed by one write has one ``message``."""

    id: int
    lead: int
    field: str
    old: int
    new: int
    at: datetime
    uid: int
    message: int

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Tracked:
        return cls(
            *(int(row["id"]), int(row["lead"]), str(row["field"]), int(row["old"] or 0), int(row["new"] or 0)),
            *(instant(row["at"]), int(row["uid"] or 0), int(row["message"])),
        )


@dataclass(frozen=True)
class Known:
    """What leads refer to, by id. ``lost`` is what Odoo calls a lost one in the language of our user."""

    stages: Mapping[int, Json]
    reasons: Mapping[int, str]
    currencies: Mapping[int, str]
    sources: Mapping[int, str]
    own_pipelines: Mapping[int, str]
    mediums: Mapping[int, str]
    campaigns: Mapping[int, str]
    lost: str = "Lost"


def instant(text: Any) -> datetime:
    """``2026-11-23 10:00:00`` and the like, which is UTC. Raises UnexpectedAnswer."""
    try:
        return datetime.fromisoformat(str(text)).replace(tzinfo=UTC)
    except ValueError as error:
        raise UnexpectedAnswer(f"Odoo gives {text!r} where an instant belongs") from error


def instant_or_none(text: Any) -> datetime | None:
    return instant(text) if text else None


def written(at: datetime) -> str:
    """An instant as Odoo wants it."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def pipelines_of(known: Known) -> tuple[Pipeline, ...]:
    """The stages that everybody has, and one pipeline for each team that has stages of its own.

    Odoo knows no lost stages: a lost lead is archived, with a reason. Each reason is a stage here.
    """
    lines = [(SHARED, "Odoo", [one for one in known.stages.values() if not one["teams"]])]
    for team, name in known.own_pipelines.items():
        own = [one for one in known.stages.values() if not one["teams"] or team in one["teams"]]
        lines.append((str(team), name, own))
    return tuple(Pipeline(id_, label, _stages(stages, known)) for id_, label, stages in lines)


def _stages(found: Sequence[Json], known: Known) -> tuple[CrmStage, ...]:
    listed = sorted(found, key=lambda one: (one["sequence"] or 0, one["id"]))
    stages = [
        CrmStage(str(one["id"]), str(one["name"]), place, StageOutcome.WON if one["is_won"] else StageOutcome.OPEN)
        for place, one in enumerate(listed, 1)
    ]
    lost = [(LOST, known.lost), *((lost_stage(id_), f"{known.lost}: {name}") for id_, name in known.reasons.items())]
    last = len(stages)
    stages += [CrmStage(id_, name, last + place, StageOutcome.LOST) for place, (id_, name) in enumerate(lost, 1)]
    return tuple(stages)


def lost_stage(reason: int | None) -> str:
    return f"{LOST}-{reason}" if reason else LOST


def reason_of(stage_id: str) -> int | None:
    """The reason that a lost stage stands for."""
    number = stage_id.partition("-")[2]
    return int(number) if number.isdecimal() else None


def is_lost_stage(stage_id: str) -> bool:
    return stage_id == LOST or stage_id.startswith(f"{LOST}-")


def owner_of(user: Json) -> Owner:
    email = user.get("email") or user.get("login")
    return Owner(str(user["id"]), str(user.get("name") or user["id"]), str(email) if email else None)


def deal_of(
    lead: Json, rows: Sequence[Tracked], partners: Mapping[int, Json], users: Mapping[int, Json], known: Known
) -> Deal:
    partner = partners.get(lead["partner_id"] or 0)
    currency = known.currencies.get(lead.get("company_currency") or 0)
    amount = lead.get("expected_revenue") or 0
    user = users.get(lead["user_id"] or 0)
    return Deal(
        id=str(lead["id"]),
        name=str(lead["name"] or lead["id"]),
        pipeline_id=pipeline_id(lead, known),
        moves=moves_of(lead, rows),
        owner=owner_of(user) if user else None,
        company=_company(lead, partner, partners),
        contacts=_contacts(lead, partner),
        amount=Decimal(str(amount)) if amount else None,
        currency=currency if amount else None,
        source=known.sources.get(lead.get("source_id") or 0),
        persona=str(partner["function"]) if partner and partner.get("function") else None,
        created_at=instant(lead["create_date"]),
        touches=touches_of(lead, known),
    )


def touches_of(lead: Json, known: Known) -> tuple[Touch, ...]:
    """How the lead came in, as its UTM fields say it: once, so the day on which the lead was made dates it."""
    source, medium, campaign = (
        names.get(lead.get(name) or 0)
        for name, names in (
            ("source_id", known.sources),
            ("medium_id", known.mediums),
            ("campaign_id", known.campaigns),
        )
    )
    channel = medium or source or campaign
    if channel is None:
        return ()
    at = instant(lead["create_date"])
    return (Touch(UTM, channel[:120], at, source and source[:255], campaign and campaign[:255]),)


def pipeline_id(lead: Json, known: Known) -> str:
    return str(lead["team_id"]) if lead["team_id"] in known.own_pipelines else SHARED


def moves_of(lead: Json, rows: Iterable[Tracked]) -> tuple[StageChange, ...]:
    """The lead's way through the stages.

    Where the change log has a hole (it can be switched off, and imports do so) a stage that was left without having
    been entered is entered at the instant at which it was left: that it was held is known, since when is not, and so it
    has no duration. The stage that a lead holds now is dated by its last change, which Odoo notes always.
    """
    way = _Way(lead)
    rows = _in_order(rows)
    reasons = {row.message: row.new for row in rows if row.field == REASON and row.new}
    changes = [row for row in rows if row.field in (STAGE, ACTIVE)]
    way.begin(next((row for row in changes if row.field == STAGE), None))
    last_loss = max((row.id for row in changes if row.field == ACTIVE and not row.new), default=0)
    for row in changes:
        if row.field == STAGE:
            way.into(row)
        elif row.new:
            way.restored(row)
        else:
            reason = reasons.get(row.message) or (lead["lost_reason_id"] if row.id == last_loss else None)
            way.lost(row, reason or None)
    way.end()
    return tuple(way.moves)


def _in_order(rows: Iterable[Tracked]) -> list[Tracked]:
    """As they were noted; but a lead that comes back into another stage is moved before it is restored, so that this is
    one move."""
    rows = list(rows)
    restored = {row.message: row.id for row in rows if row.field == ACTIVE and row.new}

    def place(row: Tracked) -> tuple[int, int]:
        back = restored.get(row.message, row.id)
        return (back, 0) if row.field == STAGE and back < row.id else (row.id, 1)

    return sorted(rows, key=place)


class _Way:
    """The moves so far, the stage that is held, and whether the lead is lost."""

    def __init__(self, lead: Json) -> None:
        self.lead = lead
        self.moves: list[StageChange] = []
        self.stage: int | None = None
        self.is_lost = False
        self.changed_at = instant_or_none(lead["date_last_stage_update"])

    def begin(self, first: Tracked | None) -> None:
        """The first stage is told by the first change, else by there having been none since the lead was made."""
        created = instant(self.lead["create_date"])
        unchanged = self.changed_at is None or abs((self.changed_at - created).total_seconds()) <= 1
        start = first.old if first else (self.lead["stage_id"] if unchanged else None)
        if start:
            self._add("start", start, created, int(self.lead["create_uid"] or 0))

    def into(self, row: Tracked) -> None:
        if self.stage != row.old and row.old and not self.is_lost:
            self._add(f"hole-{row.id}", row.old, row.at, row.uid)
        if self.is_lost:
            self.stage = row.new
        else:
            self._add(str(row.id), row.new, row.at, row.uid)

    def lost(self, row: Tracked, reason: int | None) -> None:
        self._append(str(row.id), lost_stage(reason), row.at, row.uid)
        self.is_lost = True

    def restored(self, row: Tracked) -> None:
        self.is_lost = False
        self._add(str(row.id), self.stage or self.lead["stage_id"], row.at, row.uid)

    def end(self) -> None:
        """What the lead says of itself now, where the log does not say so."""
        now, active = self.lead["stage_id"], bool(self.lead["active"])
        if active and now and (self.is_lost or self.stage != now):
            at = self._not_before(self.changed_at)
            self._add(f"now-{int(at.timestamp())}" if at else "now", now, at, 0)
        if not active and not self.is_lost:
            at = self._not_before(instant_or_none(self.lead["date_closed"]) or self.changed_at)
            self._append("closed", lost_stage(self.lead["lost_reason_id"] or None), at, 0)

    def _not_before(self, at: datetime | None) -> datetime | None:
        last = self.moves[-1].at if self.moves else None
        return max(at, last) if at and last else at or last

    def _add(self, id_: str, stage: int, at: datetime | None, uid: int) -> None:
        self.stage, self.is_lost = stage, False
        self._append(id_, str(stage), at, uid)

    def _append(self, id_: str, stage: str, at: datetime | None, uid: int) -> None:
        kind = ActorKind.AUTOMATION if uid == ROBOT else ActorKind.PERSON if uid else ActorKind.IMPORT
        self.moves.append(StageChange(id_, stage, at, kind, str(uid) if uid else None))


def _company(lead: Json, partner: Json | None, partners: Mapping[int, Json]) -> str | None:
    if partner is None:
        return str(lead["partner_name"]) if lead["partner_name"] else None
    above = partners.get(partner.get("commercial_partner_id") or 0, partner)
    name = above["name"] if above.get("is_company") else partner.get("commercial_company_name") or lead["partner_name"]
    return str(name) if name else None


def _contacts(lead: Json, partner: Json | None) -> tuple[Contact, ...]:
    """The customer, where it is a person; else the person whom the lead names, who has no record of their own."""
    if partner is not None and not partner.get("is_company"):
        return (Contact(str(partner["id"]), str(partner["name"] or ""), partner.get("email") or None),)
    if lead["contact_name"]:
        return (Contact(f"lead-{lead['id']}", str(lead["contact_name"]), lead["email_from"] or None),)
    return ()


def meeting_of(event: Json) -> Meeting:
    """A calendar says what is planned, and never whether it was held: that is known when it is logged."""
    starts, stops = instant(event["start"]), instant(event["stop"])
    return Meeting(
        id=str(event["id"]),
        deal_id=str(event["opportunity_id"]),
        starts_at=starts,
        minutes=max(0, round((stops - starts).total_seconds() / 60)),
        state=MeetingState.PLANNED if event["active"] else MeetingState.CANCELLED,
        title=str(event["name"] or ""),
    )
