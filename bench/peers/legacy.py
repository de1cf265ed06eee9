"""What others' syncs ask of HubSpot's older interfaces, answered from the stand-in's account.

Its pages cost the same wherever they begin, however many deals there are: else the stand-in is what is measured.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime
from itertools import islice
from typing import Any

from flask import Flask, jsonify, request

from tests.fakes.hubspot.account import Record
from tests.fakes.hubspot.server import (
    LISTED,
    WITH_HISTORY,
    FakeHubSpot,
    Refusal,
    _after_mark,
    _limit,
    _names,
    _page,
)

SINGULAR = {"deal": "deals", "contact": "contacts", "company": "companies"}
# What deals may be associated with, and are not here.
HAS_NONE = ("line_items",)
MOST_V1 = 250
ID = {"name": "hs_object_id", "label": "Record ID", "type": "number", "fieldType": "number"}
# The class below has a method of that name.
Page = list[Record]


class LegacyHubSpot(FakeHubSpot):
    def app(self) -> Flask:
        app = super().app()
        for rule, view in (
            ("/crm/v3/properties/<kind>", self.properties),
            ("/properties/v1/<kind>/properties", self.plain_properties),
            ("/properties/v2/<kind>/properties", self.plain_properties),
            ("/crm/v3/schemas", self.schemas),
            ("/deals/v1/deal/paged", self.deals_v1),
            ("/deals/v1/pipelines", self.pipelines_v1),
            ("/crm-pipelines/v1/pipelines/deals", self.pipelines_of_deals_v1),
            ("/<path:_path>", self.not_ours),
        ):
            app.add_url_rule(rule, f"legacy {rule}", view, methods=["GET"])
        return app

    def properties(self, kind: str) -> Any:
        return jsonify({"results": self._defined(kind)})

    def plain_properties(self, kind: str) -> Any:
        return jsonify(self._defined(kind))

    def schemas(self) -> Any:
        """No objects of the account's own making."""
        return jsonify({"results": []})

    def not_ours(self, _path: str) -> Any:
        """What a token without the scope for it is told: syncs leave such a stream out."""
        raise Refusal(403, "MISSING_SCOPES", "This app hasn't been granted all required scopes")

    def deals_v1(self) -> Any:
        after = int(request.args.get("offset", 0))
        page, more = self._next("deals", after, min(int(request.args.get("limit", 100)), MOST_V1))
        offset = int(page[-1].id) if page else after
        return jsonify({"deals": [self._deal_v1(one) for one in page], "hasMore": more, "offset": offset})

    def pipelines_v1(self) -> Any:
        return jsonify([_pipeline_v1(one) for one in self.account.pipelines])

    def pipelines_of_deals_v1(self) -> Any:
        return jsonify({"results": [_pipeline_v1(one) for one in self.account.pipelines]})

    def _deal_v1(self, record: Record) -> dict[str, Any]:
        """Each property with its latest version; contacts and firms where asked for. Calculated ones are newer."""
        names = [name for name in record.properties if not name.startswith("hs_v2_")]
        values = {name: record.value(name) for name in (*names, "hs_lastmodifieddate", "createdate")}
        at = _milliseconds(record.updated_at)
        found: dict[str, Any] = {
            "portalId": self.account.portal_id,
            "dealId": int(record.id),
            "isDeleted": False,
            "properties": {
                name: {"value": value, "timestamp": at, "source": "CRM_UI", "sourceId": None}
                for name, value in values.items()
                if value is not None
            },
        }
        if request.args.get("includeAssociations", "").lower() == "true":
            found["associations"] = {
                "associatedVids": [int(one) for one in self.account.associated("deals", record.id, "contacts")],
                "associatedCompanyIds": [int(one) for one in self.account.associated("deals", record.id, "companies")],
                "associatedDealIds": [],
            }
        return found

    def _defined(self, kind: str) -> list[dict[str, Any]]:
        """Every kind of object has an id, also those of which this account knows nothing else."""
        kind = SINGULAR.get(kind, kind)
        return [ID, *(about for (of, _name), about in self.account.properties.items() if of == kind)]

    def _kind(self, name: str, way: str) -> str:
        return name if name in HAS_NONE else super()._kind(SINGULAR.get(name, name), way)

    def search(self, kind: str) -> Any:
        """One group of filters may also come without its group."""
        asked = request.get_json(silent=True)
        if "filters" in asked:
            asked["filterGroups"] = [{"filters": asked.pop("filters")}]
        return super().search(kind)

    def list(self, kind: str) -> Any:
        """As the stand-in does, without reading every record for each page."""
        kind = self._kind(kind, "read")
        names, history, beside = _names("properties"), _names("propertiesWithHistory"), _names("associations")
        archived = request.args.get("archived", "").lower() == "true"
        page, more = self._next(kind, _after_mark(), _limit(10, WITH_HISTORY if history else LISTED), archived)
        results = [self._seen(one, names, history, beside) for one in page]
        return jsonify(_page(results, page[-1].id if more else None))

    def _next(self, kind: str, after: int, limit: int, archived: bool = False) -> tuple[Page, bool]:
        """The page behind a mark, and whether there is one behind it. Records stand in the order of their ids."""
        records = [*self.account.records[kind].values()]
        behind = islice(records, bisect_right(records, after, key=lambda one: int(one.id)), None)
        found = [*islice((one for one in behind if (one.archived_at is not None) == archived), limit + 1)]
        return found[:limit], len(found) > limit


def _pipeline_v1(pipeline: dict[str, Any]) -> dict[str, Any]:
    stages = [
        {
            "stageId": one["id"],
            "label": one["label"],
            "displayOrder": one["displayOrder"],
            "probability": float(one["metadata"]["probability"]),
            "closedWon": one["metadata"]["probability"] == "1.0",
            "metadata": one["metadata"],
            "active": True,
        }
        for one in pipeline["stages"]
    ]
    at = _milliseconds(datetime.fromisoformat(pipeline["createdAt"]))
    return {
        "pipelineId": pipeline["id"],
        "label": pipeline["label"],
        "active": True,
        "displayOrder": 0,
        "createdAt": at,
        "updatedAt": at,
        "stages": stages,
    }


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
