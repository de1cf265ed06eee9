"""HubSpot's webhooks: what an account tells of goes to one address, in batches, again and again until it is taken."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from typing import Any

import requests

from tests.fakes.hubspot.account import Account

MOST_EVENTS = 100
MOST_AT_ONCE = 10
RETRIES = 10
SECONDS = 5.0
# Those that HubSpot writes out in the address before it signs it; all others stay as they are.
SIGNED_PLAINLY = ":/?@!$'()*,;"

Event = dict[str, Any]


@dataclass(frozen=True)
class Attempt:
    """One request. ``number`` counts from 0; ``status`` is None where no answer came."""

    number: int
    events: int
    status: int | None
    seconds: float


@dataclass
class Sender:
    """``address`` is the one that the app has at HubSpot, and that is signed; ``by_way_of`` is where it leads, where a
    proxy stands in between. Chance is ``random``'s alone.

    ``subscribed``: the types that are told, with the property where it is a property's change ("deal.propertyChange
    dealstage"); all without it. ``duplicates``: of so many events in a hundred a second
    telling goes along. ``strays``: to so many in a hundred one is added that is none of ours: of another account,
    or of a type that nobody knows. HubSpot waits for up to a day between two attempts; here ``before_retry`` (with
    the number of the attempt) is all that happens.
    """

    account: Account
    address: str
    secret: str
    by_way_of: str = ""
    random: Random = field(default_factory=lambda: Random(1))
    subscribed: Collection[str] | None = None
    duplicates: int = 0
    strays: int = 0
    shuffled: bool = False
    batch: int = MOST_EVENTS
    at_once: int = 1
    seconds: float = SECONDS
    before_retry: Callable[[int], None] = lambda _number: None
    attempts: list[Attempt] = field(default_factory=list)
    given_up: list[Event] = field(default_factory=list)
    _told: int = 0

    def tell(self) -> list[Event]:
        """Deliver what happened since the last time; returns those events of it that were told, each once."""
        new = [one for one in self.account.events[self._told :] if self._wants(one)]
        self._told = len(self.account.events)
        self.deliver(self._disturbed(new))
        return new

    def forget(self) -> None:
        """What happened so far is told to nobody."""
        self._told = len(self.account.events)

    def deliver(self, events: Sequence[Event]) -> None:
        """These events as they are. A batch that is not taken comes again, behind all others, ten times at most."""
        waiting = [list(events[start : start + self.batch]) for start in range(0, len(events), self.batch)]
        for number in range(RETRIES + 1):
            if number and waiting:
                self.before_retry(number)
            with ThreadPoolExecutor(self.at_once) as pool:
                taken = list(pool.map(lambda events, number=number: self._attempt(number, events), waiting))
            waiting = [batch for batch, was in zip(waiting, taken, strict=True) if not was]
        self.given_up += [one for batch in waiting for one in batch]

    def _wants(self, event: Event) -> bool:
        name = f"{event['subscriptionType']} {event.get('propertyName', '')}".rstrip()
        return self.subscribed is None or name in self.subscribed

    def _disturbed(self, events: Sequence[Event]) -> list[Event]:
        told: list[Event] = []
        for one in events:
            told += [one] * (2 if self._happens(self.duplicates) else 1)
            told += [self._stray(one)] if self._happens(self.strays) else []
        if self.shuffled:
            self.random.shuffle(told)
        return told

    def _happens(self, of_a_hundred: int) -> bool:
        return self.random.randrange(100) < of_a_hundred

    def _stray(self, event: Event) -> Event:
        """Ids are taken from an event of ours: nothing but account and type tell that it is none."""
        foreign = {"portalId": self.account.portal_id + 1}
        unheard = {"subscriptionType": "conversation.whispered", "messageId": "m-1", "changeFlag": "NEW_MESSAGE"}
        return {**event, **self.random.choice([foreign, unheard])}

    def _attempt(self, number: int, events: Sequence[Event]) -> bool:
        body = json.dumps([{**one, "attemptNumber": number} for one in events]).encode()
        began = time.monotonic()
        try:
            status = requests.post(
                self.by_way_of or self.address,
                body,
                headers={"Content-Type": "application/json", **self._signatures(body)},
                timeout=self.seconds,
                allow_redirects=False,
            ).status_code
        except requests.RequestException:
            status = None
        self.attempts.append(Attempt(number, len(events), status, time.monotonic() - began))
        return status is not None and status < 300

    def _signatures(self, body: bytes) -> dict[str, str]:
        """The newest one and the oldest: deliveries have both."""
        timestamp = str(int(self.account.clock().timestamp() * 1000))
        signed = b"POST" + signed_address(self.address).encode() + body + timestamp.encode()
        digest = hmac.new(self.secret.encode(), signed, hashlib.sha256).digest()
        return {
            "X-HubSpot-Request-Timestamp": timestamp,
            "X-HubSpot-Signature-v3": base64.b64encode(digest).decode(),
            "X-HubSpot-Signature": hashlib.sha256(self.secret.encode() + body).hexdigest(),
            "X-HubSpot-Signature-Version": "v1",
        }


def signed_address(address: str) -> str:
    for sign in SIGNED_PLAINLY:
        code = f"%{ord(sign):02X}"
        address = address.replace(code, sign).replace(code.lower(), sign)
    return address
