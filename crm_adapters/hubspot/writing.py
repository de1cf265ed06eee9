"""Meetings and stage moves to HubSpot, each found before it is written again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cached_property
from html import escape
from typing import Any

from crm_adapters.errors import AccessRefused, CrmError, RecordGone, RefusedByRules
from crm_adapters.hubspot.parse import moves_of
from crm_adapters.hubspot.paths import Paths
from crm_adapters.hubspot.transport import Transport
from crm_adapters.port import HeldMeeting, MeetingState

Json = dict[str, Any]

KEY = "parcours_key"
KEY_PROPERTY = {
    "name": KEY,
    "label": "Parcours key",
    "description": "By it Parcours finds the meeting that it logged; please leave it as it is.",
    "groupName": "engagementInformation",
    "type": "string",
    "fieldType": "text",
    "hasUniqueValue": True,
    "hidden": True,
}
MEETING_TO_DEAL, MEETING_TO_CONTACT, MEETING_TO_COMPANY = 212, 200, 188
OUTCOME_NAMES = {
    MeetingState.HELD: ("COMPLETED",),
    MeetingState.PLANNED: ("SCHEDULED",),
    MeetingState.NO_SHOW: ("NO_SHOW",),
    # HubSpot spells it both ways; the account's own options decide.
    MeetingState.CANCELLED: ("CANCELED", "CANCELLED"),
}
# Words of ours in HubSpot's notes for the own team, where the account has no property of its own for the key.
MARK = "Parcours key "


class Writer:
    def __init__(self, transport: Transport, paths: Paths) -> None:
        self.transport, self.paths = transport, paths

    def write_meeting(self, meeting: HeldMeeting) -> str:
        self._deal(meeting.deal_id)
        properties = self._properties(meeting)
        found = self._find(meeting)
        if found:
            held = found.get("properties") or {}
            if any(
                (held.get(name) or "") != value
                for name, value in properties.items()
                if not _equal_instants(held.get(name), value)
            ):
                self._write("PATCH", "meetings", f"/{found['id']}", {"properties": properties})
            return str(found["id"])
        body = {"properties": properties, "associations": _associations(meeting, self._companies(meeting.deal_id))}
        return str(self._write("POST", "meetings", "", body)["id"])

    def move_deal(self, deal_id: str, stage_id: str) -> str:
        """The pipeline goes along: a stage's id is known within its pipeline only."""
        deal = self._deal(deal_id)
        if (deal.get("properties") or {}).get("dealstage") != stage_id:
            pipeline = self._pipeline_of(stage_id, (deal.get("properties") or {}).get("pipeline"))
            change = {"properties": {"dealstage": stage_id, "pipeline": pipeline}}
            self._write("PATCH", "deals", f"/{deal_id}", change)
            deal = self._deal(deal_id)
        moves = moves_of((deal.get("propertiesWithHistory") or {}).get("dealstage") or ())
        return next((one.id for one in reversed(moves) if one.stage_id == stage_id), "")

    def _write(self, method: str, kind: str, rest: str, body: Json) -> Json:
        """A refusal names fields as HubSpot's own pages do: nobody knows ``closed_won_reason`` there."""
        try:
            return self.transport.write(method, self.paths.objects(kind, rest), json=body)
        except RefusedByRules as error:
            raise RefusedByRules(error.reason, tuple(self._label(kind, name) for name in error.fields)) from error

    def _label(self, kind: str, name: str) -> str:
        try:
            about = self.transport.read("GET", self.paths.properties(kind, f"/{name}"))
        except CrmError:
            return name
        return str(about.get("label") or name)

    def _deal(self, deal_id: str) -> Json:
        asked = {"properties": "dealstage,pipeline", "propertiesWithHistory": "dealstage"}
        deal = self.transport.read("GET", self.paths.objects("deals", f"/{deal_id}"), params=asked)
        if str(deal["id"]) != deal_id:
            raise RecordGone(f"the deal {deal_id} was merged into another", str(deal["id"]))
        return deal

    def _pipeline_of(self, stage_id: str, present: str | None) -> str:
        answer = self.transport.read("GET", self.paths.pipelines("deals"))
        having = [str(one["id"]) for one in answer["results"] if any(str(s["id"]) == stage_id for s in one["stages"])]
        if not having:
            raise RefusedByRules(f"HubSpot has no stage {stage_id} any more", ("dealstage",))
        return present if present in having else having[0]

    def _find(self, meeting: HeldMeeting) -> Json | None:
        """The meeting that we wrote, or the one of the calendar that this was."""
        names = ",".join([*self._properties(meeting), KEY])
        if self._has_key:
            found = self._get(f"/{meeting.key}", {"idProperty": KEY, "properties": names})
            if found:
                return found
        else:
            found = self._marked(meeting, names)
            if found:
                return found
        return self._get(f"/{meeting.crm_id}", {"properties": names}) if meeting.crm_id else None

    def _get(self, rest: str, asked: Json) -> Json | None:
        try:
            return self.transport.read("GET", self.paths.objects("meetings", rest), params=asked)
        except RecordGone:
            return None

    def _marked(self, meeting: HeldMeeting, names: str) -> Json | None:
        """Among the deal's own meetings, which no index delays."""
        body = {"inputs": [{"id": meeting.deal_id}]}
        answer = self.transport.read("POST", self.paths.associations("deals", "meetings"), json=body)
        for one in answer["results"]:
            for to in one.get("to", ()):
                found = self._get(f"/{to['toObjectId']}", {"properties": names})
                notes = ((found or {}).get("properties") or {}).get("hs_internal_meeting_notes") or ""
                if found and f"{MARK}{meeting.key}" in notes:
                    return found
        return None

    def _companies(self, deal_id: str) -> list[str]:
        """The deal's firms; none where we may not see them."""
        body = {"inputs": [{"id": deal_id}]}
        try:
            answer = self.transport.read("POST", self.paths.associations("deals", "companies"), json=body)
        except AccessRefused:
            return []
        return list(dict.fromkeys(str(to["toObjectId"]) for one in answer["results"] for to in one.get("to", ())))

    @cached_property
    def _has_key(self) -> bool:
        """Whether the account has our own property with unique values; it is made where we may."""
        try:
            about = self.transport.read("GET", self.paths.properties("meetings", f"/{KEY}"))
            return bool(about.get("hasUniqueValue"))
        except (RecordGone, AccessRefused):
            pass
        try:
            made = self.transport.write("POST", self.paths.properties("meetings"), json=KEY_PROPERTY)
        except (AccessRefused, RefusedByRules):
            return False
        return bool(made.get("hasUniqueValue"))

    @cached_property
    def _outcomes(self) -> frozenset[str]:
        try:
            about = self.transport.read("GET", self.paths.properties("meetings", "/hs_meeting_outcome"))
        except (RecordGone, AccessRefused):
            return frozenset()
        return frozenset(str(one["value"]) for one in about.get("options", ()))

    def _properties(self, meeting: HeldMeeting) -> dict[str, str]:
        ends = meeting.starts_at + timedelta(minutes=meeting.minutes)
        names = OUTCOME_NAMES[meeting.state]
        outcome = next((name for name in names if name in self._outcomes), names[0])
        properties = {
            "hs_timestamp": _iso(meeting.starts_at),
            "hs_meeting_title": meeting.title,
            "hs_meeting_body": html_of(meeting.body),
            "hs_meeting_start_time": _iso(meeting.starts_at),
            "hs_meeting_end_time": _iso(ends),
            "hs_meeting_outcome": outcome,
        }
        if meeting.owner_id:
            properties["hubspot_owner_id"] = meeting.owner_id
        if self._has_key:
            properties[KEY] = meeting.key
        else:
            properties["hs_internal_meeting_notes"] = f"{MARK}{meeting.key}"
        return properties


def html_of(text: str) -> str:
    """Plain text as the HTML that HubSpot shows: nothing of it is markup."""
    paragraphs = [escape(part, quote=False).replace("\n", "<br>") for part in text.split("\n\n") if part.strip()]
    return "".join(f"<p>{part}</p>" for part in paragraphs)


def _associations(meeting: HeldMeeting, companies: list[str]) -> list[Json]:
    def to(record: str, type_id: int) -> Json:
        types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}]
        return {"to": {"id": record}, "types": types}

    return [
        to(meeting.deal_id, MEETING_TO_DEAL),
        *(to(one, MEETING_TO_CONTACT) for one in meeting.contact_ids),
        *(to(one, MEETING_TO_COMPANY) for one in companies),
    ]


def _equal_instants(held: Any, ours: str) -> bool:
    try:
        return datetime.fromisoformat(str(held).replace("Z", "+00:00")) == datetime.fromisoformat(
            ours.replace("Z", "+00:00")
        )
    except (ValueError, TypeError):
        return False


def _iso(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
