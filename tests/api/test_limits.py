"""How much a token may ask, by a stopwatch that the tests move."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import Client

from plugin.api import limits as limits_module
from plugin.api.limits import Buckets, Limit, Limits
from plugin.services.viewer import Role
from tests.api.conftest import MakeToken, Program, Ticks

FEW = Limit("few", requests=3, seconds=60)


def test_a_bucket_lets_so_many_through_at_once_and_then_one_by_one() -> None:
    ticks = Ticks()
    buckets = Buckets(FEW, ticks)
    assert [buckets.take("a").wait for _ in range(4)] == [0, 0, 0, 20]
    ticks.seconds = 19
    assert buckets.take("a").wait == 1
    ticks.seconds = 20
    assert [buckets.take("a").wait for _ in range(2)] == [0, 20]


def test_each_asker_has_a_bucket_of_their_own() -> None:
    buckets = Buckets(FEW, Ticks())
    for _ in range(3):
        buckets.take("a")
    assert buckets.take("b").left == 2


@given(waits=st.lists(st.floats(0, 100), max_size=60))
def test_in_any_time_no_more_is_let_through_than_the_limit_and_what_ran_in_meanwhile(waits: list[float]) -> None:
    ticks = Ticks()
    buckets = Buckets(FEW, ticks)
    let_through = 0
    for wait in waits:
        ticks.seconds += wait
        let_through += buckets.take("a").wait == 0
        assert let_through <= FEW.requests + ticks.seconds * FEW.requests / FEW.seconds + 1e-6


@given(waits=st.lists(st.floats(0, 100), max_size=30))
def test_who_waits_as_long_as_they_are_told_is_let_through(waits: list[float]) -> None:
    ticks = Ticks()
    buckets = Buckets(FEW, ticks)
    for wait in waits:
        ticks.seconds += wait
        told = buckets.take("a").wait
        if told:
            ticks.seconds += told
            assert buckets.take("a").wait == 0


def test_full_buckets_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits_module, "MOST_BUCKETS", 10)
    ticks = Ticks()
    buckets = Buckets(FEW, ticks)
    for number in range(10):
        buckets.take(f"early {number}")
    ticks.seconds = 60
    buckets.take("late")
    assert buckets.look("early 3").left == FEW.requests
    assert len(buckets._filled) == 1


@pytest.fixture
def limits(ticks: Ticks) -> Limits:
    return Limits(
        Buckets(Limit("reading", 2), ticks), Buckets(Limit("writing", 1), ticks), Buckets(Limit("failing", 2), ticks)
    )


def test_reading_and_writing_are_counted_apart_and_told_in_headers(ana: Program, ticks: Ticks) -> None:
    first = ana.get("/me")
    assert first.headers["RateLimit-Policy"] == '"reading";q=2;w=60'
    assert first.headers["RateLimit"] == '"reading";r=1;t=30'
    ana.get("/me")
    refused = ana.get("/me")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "30")
    assert refused.mimetype == "application/problem+json"
    assert ana.log("x", {"outcome": "held", "starts_at": "2026-03-02T08:00:00Z"}).status_code == 404
    assert ana.log("x", {}).status_code == 429
    ticks.seconds = 30
    assert ana.get("/me").status_code == 200


def test_one_token_does_not_use_up_another_one_s_limit(ana: Program, max_: Program) -> None:
    for _ in range(3):
        ana.get("/me")
    assert max_.get("/me").status_code == 200


def test_an_address_that_fails_too_often_waits_whatever_it_sends(
    client: Client, token: MakeToken, ticks: Ticks
) -> None:
    wrong, right = Program(client, "parcours_wrong"), Program(client, token(Role.SALESPERSON))
    assert [wrong.get("/me").status_code for _ in range(3)] == [401, 401, 429]
    assert right.get("/me").status_code == 429
    elsewhere = right.get("/me", environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert elsewhere.status_code == 200
    ticks.seconds = 30
    assert right.get("/me").status_code == 200
