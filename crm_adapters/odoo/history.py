"""Where a lead's changes of stage are read from: our add-on, where it is installed; else Odoo's change log, which only
an administrator may read; else nowhere, and then only where each lead stands now is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import Any, Protocol

from crm_adapters.errors import AccessRefused, NotSupported, UnexpectedAnswer
from crm_adapters.odoo.client import Client
from crm_adapters.odoo.parse import TRACKED, Tracked

Json = dict[str, Any]


class History(Protocol):
    @property
    def is_whole(self) -> bool:
        """Whether the stages before the present one are told."""
        ...

    def of(self, leads: Sequence[int]) -> dict[int, list[Tracked]]:
        """The changes of these leads, by lead."""
        ...

    @property
    def former_stages(self) -> Mapping[int, str]:
        """Stages of which only changes speak, with the names that they had."""
        ...


def history_of(client: Client, stages: Sequence[int], try_add_on: bool = True) -> History:
    """The best that our rights allow. ``stages`` are those that Odoo has now."""
    try:
        if try_add_on:
            rows = client.read("crm.lead", "parcours_removed_stages", known=list(stages))
            return FromAddOn(client, {int(one["id"]): str(one["name"]) for one in rows})
    except (NotSupported, UnexpectedAnswer):
        pass
    try:
        return FromChangeLog(client, _former_stages(client, stages))
    except AccessRefused:
        return Untold()


@dataclass(frozen=True)
class FromAddOn:
    client: Client
    former_stages: Mapping[int, str]
    is_whole: bool = True

    def of(self, leads: Sequence[int]) -> dict[int, list[Tracked]]:
        return _by_lead(self.client.read("crm.lead", "parcours_history", lead_ids=list(leads)))


@dataclass(frozen=True)
class FromChangeLog:
    client: Client
    former_stages: Mapping[int, str]
    is_whole: bool = True

    @cached_property
    def fields(self) -> dict[int, str]:
        """The names of Odoo's fields by their ids there."""
        domain = [["model", "=", "crm.lead"], ["name", "in", list(TRACKED)]]
        found = self.client.read("ir.model.fields", "search_read", domain=domain, fields=["name"])
        return {int(one["id"]): str(one["name"]) for one in found}

    def of(self, leads: Sequence[int]) -> dict[int, list[Tracked]]:
        domain = [["model", "=", "crm.lead"], ["res_id", "in", list(leads)], ["tracking_value_ids", "!=", False]]
        messages = self._all("mail.message", domain, ["res_id"])
        lead_of = {int(one["id"]): int(one["res_id"]) for one in messages}
        domain = [["mail_message_id", "in", list(lead_of)], ["field_id", "in", list(self.fields)]]
        wanted = ["field_id", "old_value_integer", "new_value_integer", "create_date", "create_uid", "mail_message_id"]
        rows = self._all("mail.tracking.value", domain, wanted) if lead_of else []
        return _by_lead(
            {
                "id": row["id"],
                "lead": lead_of[int(row["mail_message_id"])],
                "field": self.fields[int(row["field_id"])],
                "old": row["old_value_integer"],
                "new": row["new_value_integer"],
                "at": row["create_date"],
                "uid": row["create_uid"],
                "message": row["mail_message_id"],
            }
            for row in rows
        )

    def _all(self, model: str, domain: list[Any], fields: list[str]) -> list[Json]:
        asked: Json = {"domain": domain, "fields": fields, "order": "id", "load": None}
        found: list[Json] = self.client.read(model, "search_read", **asked)
        return found


@dataclass(frozen=True)
class Untold:
    is_whole: bool = False
    former_stages: Mapping[int, str] = field(default_factory=dict)

    def of(self, _leads: Sequence[int]) -> dict[int, list[Tracked]]:
        return {}


def _former_stages(client: Client, stages: Sequence[int]) -> dict[int, str]:
    either = [[f"{end}_value_integer", "not in", [0, *stages]] for end in ("old", "new")]
    domain = [["field_id.model", "=", "crm.lead"], ["field_id.name", "=", "stage_id"], "|", *either]
    fields = [f"{end}_value_{kind}" for end in ("old", "new") for kind in ("integer", "char")]
    rows = client.read("mail.tracking.value", "search_read", domain=domain, fields=fields, order="id", load=None)
    ends = [(one[f"{end}_value_integer"], one[f"{end}_value_char"]) for one in rows for end in ("old", "new")]
    return {int(id_): str(name) for id_, name in ends if id_ and id_ not in stages}


def _by_lead(rows: Any) -> dict[int, list[Tracked]]:
    tracked = sorted((Tracked.of(row) for row in rows), key=lambda one: (one.lead, one.id))
    return {lead: list(of) for lead, of in groupby(tracked, key=lambda one: one.lead)}
