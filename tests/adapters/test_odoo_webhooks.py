"""What Odoo's automation rules tell is a hint from whoever knows the address, never the data."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from crm_adapters.errors import AccessRefused, UnexpectedAnswer
from crm_adapters.odoo.webhooks import hook_key, told
from crm_adapters.port import Delivery

SECRET = "a secret that Odoo and we share"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def delivery(body: object, key: str = hook_key(SECRET), at: datetime = NOW) -> Delivery:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Delivery("POST", f"https://us.example/hooks/odoo?key={key}", text, {}, at)


LEAD = {"_model": "crm.lead", "_id": 350, "_action": "x(#1)", "id": 350, "write_date": "2026-11-23 04:17:45.379335"}


def test_a_lead_that_changed_is_worth_reading_again() -> None:
    (one,) = told(delivery(LEAD), SECRET)
    assert (one.what, one.record, one.erases) == ("deal", "350", False)


def test_the_same_change_told_twice_is_the_same_and_the_next_one_is_another() -> None:
    first, again = told(delivery(LEAD), SECRET), told(delivery(LEAD, at=NOW + timedelta(hours=1)), SECRET)
    other = told(delivery({**LEAD, "write_date": "2026-11-23 05:00:00.0"}), SECRET)
    assert first == again
    assert first != other
    undated = {name: value for name, value in LEAD.items() if name != "write_date"}
    assert told(delivery(undated), SECRET) != told(delivery(undated, at=NOW + timedelta(seconds=2)), SECRET)


def test_nothing_that_is_told_beside_the_record_is_believed() -> None:
    assert told(delivery({**LEAD, "stage_id": 4, "name": "Won!"}), SECRET) == told(delivery(LEAD), SECRET)


def test_other_models_are_left_alone() -> None:
    assert told(delivery({**LEAD, "_model": "res.users"}), SECRET) == ()


@pytest.mark.parametrize("key", ["", "guess", SECRET, "é", hook_key("another secret")])
def test_who_does_not_know_the_address_is_refused(key: str) -> None:
    with pytest.raises(AccessRefused):
        told(delivery(LEAD, key), SECRET)


def test_without_a_secret_nobody_is_believed() -> None:
    with pytest.raises(AccessRefused):
        told(delivery(LEAD, hook_key("")), "")


@pytest.mark.parametrize(
    "body", [b"", b"{", [], {}, {"_model": "crm.lead"}, {"_model": "crm.lead", "_id": "x"}, b"\xff"]
)
def test_what_cannot_be_read_is_told_so(body: object) -> None:
    with pytest.raises(UnexpectedAnswer):
        told(delivery(body), SECRET)
