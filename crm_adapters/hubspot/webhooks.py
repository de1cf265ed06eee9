"""What HubSpot sends us by itself, webhooks and cards: whether it is from HubSpot, and what it says. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from crm_adapters.errors import AccessRefused, UnexpectedAnswer
from crm_adapters.hubspot.parse import instant_of
from crm_adapters.port import Delivery, Told

FRESH = timedelta(minutes=5)
MOST_EVENTS = 1_000
# HubSpot signs the address with these, and only these, written out.
WRITTEN_OUT = {
    "%3A": ":",
    "%2F": "/",
    "%3F": "?",
    "%40": "@",
    "%21": "!",
    "%24": "$",
    "%27": "'",
    "%28": "(",
    "%29": ")",
    "%2A": "*",
    "%2C": ",",
    "%3B": ";",
}
_WRITTEN_OUT = re.compile("|".join(WRITTEN_OUT), re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Event:
    """``what`` is HubSpot's word (``deal.propertyChange``), ``record`` the id that it is about, ``key`` a digest of it
    all: HubSpot says that its own event ids are not unique."""

    account: str
    what: str
    record: str
    key: str

    @property
    def erases(self) -> bool:
        return self.what == "contact.privacyDeletion"


def told(delivery: Delivery, secret: str, account: str) -> tuple[Told, ...]:
    """What HubSpot tells of this account."""
    _check_signature(delivery, secret)
    try:
        events = events_of(delivery.body)
    except ValueError as error:
        raise UnexpectedAnswer("HubSpot's events can't be read") from error
    return tuple(Told(one.key, one.what, one.record, one.erases) for one in events if one.account == account)


def asker_of(delivery: Delivery, secret: str, account: str) -> str:
    """The e-mail of the person for whom a card asks: HubSpot writes it into the address before it signs."""
    _check_signature(delivery, secret)
    named = parse_qs(urlsplit(delivery.address).query)
    # What is there twice was there before HubSpot wrote its own.
    said = {name: named.get(name, []) for name in ("portalId", "userEmail")}
    if said["portalId"] != [account] or len(said["userEmail"]) != 1:
        raise AccessRefused("this is of another account, or of nobody")
    return said["userEmail"][0].lower()


def _check_signature(delivery: Delivery, secret: str) -> None:
    headers = delivery.headers
    timestamp = headers.get("x-hubspot-request-timestamp", "")
    signature = headers.get("x-hubspot-signature-v3", "")
    signed = is_signed(
        secret, delivery.method, delivery.address, delivery.body, timestamp, signature, delivery.received_at
    )
    if not secret or not signed:
        raise AccessRefused("this is not signed by HubSpot with the app's secret, or it is too old")


def is_signed(
    secret: str, method: str, address: str, body: bytes, timestamp: str, signature: str, now: datetime
) -> bool:
    """Signature v3 (HMAC-SHA256 of method, address, body and timestamp), within five minutes of now either way.

    ``address`` is what HubSpot called, as it stood on the wire.
    """
    try:
        sent = instant_of(timestamp)
    except UnexpectedAnswer:
        return False
    if sent is None or abs(now - sent) > FRESH:
        return False
    signed = method.encode() + written_out(address).encode() + body + timestamp.encode()
    ours = base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest())
    return hmac.compare_digest(ours, signature.encode("utf-8", "replace"))


def written_out(address: str) -> str:
    return _WRITTEN_OUT.sub(lambda found: WRITTEN_OUT[found.group().upper()], address)


def events_of(body: bytes) -> tuple[Event, ...]:
    """What the body tells of; items that say nothing readable are left out. ValueError where it is no list."""
    items = json.loads(body)
    if not isinstance(items, list):
        raise ValueError("a list of events is expected")
    return tuple(event for one in items[:MOST_EVENTS] if isinstance(one, dict) and (event := _event(one)))


def _event(item: dict[str, Any]) -> Event | None:
    what = str(item.get("subscriptionType") or item.get("eventType") or "")
    account = str(item.get("portalId") or "")
    if not what or not account:
        return None
    # The number of the attempt changes with each delivery of the same event.
    told = {name: value for name, value in item.items() if name != "attemptNumber"}
    key = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    return Event(account, what[:60], str(item.get("objectId") or "")[:60], key)
