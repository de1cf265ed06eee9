"""What a HubSpot account holds, and how it changes. Values are strings or None; histories begin with the newest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

KINDS = {"0-1": "contacts", "0-2": "companies", "0-3": "deals", "0-47": "meetings", "0-46": "notes"}
HISTORY_OF = {"deals": ("dealstage", "pipeline")}
# (from, to) → the type that HubSpot defines for it.
TYPES = {
    ("deals", "contacts"): 3,
    ("contacts", "deals"): 4,
    ("deals", "companies"): 341,
    ("companies", "deals"): 342,
    ("meetings", "deals"): 212,
    ("deals", "meetings"): 211,
    ("meetings", "contacts"): 200,
    ("contacts", "meetings"): 199,
    ("meetings", "companies"): 188,
    ("companies", "meetings"): 187,
    ("contacts", "companies"): 279,
    ("companies", "contacts"): 280,
}
LONG_AGO = datetime.min.replace(tzinfo=UTC)
STAMP = {"contacts": "lastmodifieddate"}


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Record:
    id: str
    kind: str
    created_at: datetime
    updated_at: datetime
    properties: dict[str, str | None] = field(default_factory=dict)
    history: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    archived_at: datetime | None = None
    # When the index that is searched will know of the latest change.
    searchable_at: datetime = LONG_AGO

    def seen(self, properties: Mapping[str, None] | list[str], history: list[str]) -> dict[str, Any]:
        names = dict.fromkeys([*properties, "hs_object_id", stamp_of(self.kind), "createdate"])
        found: dict[str, Any] = {
            "id": self.id,
            "properties": {name: self.value(name) for name in names},
            "createdAt": iso(self.created_at),
            "updatedAt": iso(self.updated_at),
            "archived": self.archived_at is not None,
        }
        if self.archived_at:
            found["archivedAt"] = iso(self.archived_at)
        if history:
            found["propertiesWithHistory"] = {name: self.history.get(name, []) for name in history}
        return found

    def value(self, name: str) -> str | None:
        if name == "hs_object_id":
            return self.id
        if name == stamp_of(self.kind):
            return iso(self.updated_at)
        if name == "createdate":
            return self.properties.get(name) or iso(self.created_at)
        return self.properties.get(name)


def stamp_of(kind: str) -> str:
    return STAMP.get(kind, "hs_lastmodifieddate")


class Conflict(Exception):
    """A value of a unique property that another record has."""


@dataclass
class Account:
    """``now`` is the account's clock; ``index_delay`` is how late its search is; ``rules`` refuse stage writes."""

    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    index_delay: timedelta = timedelta(0)
    portal_id: int = 33
    app_id: int = 1160452
    records: dict[str, dict[str, Record]] = field(default_factory=lambda: {kind: {} for kind in KINDS.values()})
    pipelines: list[dict[str, Any]] = field(default_factory=list)
    owners: dict[str, dict[str, Any]] = field(default_factory=dict)
    associations: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)
    properties: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    # stage → a property that must have a value first (a rule that only the dated versions enforce)
    rules: dict[str, str] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    _ids: Any = field(default_factory=lambda: count(1_000))

    def __post_init__(self) -> None:
        self.properties["meetings", "hs_meeting_outcome"] = {
            "name": "hs_meeting_outcome",
            "label": "Meeting outcome",
            "groupName": "engagementInformation",
            "type": "enumeration",
            "fieldType": "select",
            "description": "",
            "options": [
                {"label": name.title(), "value": name, "hidden": False, "displayOrder": place}
                for place, name in enumerate(("SCHEDULED", "COMPLETED", "RESCHEDULED", "NO_SHOW", "CANCELED"))
            ],
        }

    def put(
        self,
        kind: str,
        properties: Mapping[str, str | None],
        id_: str | None = None,
        at: datetime | None = None,
        source: tuple[str, str] = ("CRM_UI", ""),
    ) -> Record:
        """Make a record, or change it. Each value of a property with history is kept, the newest first."""
        now = at or self.clock()
        known = self.records[kind].get(id_ or "")
        self._check_unique(kind, properties, id_)
        record = known or Record(id_ or str(next(self._ids)), kind, now, now)
        self.records[kind][record.id] = record
        for name, value in properties.items():
            if name in HISTORY_OF.get(kind, ()) and (known is None or record.properties.get(name) != value):
                self._remember(record, name, value, now, source)
            record.properties[name] = value
        self.touch(record)
        self._tell(record, properties, known is None, source)
        return record

    def _remember(self, record: Record, name: str, value: str | None, at: datetime, source: tuple[str, str]) -> None:
        entry: dict[str, Any] = {"value": value or "", "timestamp": iso(at), "sourceType": source[0]}
        if source[1]:
            entry["sourceId"] = source[1]
        record.history.setdefault(name, []).insert(0, entry)

    def _check_unique(self, kind: str, properties: Mapping[str, str | None], id_: str | None) -> None:
        for name, value in properties.items():
            about = self.properties.get((kind, name), {})
            if about.get("hasUniqueValue") and value:
                for other in self.records[kind].values():
                    if other.id != id_ and other.properties.get(name) == value:
                        raise Conflict(f"{value} is already in use by {other.id}")

    def touch(self, record: Record, at: datetime | None = None) -> None:
        record.updated_at = at or self.clock()
        record.searchable_at = self.clock() + self.index_delay

    def archive(self, kind: str, id_: str) -> None:
        """Archiving leaves the modification date as it was."""
        self.records[kind][id_].archived_at = self.clock()
        self._event("deletion", kind, id_, changeFlag="DELETED")

    def restore(self, kind: str, id_: str) -> None:
        record = self.records[kind][id_]
        record.archived_at = None
        self.touch(record)
        self._event("restore", kind, id_)

    def forget(self, kind: str, id_: str) -> None:
        """Erased for privacy: gone without a trace."""
        del self.records[kind][id_]
        self.associations = {
            key: [one for one in to if not (key[2] == kind and one == id_)]
            for key, to in self.associations.items()
            if key[:2] != (kind, id_)
        }
        self._event("privacyDeletion", kind, id_)

    def merge_deals(self, first: str, second: str) -> Record:
        """Two deals become a third; both old ids lead to it from now on."""
        a, b = self.records["deals"].pop(first), self.records["deals"].pop(second)
        merged = Record(str(next(self._ids)), "deals", a.created_at, self.clock())
        merged.properties = {**b.properties, **a.properties}
        past = [(b.properties | a.properties).get("hs_merged_object_ids") or "", first, second]
        merged.properties["hs_merged_object_ids"] = ";".join(one for one in past if one)
        merged.history = {name: [*a.history.get(name, [])] for name in HISTORY_OF["deals"]}
        self.records["deals"][merged.id] = merged
        for old in (first, second):
            self.merged[old] = merged.id
            for (kind, id_, to), ids in list(self.associations.items()):
                if (kind, id_) == ("deals", old):
                    self.associations.setdefault(("deals", merged.id, to), []).extend(ids)
        self.touch(merged)
        self._event("merge", "deals", merged.id, primaryObjectId=int(first), mergedObjectIds=[int(second)])
        return merged

    def find(self, kind: str, id_: str) -> Record | None:
        """By id, also by one that was merged."""
        while id_ in self.merged and kind == "deals":
            id_ = self.merged[id_]
        return self.records[kind].get(id_)

    def associate(self, kind: str, id_: str, to_kind: str, to_id: str) -> None:
        for a, b, c, d in ((kind, id_, to_kind, to_id), (to_kind, to_id, kind, id_)):
            known = self.associations.setdefault((a, b, c), [])
            if d not in known:
                known.append(d)

    def associated(self, kind: str, id_: str, to_kind: str) -> list[str]:
        found = self.associations.get((kind, id_, to_kind), [])
        return [one for one in found if (record := self.find(to_kind, one)) and record.archived_at is None]

    def stages(self) -> dict[str, str]:
        """Each stage with its pipeline; where two pipelines share an id, with the last one."""
        return {stage["id"]: one["id"] for one in self.pipelines for stage in one["stages"]}

    def _tell(self, record: Record, properties: Mapping[str, str | None], new: bool, source: tuple[str, str]) -> None:
        if new:
            self._event("creation", record.kind, record.id, changeFlag="NEW")
        for name, value in properties.items():
            self._event(
                "propertyChange",
                record.kind,
                record.id,
                propertyName=name,
                propertyValue=value or "",
                changeSource=source[0],
                sourceId=source[1],
            )

    def _event(self, what: str, kind: str, id_: str, **more: Any) -> None:
        self.events.append(
            {
                "eventId": next(self._ids),
                "subscriptionId": 25,
                "portalId": self.portal_id,
                "appId": self.app_id,
                "occurredAt": int(self.clock().timestamp() * 1000),
                "subscriptionType": f"{kind.removesuffix('s')}.{what}" if kind != "companies" else f"company.{what}",
                "attemptNumber": 0,
                "objectId": int(id_) if id_.isdecimal() else id_,
                **more,
            }
        )
