"""HubSpot's signature, by its own published examples, and what its events tell."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_adapters.errors import AccessRefused, UnexpectedAnswer
from crm_adapters.hubspot.webhooks import is_signed, told, written_out
from crm_adapters.port import Delivery

SECRET = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"
ADDRESS = "https://www.example.com/webhook_uri"
BODY = b"{'example_field':'example_value'}"
# The examples in the tests of HubSpot's Python and Ruby clients.
EXAMPLES = [
    ("1693657560000", "K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y="),
    ("15000000", "HPW73RUtKmcYoEDADG0s6MmGFWUzWJKAW07r8RDgcQw="),
]
EVENT = {
    "eventId": 3816279340,
    "subscriptionId": 25,
    "portalId": 33,
    "appId": 1160452,
    "occurredAt": 1462216307945,
    "subscriptionType": "deal.propertyChange",
    "attemptNumber": 0,
    "objectId": 1246965,
    "propertyName": "dealstage",
    "propertyValue": "contractsent",
}


def at(milliseconds: str, **later: float) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC) + timedelta(**later)


@pytest.mark.parametrize(("timestamp", "signature"), EXAMPLES)
def test_hubspots_own_examples_are_accepted(timestamp: str, signature: str) -> None:
    assert is_signed(SECRET, "POST", ADDRESS, BODY, timestamp, signature, at(timestamp))


@pytest.mark.parametrize(("seconds", "fresh"), [(299, True), (301, False), (-299, True), (-301, False)])
def test_a_signature_holds_for_five_minutes_either_way(seconds: int, fresh: bool) -> None:
    timestamp, signature = EXAMPLES[0]
    assert is_signed(SECRET, "POST", ADDRESS, BODY, timestamp, signature, at(timestamp, seconds=seconds)) is fresh


@pytest.mark.parametrize(
    ("secret", "method", "address", "body"),
    [
        ("other", "POST", ADDRESS, BODY),
        (SECRET, "GET", ADDRESS, BODY),
        (SECRET, "POST", f"{ADDRESS}?a=1", BODY),
        (SECRET, "POST", ADDRESS, BODY + b" "),
    ],
)
def test_any_other_word_breaks_it(secret: str, method: str, address: str, body: bytes) -> None:
    timestamp, signature = EXAMPLES[0]
    assert not is_signed(secret, method, address, body, timestamp, signature, at(timestamp))


@pytest.mark.parametrize(("timestamp", "signature"), [("", ""), ("now", "x"), ("1693657560000", "é"), ("9" * 30, "x")])
def test_what_is_no_signature_is_refused_and_breaks_nothing(timestamp: str, signature: str) -> None:
    assert not is_signed(SECRET, "POST", ADDRESS, BODY, timestamp, signature, at("1693657560000"))


def test_only_the_signs_of_hubspots_table_are_written_out() -> None:
    assert (
        written_out("https://x/a?e=bo%40c.example&t=%3a%2F%20%25%C3%A9")
        == "https://x/a?e=bo@c.example&t=:/%20%25%C3%A9"
    )


@given(st.text())
def test_writing_out_never_fails(text: str) -> None:
    assert isinstance(written_out(text), str)


def delivery(events: object, secret: str = SECRET) -> Delivery:
    import base64
    import hashlib
    import hmac

    body = events if isinstance(events, bytes) else json.dumps(events).encode()
    timestamp = "1693657560000"
    signed = b"POST" + ADDRESS.encode() + body + timestamp.encode()
    signature = base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()
    headers = {"x-hubspot-request-timestamp": timestamp, "x-hubspot-signature-v3": signature}
    return Delivery("POST", ADDRESS, body, headers, at(timestamp))


def test_an_event_told_again_has_the_same_key_and_another_one_has_not() -> None:
    again = {**EVENT, "attemptNumber": 3}
    other = {**EVENT, "propertyValue": "closedwon"}
    keys = [one.key for one in told(delivery([EVENT, again, other]), SECRET, "33")]
    assert keys[0] == keys[1] != keys[2]


def test_events_of_another_account_and_unreadable_ones_are_left_out() -> None:
    events = [
        EVENT,
        {**EVENT, "portalId": 34},
        "text",
        {},
        {"eventType": "deal.creation", "portalId": 33, "objectId": 5},
    ]
    found = told(delivery(events), SECRET, "33")
    assert [(one.what, one.record) for one in found] == [("deal.propertyChange", "1246965"), ("deal.creation", "5")]


def test_only_a_privacy_deletion_erases() -> None:
    found = told(delivery([EVENT, {**EVENT, "subscriptionType": "contact.privacyDeletion"}]), SECRET, "33")
    assert [one.erases for one in found] == [False, True]


def test_a_stranger_is_refused_also_where_no_secret_is_known() -> None:
    with pytest.raises(AccessRefused):
        told(delivery([EVENT], "other"), SECRET, "33")
    with pytest.raises(AccessRefused):
        told(delivery([EVENT], ""), "", "33")


def test_a_body_that_is_no_list_is_unexpected() -> None:
    with pytest.raises(UnexpectedAnswer):
        told(delivery(b"{"), SECRET, "33")
    with pytest.raises(UnexpectedAnswer):
        told(delivery({"a": 1}), SECRET, "33")
