"""Leads with all that they refer to, and calendar events: pages in the order of their ids."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from crm_adapters.errors import AccessRefused, NotSupported, UnexpectedAnswer
from crm_adapters.odoo.client import Client
from crm_adapters.odoo.cursor import Cursor
from crm_adapters.odoo.history import FromAddOn, History, history_of
from crm_adapters.odoo.parse import (
    EVENT_FIELDS,
    LEAD_FIELDS,
    PARTNER_FIELDS,
    STAGE_FIELDS,
    USER_FIELDS,
    Known,
    Tracked,
    written,
)

Json = dict[str, Any]
Domain = list[Any]

PAGE = 1_000
TEAMS_SINCE = (19, 0)
# Archived records are part of the truth: a lost lead is one.
EVERYTHING = {"active_test": False}
OPPORTUNITIES: Domain = [["type", "=", "opportunity"]]
EVENTS: Domain = [["opportunity_id", "!=", False]]
# A customer or a salesperson who is renamed leaves the lead as it was.
LEAD_CHANGES = (
    *("write_date", "partner_id.write_date", "partner_id.commercial_partner_id.write_date"),
    "user_id.partner_id.write_date",
)
EVENT_CHANGES = ("write_date",)
# What leads name by id.
NAMED = (
    *(("res.currency", "company_currency"), ("utm.source", "source_id")),
    *(("utm.medium", "medium_id"), ("utm.campaign", "campaign_id")),
)


@dataclass(frozen=True)
class LeadPage:
    leads: list[Json]
    history: dict[int, list[Tracked]]
    partners: dict[int, Json]
    cursor: Cursor


@dataclass
class Reader:
    """``page_size`` is smaller in tests only; there, too, an add-on that is installed is sometimes not used."""

    client: Client
    page_size: int = PAGE
    uses_add_on: bool = True
    _names: dict[str, dict[int, str]] = field(default_factory=dict)

    def leads(self, cursor: Cursor) -> Iterator[LeadPage]:
        for leads, behind in self._pages("crm.lead", OPPORTUNITIES, LEAD_FIELDS, LEAD_CHANGES, cursor):
            yield self._page(leads, behind)

    def lead(self, lead_id: int) -> LeadPage:
        """The page that has this one only, if there is such an opportunity."""
        return self._page(self._read("crm.lead", [*OPPORTUNITIES, ["id", "=", lead_id]], LEAD_FIELDS), Cursor())

    def _page(self, leads: list[Json], behind: Cursor) -> LeadPage:
        self._learn(leads)
        ids = [int(one["id"]) for one in leads]
        return LeadPage(leads, self.history.of(ids) if ids else {}, self._partners(leads), behind)

    def events(self, cursor: Cursor) -> Iterator[tuple[list[Json], Cursor]]:
        yield from self._pages("calendar.event", EVENTS, EVENT_FIELDS, EVENT_CHANGES, cursor)

    def visible_leads(self) -> set[int]:
        return set(self.client.read("crm.lead", "search", domain=OPPORTUNITIES, context=EVERYTHING))

    def gone(self, ids: Collection[int]) -> list[int]:
        """Which of these leads exist no more. One that exists and is hidden from us is not gone."""
        wanted = sorted(ids)
        if not wanted:
            return []
        try:
            return [int(one) for one in self.client.read("crm.lead", "parcours_gone", ids=None, lead_ids=wanted)]
        except (NotSupported, UnexpectedAnswer):
            return self._unreadable(wanted)

    def _unreadable(self, ids: Sequence[int]) -> list[int]:
        """A read leaves out what is deleted, and refuses whole where anything is hidden."""
        try:
            # Asked for nothing but the id, Odoo would give back what it was given.
            there = {int(one["id"]) for one in self.client.read("crm.lead", "read", ids=list(ids), fields=["name"])}
        except AccessRefused:
            if len(ids) == 1:
                return []
            half = len(ids) // 2
            return [*self._unreadable(ids[:half]), *self._unreadable(ids[half:])]
        return [one for one in ids if one not in there]

    @cached_property
    def history(self) -> History:
        return history_of(self.client, list(self._present_stages), self.uses_add_on)

    @property
    def has_add_on(self) -> bool:
        return isinstance(self.history, FromAddOn)

    @cached_property
    def known(self) -> Known:
        stages = self._stages()
        return Known(
            stages,
            {int(one["id"]): str(one["name"]) for one in self._all("crm.lost.reason", ["name"])},
            self._names.setdefault("res.currency", {}),
            self._names.setdefault("utm.source", {}),
            self._own_pipelines(stages),
            self._names.setdefault("utm.medium", {}),
            self._names.setdefault("utm.campaign", {}),
            self._word_for_lost(),
        )

    def now(self) -> datetime:
        """Odoo's clock."""
        if self.client.server_time is None:
            self.client.read("res.users", "context_get")
        if self.client.server_time is None:
            raise UnexpectedAnswer("Odoo's answers bear no date")
        return self.client.server_time

    def _pages(
        self, model: str, domain: Domain, fields: Sequence[str], changes: Sequence[str], cursor: Cursor
    ) -> Iterator[tuple[list[Json], Cursor]]:
        cursor = cursor.opened(self.now())
        while cursor.began:
            wanted = [*domain, *_changed(changes, cursor.changed_from), ["id", ">", cursor.record]]
            found = self._read(model, wanted, fields, self.page_size)
            if found and int(found[-1]["id"]) <= cursor.record:
                raise UnexpectedAnswer("Odoo's list leads back to where it began")
            more = len(found) == self.page_size
            cursor = cursor.behind(int(found[-1]["id"])) if more else cursor.closed()
            yield found, cursor

    def _read(self, model: str, domain: Domain, fields: Sequence[str], limit: int | None = None) -> list[Json]:
        asked: Json = {"domain": domain, "fields": list(fields), "order": "id", "load": None, "context": EVERYTHING}
        asked |= {"limit": limit} if limit else {}
        found: list[Json] = self.client.read(model, "search_read", **asked)
        return found

    def _all(self, model: str, fields: Sequence[str]) -> list[Json]:
        try:
            return self._read(model, [], fields)
        except (AccessRefused, NotSupported):
            return []

    @cached_property
    def _present_stages(self) -> dict[int, Json]:
        team = self._team_field()
        found = self._read("crm.stage", [], [*STAGE_FIELDS, team])
        return {int(one["id"]): {**one, "teams": _teams(one[team])} for one in found}

    def _stages(self) -> dict[int, Json]:
        """Those that are no more come last: nobody says any more what they were."""
        former = self.history.former_stages.items()
        gone = {id_: {"id": id_, "name": name, "sequence": 10**6, "is_won": False, "teams": []} for id_, name in former}
        return gone | self._present_stages

    def _team_field(self) -> str:
        """A stage belonged to one team or to all before it could belong to several."""
        if self.client.version >= TEAMS_SINCE:
            return "team_ids"
        about = self.client.read("crm.stage", "fields_get", allfields=["team_ids", "team_id"], attributes=["type"])
        return "team_ids" if "team_ids" in about else "team_id"

    def _own_pipelines(self, stages: dict[int, Json]) -> dict[int, str]:
        teams = sorted({team for one in stages.values() for team in one["teams"]})
        found = self._read("crm.team", [["id", "in", teams]], ["name"]) if teams else []
        return {int(one["id"]): str(one["name"]) for one in found}

    @cached_property
    def users(self) -> dict[int, Json]:
        try:
            found = self._read("res.users", [["share", "=", False]], USER_FIELDS)
        except AccessRefused:
            return {}
        return {int(one["id"]): one for one in found}

    def _word_for_lost(self) -> str:
        about = self.client.read("crm.lead", "fields_get", allfields=["won_status"], attributes=["selection"])
        words = dict((about.get("won_status") or {}).get("selection") or ())
        return str(words.get("lost") or "Lost")

    def _learn(self, leads: Sequence[Json]) -> None:
        """The names of currencies, sources and the like that these leads are the first to mention."""
        for model, name in NAMED:
            names = self._names.setdefault(model, {})
            new = sorted({int(one[name]) for one in leads if one.get(name)} - names.keys())
            if new:
                names |= {int(one["id"]): str(one["name"]) for one in self._named(model, new)}

    def _named(self, model: str, ids: list[int]) -> list[Json]:
        try:
            return self._read(model, [["id", "in", ids]], ["name"])
        except AccessRefused:
            return []

    def _partners(self, leads: Sequence[Json]) -> dict[int, Json]:
        """The customers of these leads and the companies above them; none where we may not see them."""
        found: dict[int, Json] = {}
        wanted = {int(one["partner_id"]) for one in leads if one["partner_id"]}
        for _ in range(2):
            new = sorted(wanted - found.keys())
            try:
                rows = self._read("res.partner", [["id", "in", new]], PARTNER_FIELDS) if new else []
            except AccessRefused:
                return found
            found |= {int(one["id"]): one for one in rows}
            wanted = {int(one["commercial_partner_id"]) for one in rows if one["commercial_partner_id"]}
        return found


def _changed(fields: Sequence[str], since: datetime | None) -> Domain:
    if since is None:
        return []
    return [*["|"] * (len(fields) - 1), *([name, ">=", written(since)] for name in fields)]


def _teams(found: Any) -> list[int]:
    """Several teams since Odoo 19, one or none before."""
    return [int(one) for one in found] if isinstance(found, list) else [int(found)] if found else []
