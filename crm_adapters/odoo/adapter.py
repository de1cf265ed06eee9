"""The adapter of one Odoo database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from crm_adapters.errors import AccessRefused, NotSupported, RefusedByRules, UnexpectedAnswer
from crm_adapters.odoo.client import Client
from crm_adapters.odoo.cursor import Cursor
from crm_adapters.odoo.network import Guard, networks_of
from crm_adapters.odoo.parse import deal_of, meeting_of, owner_of, pipelines_of
from crm_adapters.odoo.reading import PAGE, LeadPage, Reader
from crm_adapters.odoo.webhooks import told
from crm_adapters.odoo.writing import Writer
from crm_adapters.port import (
    Abilities,
    Account,
    Authority,
    ConnectionSettings,
    DealPage,
    Delivery,
    Fault,
    HeldMeeting,
    MeetingPage,
    Owner,
    Pipeline,
    Removal,
    Told,
)

ABILITIES = Abilities(
    lists_all=True, gives_changes=True, hides=True, maps_stages=False, writes_meetings=True, moves_deals=True
)
ALL_LEADS = "sales_team.group_sale_salesman_all_leads"


@dataclass
class Odoo:
    """``secret`` is shared with our add-on there. ``page_size`` is smaller in tests only."""

    client: Client
    page_size: int = PAGE
    secret: str = ""
    authority: ClassVar[Authority | None] = None

    @classmethod
    def from_settings(cls, settings: ConnectionSettings) -> Odoo:
        """``address``, ``database``, ``login``, ``key``; ``networks`` are those of our own that may be reached."""
        values = settings.values
        if not values.get("key"):
            raise AccessRefused(f"the connection {settings.name!r} has no key: connect it anew")
        guard = Guard(networks_of(values.get("networks", "")))
        client = Client(values["address"], values["database"], values.get("login", ""), values["key"], guard)
        return cls(client, int(values.get("page_size") or PAGE), values.get("secret", ""))

    @property
    def abilities(self) -> Abilities:
        return ABILITIES

    def whoami(self) -> Account:
        """Raises NotSupported where it is too old, or has no CRM app."""
        major, minor = self.client.version
        about = self.client.read("res.users", "context_get")
        try:
            users = self.client.read("res.users", "read", ids=[int(about["uid"])], fields=["name"])
            name = str(users[0]["name"])
        except (KeyError, IndexError, TypeError) as error:
            raise UnexpectedAnswer("Odoo does not say who we are to it") from error
        try:
            self.client.read("crm.lead", "search", domain=[], limit=1)
        except NotSupported as error:
            raise NotSupported("this Odoo has no CRM app: install it there, then connect") from error
        return Account(self.client.database, f"{self.client.database} (Odoo {major}.{minor}, as {name})")

    def pipelines(self) -> tuple[Pipeline, ...]:
        return pipelines_of(self.reader.known)

    def owners(self) -> tuple[Owner, ...]:
        return tuple(owner_of(one) for one in self.reader.users.values())

    def deals(self, cursor: str | None) -> Iterator[DealPage]:
        begun = Cursor.read(cursor)
        first = begun is None
        for page in self.reader.leads(begun or Cursor()):
            yield self._deal_page(page, first)
            first = False

    def deal(self, deal_id: str) -> DealPage | None:
        page = self.reader.lead(int(deal_id)) if deal_id.isdecimal() else None
        return self._deal_page(page, first=False) if page and page.leads else None

    def removals(self, cursor: str | None, known: Callable[[], AbstractSet[str]]) -> Iterator[Removal]:
        """Odoo keeps no trace of what is deleted, or merged into another: what is not there any more is gone, unless it
        is only hidden from us."""
        ids = {int(one) for one in known() if one.isdecimal()}
        missing = ids - self.reader.visible_leads() if ids else set()
        for gone in self.reader.gone(missing):
            yield Removal(str(gone))

    def meetings(self, cursor: str | None) -> Iterator[MeetingPage]:
        begun = Cursor.read(cursor)
        first = begun is None
        for events, behind in self.reader.events(begun or Cursor()):
            found, faults = [], []
            for event in events:
                try:
                    found.append(meeting_of(event))
                except UnexpectedAnswer as error:
                    faults.append(Fault(f"meeting {event.get('id')}", str(error)))
            yield MeetingPage(tuple(found), str(behind), tuple(faults), from_start=first)
            first = False

    def write_meeting(self, meeting: HeldMeeting) -> str:
        return self._writer.write_meeting(meeting)

    def move_deal(self, deal_id: str, stage_id: str) -> str:
        return self._writer.move_deal(deal_id, stage_id)

    def closed(self) -> tuple[str, ...]:
        models = {"deals": "crm.lead", "contacts": "res.partner", "owners": "res.users", "meetings": "calendar.event"}
        found = []
        for what, model in models.items():
            try:
                self.client.read(model, "search", domain=[], limit=1)
            except (AccessRefused, NotSupported):
                found.append(what)
        if not self.reader.history.is_whole:
            found.append("history")
        if not self._sees_all():
            found.append("others_deals")
        return tuple(found)

    def set_up_add_on(self, address: str, connection: str, secret: str) -> bool:
        if not self.reader.has_add_on:
            return False
        try:
            self.client.write("crm.lead", "parcours_set_up", address=address, connection=connection, secret=secret)
        except (AccessRefused, RefusedByRules):
            return False
        return True

    def told(self, delivery: Delivery) -> tuple[Told, ...]:
        return told(delivery, self.secret)

    @property
    def calls_left(self) -> int | None:
        """Odoo counts no calls."""
        return None

    @cached_property
    def reader(self) -> Reader:
        return Reader(self.client, self.page_size)

    @cached_property
    def _writer(self) -> Writer:
        return Writer(self.client, self.reader)

    def _sees_all(self) -> bool:
        about = self.client.read("res.users", "context_get")
        return bool(self.client.read("res.users", "has_group", ids=[int(about["uid"])], group_ext_id=ALL_LEADS))

    def _deal_page(self, page: LeadPage, first: bool) -> DealPage:
        deals, faults, unreadable = [], [], []
        for lead in page.leads:
            rows = page.history.get(int(lead["id"]), [])
            try:
                deals.append(deal_of(lead, rows, page.partners, self.reader.users, self.reader.known))
            except UnexpectedAnswer as error:
                faults.append(Fault(f"opportunity {lead.get('id')}", str(error)))
                unreadable.append(str(lead["id"]))
        return DealPage(tuple(deals), str(page.cursor), tuple(unreadable), tuple(faults), from_start=first)
