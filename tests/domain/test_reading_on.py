"""A history read on from where it stood is the history read from its first move."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from plugin.domain.moves import StageMove
from plugin.domain.visits import BURST_GAP, Reading, replay
from tests.domain.test_visits_properties import MANY, histories
from tests.histories import JOURNEY, START


@MANY
@given(histories(), st.integers(0, 12))
def test_later_moves_added_to_a_reading_give_what_the_whole_history_gives(moves: list[StageMove], cut: int) -> None:
    unique = list({move.key: move for move in moves}.values())
    first = Reading.of(replay(unique[:cut], JOURNEY))
    extended = first.extended(unique[cut:], JOURNEY)
    assert extended in (None, Reading.of(replay(unique, JOURNEY)))


def test_a_move_that_is_a_minute_behind_the_last_one_is_read_on_and_a_closer_one_replayed() -> None:
    first = [StageMove("a", START, "problem"), StageMove("b", START + timedelta(days=1), "search")]
    last = START + timedelta(days=1)
    closer = StageMove("c", last + BURST_GAP, "select")
    behind = StageMove("c", last + BURST_GAP + timedelta(seconds=1), "select")
    assert Reading.of(replay(first, JOURNEY)).extended([closer], JOURNEY) is None
    assert Reading.of(replay(first, JOURNEY)).extended([behind], JOURNEY) == Reading.of(
        replay([*first, behind], JOURNEY)
    )


def test_an_older_move_is_never_read_on_even_behind_one_that_changed_nothing() -> None:
    """The repetition at day 9 decides nothing until a move at day 5 stands before it: then it is a return."""
    first = [StageMove("a", START, "problem"), StageMove("b", START + timedelta(days=9), "problem")]
    between = StageMove("c", START + timedelta(days=5), "search")
    assert Reading.of(replay(first, JOURNEY)).extended([between], JOURNEY) is None
    assert replay([*first, between], JOURNEY).standing.stage == "problem"


def test_most_later_moves_are_read_on() -> None:
    """Were every history replayed, the two tests above would still pass."""
    chance, found = Random(3), Counter[bool]()
    for _ in range(300):
        days = sorted(chance.sample(range(100), 6))
        moves = [
            StageMove(str(n), START + timedelta(days=day), chance.choice([*JOURNEY.by_key, "won", "lost"]))
            for n, day in enumerate(days)
        ]
        reading = Reading.of(replay(moves[:4], JOURNEY)).extended(moves[4:], JOURNEY)
        found[reading == Reading.of(replay(moves, JOURNEY))] += 1
    assert found == {True: 300}
