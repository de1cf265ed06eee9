"""What Parcours needs from a CRM, in our words.

Every adapter gives frozen records of these shapes; ``tests/adapters`` holds the one contract suite that all pass.
Instants are aware ``datetime`` values; ids and cursors are opaque strings of the CRM's own.
A cursor names a place that has been read *whole*: whoever stores it together with its page may be killed at any
moment and goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, runtime_checkable


class StageOutcome(StrEnum):
    OPEN = "open"
    WON = "won"
    LOST = "lost"


class ActorKind(StrEnum):
    PERSON = "person"
    AUTOMATION = "automation"
    IMPORT = "import"


class MeetingState(StrEnum):
    PLANNED = "planned"
    HELD = "held"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Account:
    """Who we are to the CRM: shown to the admin after connecting."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class CrmStage:
    """A stage as the CRM names it. ``buyer_stage`` is a proposal of the source, None where it has none."""

    id: str
    label: str
    position: int
    outcome: StageOutcome
    buyer_stage: str | None = None


@dataclass(frozen=True, slots=True)
class Pipeline:
    id: str
    label: str
    stages: tuple[CrmStage, ...]


@dataclass(frozen=True, slots=True)
class Owner:
    """A salesperson as the CRM knows them."""

    id: str
    name: str
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    id: str
    name: str
    email: str | None = None


@dataclass(frozen=True, slots=True)
class StageChange:
    """One stage move. ``id`` is unique within the deal and the same each time; ``at`` None is an unknown start."""

    id: str
    stage_id: str
    at: datetime | None
    actor_kind: ActorKind
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class Touch:
    """Marketing and a buyer met. ``id`` is unique within the deal and the same each time; ``at`` None: not dated.

    ``channel`` is the road (e-mail, a fair), ``source`` what of it (a search engine, a partner), ``kind`` what the
    buyer did, ``touchpoint`` where. ``contact_id`` is the one of the deal's people who was met, where that is known.
    """

    id: str
    channel: str
    at: datetime | None = None
    source: str | None = None
    campaign: str | None = None
    touchpoint: str | None = None
    kind: str | None = None
    contact_id: str | None = None


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal with its *whole* stage history, in the order in which the source lists it."""

    id: str
    name: str
    pipeline_id: str
    moves: tuple[StageChange, ...]
    owner: Owner | None = None
    company: str | None = None
    contacts: tuple[Contact, ...] = ()
    amount: Decimal | None = None
    currency: str | None = None
    source: str | None = None
    persona: str | None = None
    created_at: datetime | None = None
    touches: tuple[Touch, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """Something that the buyer said in a meeting: it answers a canvas question (1-10) or is a stage's exit evidence."""

    said_by: str
    text: str
    canvas_question: int | None = None
    evidence: str | None = None


def with_stages_of_moves(pipelines: Iterable[Pipeline], deals: Iterable[Deal]) -> tuple[Pipeline, ...]:
    """The pipelines, with the stages and pipelines that only deals speak of: nobody has said yet what they mean."""
    complete = {one.id: (one.label, {stage.id: stage for stage in one.stages}) for one in pipelines}
    listed = {id_ for _, stages in complete.values() for id_ in stages}
    for deal in deals:
        _, stages = complete.setdefault(deal.pipeline_id, (deal.pipeline_id, {}))
        for move in deal.moves:
            if move.stage_id not in stages and move.stage_id not in listed:
                last = max((stage.position for stage in stages.values()), default=0)
                stages[move.stage_id] = CrmStage(move.stage_id, move.stage_id, last + 1, StageOutcome.OPEN)
    return tuple(Pipeline(id_, label, tuple(stages.values())) for id_, (label, stages) in complete.items())


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting of the CRM's calendar. ``template`` names one of our meeting templates where the source says so."""

    id: str
    deal_id: str
    starts_at: datetime
    minutes: int
    state: MeetingState
    title: str = ""
    template: str | None = None
    felt: str | None = None
    effect: str | None = None
    words: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """Something of the source that could not be read; everything around it was. ``line`` counts from 1."""

    place: str
    message: str
    line: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        at = f"{self.place}:{self.line}" if self.line else self.place
        return f"{at}: {self.column}: {self.message}" if self.column else f"{at}: {self.message}"


@dataclass(frozen=True, slots=True)
class Removal:
    """A deal that the CRM says is deleted, or merged into another."""

    deal_id: str
    merged_into: str | None = None


@dataclass(frozen=True, slots=True)
class DealPage:
    """Some deals and the cursor behind them.

    ``unreadable`` are ids that exist but could not be read: they are not gone. ``removals`` are deals that were merged
    into those of the page. ``total`` is how many deals the whole pass gives, where known. ``from_start`` is set on the
    first page of a pass over everything, also where the adapter had to begin again because its source had changed under
    the cursor.
    """

    deals: tuple[Deal, ...]
    cursor: str
    unreadable: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    total: int | None = None
    from_start: bool = False
    removals: tuple[Removal, ...] = ()


@dataclass(frozen=True, slots=True)
class MeetingPage:
    """Some meetings and the cursor behind them; ``from_start`` as in ``DealPage``."""

    meetings: tuple[Meeting, ...]
    cursor: str
    faults: tuple[Fault, ...] = ()
    total: int | None = None
    from_start: bool = False


