"""Where a lead's changes of stage are read from: our add-on, where it is installed; else Odoo's change log, which only
an administrator may read; else nowhere, and then only where each lead stands now is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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

    def removed_stages(self, known: Sequence[int]) -> dict[int, str]:
        """Stages that only changes speak of, with the names that they had."""
        ...


def history_of(client: Client) -> History:
    """The best that our rights allow."""
    try:
        client.read("crm.lead", "parcours_about")
        return FromAddOn(client)
    except (NotSupported, UnexpectedAnswer):
        pass
    try:
        domain = [["model", "=", "crm.lead"], ["name", "in", list(TRACKED)]]
        fields = client.read("ir.model.fields", "search_read", domain=domain, fields=["name"])
        names = {int(one["id"]): str(one["name"]) for one in fields}
        client.read("mail.tracking.value", "search", domain=[["id", "<", 0]])
    except AccessRefused:
        return Untold()
    return FromChangeLog(client, names)


@dataclass(frozen=True)
class FromAddOn:
    client: Client
    is_whole: bool = True

    def of(self, leads: Sequence[int]) -> dict[int, list[Tracked]]:
        return _by_lead(self.client.read("crm.lead", "parcours_history", lead_ids=list(leads)))

    def removed_stages(self, known: Sequence[int]) -> dict[int, str]:
        rows = self.client.read("crm.lead", "parcours_removed_stages", known=list(known))
        return {int(one["id"]): str(one["name"]) for one in rows}


@dataclass(frozen=True)
class FromChangeLog:
    """``fields`` are the names of Odoo's fields by their ids there."""

    client: Client
    fields: Mapping[int, str]
    is_whole: bool = True

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
            }
            for row in rows
        )

    def removed_stages(self, known: Sequence[int]) -> dict[int, str]:
        stage = [id_ for id_, name in self.fields.items() if name == "stage_id"]
        found: dict[int, str] = {}
        for end in ("old", "new"):
            number, name = f"{end}_value_integer", f"{end}_value_char"
            domain = [["field_id", "in", stage], [number, "not in", [0, *known]], [number, "!=", False]]
            found |= {
                int(one[number]): str(one[name]) for one in self._all("mail.tracking.value", domain, [number, name])
            }
        return found

    def _all(self, model: str, domain: list[Any], fields: list[str]) -> list[Json]:
        asked: Json = {"domain": domain, "fields": fields, "order": "id", "load": None}
        found: list[Json] = self.client.read(model, "search_read", **asked)
        return found


@dataclass(frozen=True)
class Untold:
    is_whole: bool = False

    def of(self, _leads: Sequence[int]) -> dict[int, list[Tracked]]:
        return {}

    def removed_stages(self, _known: Sequence[int]) -> dict[int, str]:
        return {}


def _by_lead(rows: Any) -> dict[int, list[Tracked]]:
    tracked = sorted((Tracked.of(row) for row in rows), key=lambda one: (one.lead, one.id))
    return {lead: list(of) for lead, of in groupby(tracked, key=lambda one: one.lead)}
