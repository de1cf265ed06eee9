"""HubSpot's JSON into records of the port; pure. All of its values are strings or null."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
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
    Removal,
    StageChange,
    StageOutcome,
)

Json = Mapping[str, Any]

DEAL_PROPERTIES = (
    *("dealname", "pipeline", "dealstage", "amount", "deal_currency_code", "hubspot_owner_id", "createdate"),
    *("hs_analytics_source", "hs_merged_object_ids", "hs_lastmodifieddate"),
)
MEETING_PROPERTIES = (
    *("hs_meeting_title", "hs_meeting_start_time", "hs_meeting_end_time", "hs_meeting_outcome", "hs_timestamp"),
    "hs_lastmodifieddate",
)
CONTACT_PROPERTIES = ("firstname", "lastname", "email", "jobtitle")
COMPANY_PROPERTIES = ("name", "domain")

# What HubSpot says of who changed a property. What is in neither list was a person, as far as anybody can tell.
AUTOMATION = frozenset(
    {
        "AUTOMATION_PLATFORM",
        "WORKFLOWS",
        "WORKFLOW",
        "CALCULATED",
        "FORECASTING",
        "SALES",
        "AI_GROUP",
        "BOT",
        "FLYWHEEL",
    }
) | {"INTEGRATION", "API", "INTEGRATIONS_PLATFORM", "TASK", "DEAL", "CRM_PIPELINES"}
IMPORTS = frozenset({"IMPORT", "MIGRATION", "BATCH_UPDATE", "MERGE_OBJECTS", "MERGE_DEALS", "DATA_ENRICHMENT"})

OUTCOMES = {
    "SCHEDULED": MeetingState.PLANNED,
    "COMPLETED": MeetingState.HELD,
    "NO_SHOW": MeetingState.NO_SHOW,
    "CANCELED": MeetingState.CANCELLED,
    "CANCELLED": MeetingState.CANCELLED,
    # The appointment that takes its place is a meeting of its own.
    "RESCHEDULED": MeetingState.CANCELLED,
}
DEFAULT_MINUTES = 30


def instant_of(text: Any) -> datetime | None:
    """ISO 8601, or milliseconds since 1970; None where it is empty."""
    if text in (None, ""):
        return None
    written = str(text)
    try:
        if written.lstrip("-").isdecimal():
            return datetime.fromtimestamp(int(written) / 1000, UTC)
        read = datetime.fromisoformat(written.replace("Z", "+00:00"))
    except (ValueError, OverflowError, OSError) as error:
        raise UnexpectedAnswer(f"HubSpot gives {written[:40]!r} for an instant") from error
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)


def milliseconds(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)


def pipeline_of(found: Json) -> Pipeline:
    ordered = sorted(found.get("stages", ()), key=lambda one: (one.get("displayOrder") or 0, str(one.get("label"))))
    stages = tuple(_stage(one, place) for place, one in enumerate(ordered, 1))
    return Pipeline(str(found["id"]), str(found.get("label") or found["id"]), stages)


def _stage(found: Json, position: int) -> CrmStage:
    about = found.get("metadata") or {}
    closed = str(about.get("isClosed", "")).lower() == "true"
    outcome = StageOutcome.OPEN
    if closed:
        outcome = StageOutcome.WON if _number(about.get("probability")) == 1 else StageOutcome.LOST
    return CrmStage(str(found["id"]), str(found.get("label") or found["id"]), position, outcome)


def probability_of(found: Json) -> Decimal | None:
    return _number((found.get("metadata") or {}).get("probability"))


def owner_of(found: Json) -> Owner:
    email = found.get("email") or None
    name = " ".join(part for part in (found.get("firstName"), found.get("lastName")) if part)
    return Owner(str(found["id"]), name or email or str(found["id"]), email)


def contact_of(found: Json) -> Contact:
    about = found.get("properties") or {}
    name = " ".join(part for part in (about.get("firstname"), about.get("lastname")) if part)
    email = about.get("email") or None
    return Contact(str(found["id"]), name or email or str(found["id"]), email)


def company_of(found: Json) -> str | None:
    about = found.get("properties") or {}
    return about.get("name") or about.get("domain") or None


def deal_of(
    found: Json, owners: Mapping[str, Owner], contacts: Iterable[Contact], company: str | None, persona: str | None
) -> Deal:
    """A deal as a list or a batch gives it with the history of ``dealstage``."""
    about = found.get("properties") or {}
    owner_id = about.get("hubspot_owner_id")
    return Deal(
        id=str(found["id"]),
        name=about.get("dealname") or str(found["id"]),
        pipeline_id=about.get("pipeline") or "default",
        moves=moves_of((found.get("propertiesWithHistory") or {}).get("dealstage") or ()),
        owner=owners.get(owner_id, Owner(owner_id, owner_id)) if owner_id else None,
        company=company,
        contacts=tuple(contacts),
        amount=_number(about.get("amount")),
        currency=about.get("deal_currency_code") or None,
        source=about.get("hs_analytics_source") or None,
        persona=persona,
        created_at=instant_of(about.get("createdate") or found.get("createdAt")),
    )


def moves_of(history: Iterable[Json]) -> tuple[StageChange, ...]:
    """The stage history, oldest first; HubSpot lists the newest first, and several may share a millisecond.

    An entry's id is made of what does not change when others come: its instant, its stage, and which of several
    such it is.
    """
    listed = [one for one in reversed(list(history)) if one.get("value")]
    listed.sort(key=lambda one: instant_of(one.get("timestamp")) or datetime.min.replace(tzinfo=UTC))
    seen: dict[str, int] = {}
    moves = []
    for one in listed:
        at = instant_of(one.get("timestamp"))
        mark = f"{milliseconds(at) if at else ''}:{one['value']}"
        seen[mark] = seen.get(mark, 0) + 1
        moves.append(StageChange(f"{mark}:{seen[mark]}", str(one["value"]), at, actor_kind_of(one), _actor(one)))
    return tuple(moves)


def actor_kind_of(entry: Json) -> ActorKind:
    """A change that a person made, through an app too, bears that person."""
    kind = str(entry.get("sourceType") or "").upper()
    if kind in IMPORTS:
        return ActorKind.IMPORT
    if kind in AUTOMATION and not entry.get("updatedByUserId"):
        return ActorKind.AUTOMATION
    return ActorKind.PERSON


def _actor(entry: Json) -> str | None:
    by = entry.get("updatedByUserId")
    return f"userId:{by}" if by else entry.get("sourceId") or entry.get("sourceLabel") or None


def merged_into(found: Json) -> tuple[Removal, ...]:
    """The deals that were merged into this one."""
    survivor = str(found["id"])
    absorbed = str((found.get("properties") or {}).get("hs_merged_object_ids") or "").split(";")
    return tuple(Removal(one.strip(), survivor) for one in absorbed if one.strip() and one.strip() != survivor)


def meeting_of(found: Json, deal_id: str) -> Meeting:
    about = found.get("properties") or {}
    starts = instant_of(about.get("hs_meeting_start_time") or about.get("hs_timestamp") or found.get("createdAt"))
    ends = instant_of(about.get("hs_meeting_end_time"))
    if starts is None:
        raise UnexpectedAnswer(f"HubSpot's meeting {found['id']} has no time")
    minutes = int((ends - starts).total_seconds() // 60) if ends and ends > starts else DEFAULT_MINUTES
    outcome = str(about.get("hs_meeting_outcome") or "SCHEDULED").upper()
    return Meeting(
        id=str(found["id"]),
        deal_id=deal_id,
        starts_at=starts,
        minutes=minutes,
        state=OUTCOMES.get(outcome, MeetingState.PLANNED),
        title=about.get("hs_meeting_title") or "",
    )


def associated(found: Json, kind: str) -> list[str]:
    """The ids that a list gives beside a record, each once, in their order."""
    results = ((found.get("associations") or {}).get(kind) or {}).get("results") or ()
    return list(dict.fromkeys(str(one["id"]) for one in results))


def _number(text: Any) -> Decimal | None:
    """None for what is no number: a property may have been a text once."""
    if text in (None, ""):
        return None
    try:
        number = Decimal(str(text))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