@dataclass(frozen=True, slots=True)
class HeldMeeting:
    """A logged meeting on its way to the CRM. ``key`` is our idempotency key: one key, one meeting, for ever.

    ``crm_id`` is the meeting of the CRM's calendar that this was, where there is one. ``body`` is plain text.
    """

    key: str
    deal_id: str
    starts_at: datetime
    minutes: int
    title: str
    body: str
    owner_id: str | None = None
    state: MeetingState = MeetingState.HELD
    contact_ids: tuple[str, ...] = ()
    crm_id: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A request by which a CRM tells us something. ``address`` is what it called, as it stood on the wire; the names of
    ``headers`` are in small letters."""

    method: str
    address: str
    body: bytes
    headers: Mapping[str, str]
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that a CRM told us: a hint that ``record`` is worth reading again. ``key`` is the same each time that
    it is told. ``erases``: everything about that person must go."""

    key: str
    what: str
    record: str
    erases: bool = False


@dataclass(frozen=True, slots=True)
class Abilities:
    """What an adapter can do. ``lists_all``: ``deals(None)`` gives every deal that exists, so one not seen is gone.

    ``hides``: what exists may be hidden from us, so one not seen is gone only where ``removals`` tells so.
    ``gives_changes``: behind a cursor come only the deals that changed since, and ``removals`` tells what is gone.
    ``maps_stages``: the source itself says which buyer stage each of its stages means. ``forgets_touches``: of a
    person's touches it tells a few only, so one that it no longer tells has happened all the same. What can't be done
    raises NotSupported.
    """

    lists_all: bool = True
    gives_changes: bool = False
    hides: bool = False
    maps_stages: bool = True
    forgets_touches: bool = False
    writes_meetings: bool = False
    moves_deals: bool = False


@runtime_checkable
class CrmAdapter(Protocol):
    """One connection to one CRM. Every method may raise the errors of ``crm_adapters.errors``."""

    @property
    def abilities(self) -> Abilities: ...

    def whoami(self) -> Account: ...

    def pipelines(self) -> tuple[Pipeline, ...]: ...

    def owners(self) -> tuple[Owner, ...]: ...

    def deals(self, cursor: str | None) -> Iterator[DealPage]:
        """Pages of deals changed since ``cursor``; from the beginning where it is None.

        An adapter whose source changed so much that the cursor means nothing any more starts from the beginning.
        """
        ...

    def removals(self, cursor: str | None, known: Callable[[], AbstractSet[str]]) -> Iterator[Removal]:
        """Deals that are gone since ``cursor``, which is one of ``deals``. ``known()`` are the ids of those that the
        caller has, for a CRM that keeps no trace of what is gone."""
        ...

    def meetings(self, cursor: str | None) -> Iterator[MeetingPage]: ...

    def write_meeting(self, meeting: HeldMeeting) -> str:
        """Find or write the meeting under its key; the CRM's id of it. Called twice, it writes once; what differs from
        last time is brought up to date.

        Raises RecordGone where there is no such deal, or no longer; OutcomeUnknown where the write may have happened:
        then call it again.
        """
        ...

    def move_deal(self, deal_id: str, stage_id: str) -> str:
        """Move the deal, where it is not there already; the id of the ``StageChange`` that this is in its history, by
        which our own write is known when it comes back.

        Raises RecordGone and OutcomeUnknown as ``write_meeting`` does, RefusedByRules where the CRM forbids the move.
        """
        ...

    def closed(self) -> tuple[str, ...]:
        """What of ``deals``, ``contacts``, ``companies``, ``owners`` and ``meetings`` our rights do not reach."""
        ...

    def told(self, delivery: Delivery) -> tuple[Told, ...]:
        """What a delivery tells; what it says of other accounts is left out. Raises AccessRefused where it is not the
        CRM's own, UnexpectedAnswer where it can't be read."""
        ...

    @property
    def calls_left(self) -> int | None:
        """How many calls the CRM still allows today, as far as its latest answer told."""
        ...


@runtime_checkable
class GivesOneDeal(Protocol):
    """An adapter that can read a single deal ahead of all others."""

    def deal(self, deal_id: str) -> DealPage | None:
        """A page with this deal as it is now, whose cursor means nothing; None where there is none for us."""
        ...


@runtime_checkable
class VouchesForPeople(Protocol):
    """An adapter of a CRM that says, in a request which it signs, which of its people asks."""

    def asker(self, delivery: Delivery) -> str:
        """Their e-mail. What they ask about is not vouched for. Raises AccessRefused where the request is not the
        CRM's own, or of another account."""
        ...


@runtime_checkable
class HasAddOn(Protocol):
    """An adapter of a CRM in which an add-on of ours may be installed."""

    def set_up_add_on(self, address: str, connection: str, secret: str) -> bool:
        """Tell the add-on where we are and what we share; False where it is not there or we may not."""
        ...


@dataclass(frozen=True, slots=True)
class App:
    """Our app as a CRM knows it."""

    client_id: str
    client_secret: str


class Authority(Protocol):
    """A CRM's OAuth 2, for adapters that have one (their class names it ``authority``).

    Tokens are ``token``, ``refresh_token`` and ``expires_at`` (seconds since 1970). Every method but the first may
    raise AccessRefused and TryLater.
    """

    def address(self, app: App, redirect: str, state: str, verifier: str) -> str:
        """Where a person goes to allow the app; ``verifier`` is the secret of PKCE."""
        ...

    def grant(self, app: App, redirect: str, code: str, verifier: str) -> dict[str, str]:
        """The tokens for the code that the person brought back."""
        ...

    def renew(self, app: App, refresh_token: str) -> dict[str, str]:
        """New tokens for old."""
        ...

    def revoke(self, app: App, refresh_token: str) -> None:
        """The CRM forgets that it allowed us."""
        ...


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """What an adapter is made from: plain values, as stored with the connection.

    ``renew`` gives another token in place of one that ran out: once, however many workers ask.
    """

    name: str
    values: dict[str, str] = field(default_factory=dict)
    renew: Callable[[str], str] | None = None
