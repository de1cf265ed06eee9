"""The adapter of one HubSpot account."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from crm_adapters.errors import AccessRefused, UnexpectedAnswer
from crm_adapters.hubspot.cursor import Cursor
from crm_adapters.hubspot.oauth import Authority
from crm_adapters.hubspot.pacing import Pace
from crm_adapters.hubspot.parse import (
    COMPANY_PROPERTIES,
    CONTACT_PROPERTIES,
    DEAL_PROPERTIES,
    MEETING_PROPERTIES,
    associated,
    company_of,
    contact_of,
    deal_of,
    instant_of,
    meeting_of,
    merged_into,
    milliseconds,
    owner_of,
    pipeline_of,
)
from crm_adapters.hubspot.paths import API_VERSION, HOST, Paths
from crm_adapters.hubspot.reading import BATCH, LISTED, WITH_HISTORY, Json, Read, Reader, Stream, next_mark
from crm_adapters.hubspot.touches import TOUCHES_OF_CONTACT, TOUCHES_OF_DEAL, touches_of
from crm_adapters.hubspot.transport import Transport
from crm_adapters.hubspot.webhooks import asker_of, told
from crm_adapters.hubspot.writing import Writer
from crm_adapters.port import (
    Abilities,
    Account,
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

DEALS = Stream("deals", (*DEAL_PROPERTIES, *TOUCHES_OF_DEAL), history=("dealstage",), beside=("contacts", "companies"))
MEETINGS = Stream("meetings", MEETING_PROPERTIES, beside=("deals",))
GROUPED = 500
# Seconds.
RENEWED_BEFORE = 120
ABILITIES = Abilities(
    lists_all=True,
    gives_changes=True,
    maps_stages=False,
    forgets_touches=True,
    writes_meetings=True,
    moves_deals=True,
)


@dataclass
class HubSpot:
    """``transport`` knows the access token. ``client_secret`` is the app's, by which HubSpot signs what it tells.

    ``persona`` is the contact's property that tells the persona. ``page_size`` is smaller than HubSpot's own in tests
    only.
    """

    transport: Transport
    paths: Paths = field(default_factory=Paths)
    persona: str = "jobtitle"
    page_size: int | None = None
    client_secret: str = ""
    account: str = ""
    authority: ClassVar[Authority] = Authority()

    @classmethod
    def from_settings(cls, settings: ConnectionSettings) -> HubSpot:
        """``token``: the access token; ``pace``: a file that the workers of this connection share."""
        values = settings.values
        if not values.get("token"):
            raise AccessRefused(f"the connection {settings.name!r} has no token: connect it anew")

        pace = Pace(Path(values["pace"]) if values.get("pace") else None)
        transport = Transport(values.get("host") or HOST, Token(settings).give, pace)
        return cls(
            transport,
            Paths(values.get("version") or API_VERSION),
            values.get("persona") or "jobtitle",
            int(values["page_size"]) if values.get("page_size") else None,
            values.get("client_secret", ""),
            values.get("account", ""),
        )

    @property
    def abilities(self) -> Abilities:
        return ABILITIES

    def whoami(self) -> Account:
        about = self.transport.read("GET", self.paths.account())
        if "portalId" not in about:
            raise UnexpectedAnswer("HubSpot does not say whose account this is")
        return Account(str(about["portalId"]), f"HubSpot account {about['portalId']}")

    def pipelines(self) -> tuple[Pipeline, ...]:
        answer = self.transport.read("GET", self.paths.pipelines("deals"))
        return tuple(pipeline_of(one) for one in answer["results"])

    def owners(self) -> tuple[Owner, ...]:
        return tuple(self._owners.values())

    def deals(self, cursor: str | None) -> Iterator[DealPage]:
        for read in self._grouped(self.reader.pages(DEALS, cursor)):
            yield self._deal_page(read)

    def deal(self, deal_id: str) -> DealPage | None:
        if not deal_id.isdecimal():
            return None
        beside = {kind: self.reader.associations(DEALS.kind, kind, [deal_id]) for kind in DEALS.beside}
        records = tuple(self.reader.batch(DEALS, [deal_id], beside))
        return self._deal_page(Read(records, Cursor.beginning(0))) if records else None

    def removals(self, cursor: str | None, known: Callable[[], AbstractSet[str]]) -> Iterator[Removal]:
        """Archived deals. Nothing else tells of them: archiving leaves the modification date as it is."""
        since = _since(cursor)
        after = ""
        while True:
            asked = {"archived": "true", "limit": LISTED, **({"after": after} if after else {})}
            answer = self.transport.read("GET", self.paths.objects("deals"), params=asked)
            for one in answer["results"]:
                archived = instant_of(one.get("archivedAt"))
                if archived is None or milliseconds(archived) >= since:
                    yield Removal(str(one["id"]))
            after = next_mark(answer)
            if not after:
                return

    def meetings(self, cursor: str | None) -> Iterator[MeetingPage]:
        for read in self.reader.pages(MEETINGS, cursor):
            found, faults = [], []
            for record in read.records:
                try:
                    found += [meeting_of(record, deal_id) for deal_id in associated(record, "deals")]
                except UnexpectedAnswer as error:
                    faults.append(Fault(f"meeting {record.get('id')}", str(error)))
            yield MeetingPage(tuple(found), str(read.cursor), tuple(faults), from_start=read.first)

    def write_meeting(self, meeting: HeldMeeting) -> str:
        return self._writer.write_meeting(meeting)

    def move_deal(self, deal_id: str, stage_id: str) -> str:
        return self._writer.move_deal(deal_id, stage_id)

    def closed(self) -> tuple[str, ...]:
        places = {kind: self.paths.objects(kind) for kind in ("deals", "contacts", "companies", "meetings")}
        found = []
        for what, path in (places | {"owners": self.paths.owners()}).items():
            try:
                self.transport.read("GET", path, params={"limit": 1})
            except AccessRefused:
                found.append(what)
        return tuple(found)

    def told(self, delivery: Delivery) -> tuple[Told, ...]:
        return told(delivery, self.client_secret, self.account)

    def asker(self, delivery: Delivery) -> str:
        return asker_of(delivery, self.client_secret, self.account)

    @property
    def calls_left(self) -> int | None:
        return self.transport.calls_left

    @cached_property
    def reader(self) -> Reader:
        return Reader(self.transport, self.paths, self._now, self.page_size)

    @cached_property
    def _writer(self) -> Writer:
        return Writer(self.transport, self.paths)

    @cached_property
    def _owners(self) -> dict[str, Owner]:
        """Those that left, too: their deals still bear their id."""
        found: dict[str, Owner] = {}
        for archived in ("false", "true"):
            after = ""
            while True:
                asked = {"limit": LISTED, "archived": archived, **({"after": after} if after else {})}
                answer = self.transport.read("GET", self.paths.owners(), params=asked)
                found |= {str(one["id"]): owner_of(one) for one in answer["results"]}
                after = next_mark(answer)
                if not after:
                    break
        return found

    def _grouped(self, reads: Iterator[Read]) -> Iterator[Read]:
        """Several of HubSpot's pages as one, so that the names of their people fill a request."""
        waiting: list[Read] = []
        for read in reads:
            waiting.append(read)
            records = [record for one in waiting for record in one.records]
            most = max(len({id_ for one in records for id_ in associated(one, kind)}) for kind in DEALS.beside)
            if self.page_size or len(records) >= GROUPED or most > BATCH - WITH_HISTORY:
                yield _joined(waiting)
                waiting = []
        if waiting:
            yield _joined(waiting)

    def _deal_page(self, read: Read) -> DealPage:
        contacts = self._named("contacts", (*CONTACT_PROPERTIES, *TOUCHES_OF_CONTACT, self.persona), read.records)
        companies = self._named("companies", COMPANY_PROPERTIES, read.records)
        deals, faults, unreadable = [], [], []
        for record in read.records:
            people = [contacts[one] for one in associated(record, "contacts") if one in contacts]
            firms = [companies[one] for one in associated(record, "companies") if one in companies]
            persona = next(
                (found for one in people if (found := (one.get("properties") or {}).get(self.persona))), None
            )
            company = company_of(firms[0]) if firms else None
            try:
                deal = deal_of(record, self._owners, map(contact_of, people), company, persona)
                deals.append(replace(deal, touches=touches_of(record, people)))
            except UnexpectedAnswer as error:
                faults.append(Fault(f"deal {record.get('id')}", str(error)))
                unreadable.append(str(record.get("id")))
        removals = tuple(one for record in read.records for one in merged_into(record))
        return DealPage(
            tuple(deals), str(read.cursor), tuple(unreadable), tuple(faults), from_start=read.first, removals=removals
        )

    def _named(self, kind: str, properties: tuple[str, ...], records: tuple[Json, ...]) -> dict[str, Json]:
        ids = [one for record in records for one in associated(record, kind)]
        return self.reader.named(kind, tuple(dict.fromkeys(properties)), ids) if ids else {}

    def _now(self) -> int:
        """HubSpot's own clock, as its latest answer told it: ours may be wrong."""
        if self.transport.server_time is None:
            self.whoami()
        return milliseconds(self.transport.server_time or datetime.now(UTC))


class Token:
    """The access token; one that runs out is renewed before it does, by its own date: a 401 may mean other things."""

    def __init__(self, settings: ConnectionSettings) -> None:
        self.settings, self.token = settings, settings.values["token"]
        self.ends = float(settings.values.get("expires_at") or "inf")

    def give(self, refused: bool) -> str:
        if self.settings.renew and (refused or time.time() > self.ends - RENEWED_BEFORE):
            self.token = self.settings.renew(self.token)
            # Whoever renewed it, it is new: its own date comes with the next connection.
            self.ends = time.time() + RENEWED_BEFORE + 60
        return self.token


def _joined(reads: list[Read]) -> Read:
    return Read(tuple(record for one in reads for record in one.records), reads[-1].cursor, reads[0].first)


def _since(cursor: str | None) -> int:
    read = Cursor.read(cursor) if cursor else None
    return read.window_from if read else 0
