"""Which deals need somebody, what they are known by, and which signal is acted on."""

from __future__ import annotations

import pytest

from plugin.domain.alert import Alert, Seen, alert_of, most_telling, rewritten, signals
from plugin.domain.direction import Direction
from plugin.domain.follow_up import Signal


def test_what_was_taken_back_outweighs_the_direction_and_forward_is_no_alert() -> None:
    assert alert_of(Direction.FORWARD, taken_back=True) is Alert.TAKEN_BACK
    assert alert_of(Direction.BACK, taken_back=True) is Alert.TAKEN_BACK
    assert alert_of(Direction.BACK, taken_back=False) is Alert.BACK
    assert alert_of(Direction.STILL, taken_back=False) is Alert.STILL
    assert alert_of(Direction.FORWARD, taken_back=False) is None
    assert alert_of(None, taken_back=False) is None
    assert sorted(Alert) == [Alert.TAKEN_BACK, Alert.BACK, Alert.STILL], "the most urgent first"


@pytest.mark.parametrize(
    ("seen", "found"),
    [
        (Seen(in_use=False), ()),
        (Seen(in_use=False, contradicted=True), (Signal.CONTRADICTED,)),
        (Seen(in_use=False, rewritten=[8, 6]), (Signal.ROUTE_NAMED, Signal.CRITERIA_REWRITTEN)),
        (Seen(in_use=False, new_decider=True), (Signal.NEW_DECIDER,)),
        (Seen(in_use=True, new_decider=True), (Signal.OWNER_LEFT,)),
        (Seen(in_use=True, fails=True), (Signal.USE_FELL,)),
        (Seen(in_use=False, fails=True), ()),
        (Seen(in_use=False, relation_broke=True), (Signal.RELATION_BROKE,)),
        (Seen(in_use=False, put_off=1), ()),
        (Seen(in_use=False, put_off=2), (Signal.PUT_OFF,)),
        (Seen(in_use=False, complete=True), (Signal.EVIDENCE_COMPLETE,)),
        (Seen(in_use=False, days_late=1), (Signal.BEHIND_PLAN,)),
        (Seen(in_use=False, met=False, dated=False), (Signal.NOT_MET, Signal.NO_DATE)),
        (Seen(in_use=False, proposed=[Signal.NOTHING_AGREED], dated=False), (Signal.NOTHING_AGREED, Signal.NO_DATE)),
        (Seen(in_use=False, proposed=[Signal.CONTRADICTED], contradicted=True), (Signal.CONTRADICTED,)),
    ],
)
def test_a_deal_is_known_by_what_was_seen_the_most_telling_first(seen: Seen, found: tuple[Signal, ...]) -> None:
    assert signals(seen) == found


def test_that_nobody_met_a_buyer_does_not_say_why_they_went_back() -> None:
    found = (Signal.PUT_OFF, Signal.NOT_MET)
    assert most_telling(Alert.BACK, found) is most_telling(Alert.STILL, found) is Signal.PUT_OFF
    assert most_telling(Alert.BACK, found[1:]) is None
    assert most_telling(Alert.STILL, found[1:]) is Signal.NOT_MET
    assert most_telling(Alert.STILL, ()) is None


@pytest.mark.parametrize(
    ("before", "now", "says_another_thing"),
    [
        ("", "Price.", False),
        ("Price and delay.", "price  and\ndelay", False),
        ("Price and delay.", "Only the delay.", True),
    ],
)
def test_an_answer_is_rewritten_where_it_says_another_thing(before: str, now: str, says_another_thing: bool) -> None:
    assert rewritten(before, now) is says_another_thing
