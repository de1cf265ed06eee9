"""The stand-in for HubSpot's webhooks: HubSpot's own client accepts what it signs, and a seed tells the same again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from threading import Thread
from typing import Any

import pytest
from hubspot.utils.signature import Signature
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.fakes.hubspot import Account
from tests.fakes.hubspot.sender import RETRIES, Sender, signed_address

SECRET = "the app's own secret"


class Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        pass


@dataclass
class Mailbox:
    """Keeps what is delivered; answers with the next of ``answers``, and with 204 behind the last."""

    answers: list[str] = field(default_factory=list)
    delivered: list[tuple[dict[str, Any], bytes]] = field(default_factory=list)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        self.delivered.append((environ, environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))))
        start_response(self.answers.pop(0) if self.answers else "204 No Content", [("Content-Length", "0")])
        return []

    @property
    def events(self) -> list[list[dict[str, Any]]]:
        return [json.loads(body) for _, body in self.delivered]


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def address(mailbox: Mailbox) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, mailbox, request_handler=Quiet)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.port}/hooks/hub"
    server.shutdown()
    thread.join()
    server.server_close()


def busy() -> Account:
    account = Account()
    for number in range(30):
        account.put("deals", {"dealname": f"Deal {number}", "dealstage": "lead"}, str(number + 1))
    return account


@pytest.mark.parametrize("query", ["", "?from=a%20b"])
def test_hubspots_own_client_accepts_both_signatures(mailbox: Mailbox, address: str, query: str) -> None:
    Sender(busy(), address + query, SECRET).tell()
    (environ, body), *_ = mailbox.delivered
    timestamp = environ["HTTP_X_HUBSPOT_REQUEST_TIMESTAMP"]
    newest, oldest = environ["HTTP_X_HUBSPOT_SIGNATURE_V3"], environ["HTTP_X_HUBSPOT_SIGNATURE"]
    assert Signature.is_valid(newest, SECRET, body.decode(), address + query, "POST", "v3", timestamp)
    assert Signature.is_valid(oldest, SECRET, body.decode(), signature_version="v1")


def test_some_signs_of_the_address_are_written_out_before_it_is_signed() -> None:
    assert signed_address("https://x/a?b=%40%3a%2F%C3%A9%25") == "https://x/a?b=@:/%C3%A9%25"


def test_batches_hold_a_hundred_events_of_the_types_that_are_subscribed(mailbox: Mailbox, address: str) -> None:
    sender = Sender(busy(), address, SECRET)
    assert len(sender.tell()) == 90
    assert [len(batch) for batch in mailbox.events] == [90]
    for _ in range(41):
        sender.account.put("deals", {"dealname": "Again", "amount": "1", "dealstage": "call"}, "7")
    sender.tell()
    assert [len(batch) for batch in mailbox.events] == [90, 100, 23]
    sender.subscribed = {"deal.deletion", "deal.propertyChange dealstage"}
    sender.account.put("deals", {"dealname": "Once more", "dealstage": "won"}, "7")
    sender.account.archive("deals", "7")
    sender.tell()
    assert [one["subscriptionType"] for one in mailbox.events[-1]] == ["deal.propertyChange", "deal.deletion"]


def test_a_seed_tells_the_same_disorder_again(mailbox: Mailbox, address: str) -> None:
    def disorder(seed: int) -> list[tuple[object, ...]]:
        mailbox.delivered.clear()
        Sender(busy(), address, SECRET, random=Random(seed), duplicates=20, strays=20, shuffled=True).tell()
        names = ("eventId", "portalId", "subscriptionType")
        return [tuple(one[name] for name in names) for batch in mailbox.events for one in batch]

    first = disorder(5)
    assert first == disorder(5) != disorder(6)
    assert len(first) > len(set(first)) > 90


def test_what_is_not_taken_comes_again_behind_the_others_with_the_number_of_the_attempt(
    mailbox: Mailbox, address: str
) -> None:
    mailbox.answers = ["500 Internal Server Error", "204 No Content", "204 No Content", "401 Unauthorized"]
    sender = Sender(busy(), address, SECRET, batch=40)
    sender.tell()
    first, _, _, second, third = mailbox.events
    assert [one["attemptNumber"] for one in (first[0], second[0], third[0])] == [0, 1, 2]
    assert [one["eventId"] for one in first] == [one["eventId"] for one in second] == [one["eventId"] for one in third]
    assert [one.status for one in sender.attempts] == [500, 204, 204, 401, 204]


def test_after_ten_more_attempts_it_is_given_up(mailbox: Mailbox, address: str) -> None:
    mailbox.answers = ["503 Service Unavailable"] * (RETRIES + 1)
    sender = Sender(busy(), address, SECRET)
    assert sender.given_up == []
    told = sender.tell()
    assert [one.number for one in sender.attempts] == list(range(RETRIES + 1))
    assert sender.given_up == told
    assert mailbox.answers == []
