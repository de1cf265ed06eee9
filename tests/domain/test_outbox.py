"""When a message is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from plugin.domain.outbox import FIRST_WAIT, GIVE_UP_AFTER, LONGEST_WAIT, is_hopeless, next_try

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_each_wait_is_twice_the_one_before_up_to_the_longest() -> None:
    waits = [next_try(NOW, attempts) - NOW for attempts in range(1, 12)]
    assert waits[:3] == [FIRST_WAIT, FIRST_WAIT * 2, FIRST_WAIT * 4]
    assert waits[-1] == LONGEST_WAIT


def test_what_the_crm_asks_for_is_waited_also_where_that_is_longer() -> None:
    assert next_try(NOW, 1, 7_200.0) == NOW + timedelta(hours=2)
    assert next_try(NOW, 1, 1.0) == NOW + FIRST_WAIT


@given(st.integers(1, 10**9), st.one_of(st.none(), st.floats(0, 10**6)))
def test_a_next_try_is_always_ahead(attempts: int, after: float | None) -> None:
    assert next_try(NOW, attempts, after) > NOW


def test_after_two_weeks_somebody_must_look() -> None:
    assert not is_hopeless(NOW, NOW - GIVE_UP_AFTER + timedelta(seconds=1))
    assert is_hopeless(NOW, NOW - GIVE_UP_AFTER)
