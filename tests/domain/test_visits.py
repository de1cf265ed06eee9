"""Every sentence of the method about moves and visits, worked by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from plugin.domain.moves import ActorKind, StageMove
from plugin.domain.visits import History, Outcome, Passage, replay
from tests.histories import JOURNEY, START

Told = tuple[str | None, float | None]


def at(days: float) -> datetime:
    return START + timedelta(days=days)


def history(*told: Told, actor: str | None = None, kind: ActorKind = ActorKind.PERSON) -> History:
    """Read moves told as (target, days since the start; None for an unknown start)."""
    moves = [
        StageMove(f"m{n}", None if days is None else at(days), to, kind, actor) for n, (to, days) in enumerate(told)
    ]
    return replay(moves, JOURNEY)


def passage(read: History, stage: str, round_: int = 1) -> Passage:
    return next(one for one in read.passages if (one.stage, one.round) == (stage, round_))


def reached(read: History) -> list[str]:
    return [one.stage for one in read.passages]


def test_a_deal_that_goes_back_keeps_its_first_entry_and_stays_open_in_its_cohort() -> None:
    read = history(("problem", 0), ("search", 10), ("problem", 15), ("search", 20))
    search = passage(read, "search")
    assert (search.entered_at, search.left_at, search.outcome) == (at(10), at(15), Outcome.OPEN)
    assert search.went_back_at == at(15)
    assert passage(read, "problem").went_back_at is None


def test_only_a_move_beyond_the_stage_advances_it() -> None:
    read = history(("select", 0), ("problem", 5), ("search", 8), ("buy", 20))
    assert passage(read, "select").outcome_at == at(20)
    assert passage(read, "search").outcome_at == at(20)
    assert passage(read, "problem").outcome_at == at(8)


def test_lost_counts_where_it_comes_first_and_the_earlier_outcome_is_kept() -> None:
    read = history(("problem", 0), ("lost", 5), ("problem", 9), ("search", 12))
    problem = passage(read, "problem")
    assert (problem.outcome, problem.outcome_at, problem.reopened_at) == (Outcome.LOST, at(5), at(9))
    assert [visit.spell for visit in read.visits] == [1, 2, 2]


def test_a_deal_that_was_lost_before_it_entered_any_stage_is_in_no_cohort() -> None:
    read = history(("lost", 3))
    assert (read.passages, read.visits, read.standing.state) == ((), (), "lost")


def test_a_move_into_an_unmapped_stage_leaves_the_buyer_where_they_were_and_is_counted() -> None:
    read = history(("problem", 0), (None, 5), ("nonsense", 6), ("problem", 7))
    assert (len(read.visits), read.unmapped, read.standing.since) == (1, 2, at(0))


def test_a_move_into_the_stage_already_held_changes_nothing() -> None:
    read = history(("problem", 0), ("problem", 5), ("search", 9))
    assert [(visit.stage, visit.entered_at) for visit in read.visits] == [("problem", at(0)), ("search", at(9))]


def test_moves_of_equal_time_keep_the_order_in_which_the_source_lists_them() -> None:
    far_apart = history(("problem", 0), ("search", 5), ("problem", 5), actor=None)
    assert far_apart.standing.stage == "problem"
    assert far_apart.standing.came_back


def test_a_stage_that_was_passed_over_is_reached_and_has_no_entry() -> None:
    read = history(("problem", 0), ("select", 7))
    search = passage(read, "search")
    assert (search.reached_at, search.entered_at, search.held_undated) == (at(7), None, False)
    assert reached(read) == ["problem", "search", "select"]


def test_a_skipped_stage_that_is_entered_later_was_reached_when_it_was_skipped() -> None:
    search = passage(history(("problem", 0), ("select", 7), ("search", 9)), "search")
    assert (search.reached_at, search.entered_at) == (at(7), at(9))


def test_a_win_reaches_every_stage_of_its_loop_and_none_of_the_other() -> None:
    read = history(("search", 0), ("won", 4))
    assert reached(read) == ["problem", "search", "select", "buy"]
    assert passage(read, "buy").reached_at == at(4)
    assert passage(read, "search").outcome is Outcome.ADVANCED


def test_a_win_of_a_deal_that_held_no_stage_is_one_of_the_purchase_loop() -> None:
    assert reached(history(("won", 4))) == ["problem", "search", "select", "buy"]


def test_an_unknown_start_holds_the_stage_but_gives_no_entry_no_duration_and_no_skip() -> None:
    read = history(("search", None), ("select", 5))
    search = passage(read, "search")
    assert (search.reached_at, search.entered_at, search.held_undated) == (None, None, True)
    assert next((visit.stage, visit.is_entry, visit.left_at) for visit in read.visits) == ("search", False, at(5))


def test_a_known_entry_after_an_unknown_start_is_the_first_known_entry() -> None:
    search = passage(history(("search", None), ("problem", 3), ("search", 8)), "search")
    assert (search.entered_at, search.held_undated) == (at(8), True)


SECOND = 1 / 86_400


@pytest.mark.parametrize(("gap", "entries"), [(60, ["select"]), (61, ["search", "select"])])
def test_moves_at_most_sixty_seconds_apart_are_data_entry(gap: int, entries: list[str]) -> None:
    read = history(("search", 1), ("select", 1 + gap * SECOND))
    assert [visit.stage for visit in read.visits if visit.is_entry] == entries


def test_in_a_burst_all_moves_are_moves_but_only_the_last_is_an_entry() -> None:
    read = history(("problem", 0), ("search", 9), ("select", 9 + 30 * SECOND), ("buy", 9 + 80 * SECOND))
    assert [visit.stage for visit in read.visits if visit.is_entry] == ["problem", "buy"]
    assert [visit.in_burst for visit in read.visits] == [False, True, True, False]
    assert passage(read, "problem").outcome_at == at(9)
    assert passage(read, "search").entered_at is None
    assert passage(read, "search").reached_at == at(9)


def test_a_burst_that_ends_in_a_loss_enters_nothing_and_loses_the_earlier_stage() -> None:
    read = history(("problem", 0), ("search", 9), ("lost", 9 + 30 * SECOND))
    assert passage(read, "search").entered_at is None
    assert passage(read, "problem").outcome is Outcome.ADVANCED


def test_two_people_within_a_minute_are_no_burst_and_two_nameless_ones_of_a_kind_are() -> None:
    def entries(*who: tuple[ActorKind, str | None]) -> int:
        moves = [
            StageMove(f"m{n}", at(n * 10 * SECOND), to, kind, actor)
            for n, (to, (kind, actor)) in enumerate(zip(("problem", "search"), who, strict=True))
        ]
        return sum(visit.is_entry for visit in replay(moves, JOURNEY).visits)

    person, robot = ActorKind.PERSON, ActorKind.AUTOMATION
    assert entries((person, "ana"), (person, "bo")) == 2
    assert entries((person, "ana"), (person, "ana")) == 1
    assert entries((person, None), (person, None)) == 1
    assert entries((person, None), (robot, None)) == 2
    assert entries((person, "ana"), (person, None)) == 2


def test_a_repetition_does_not_hold_a_burst_together() -> None:
    """Bursts are counted after the moves that change nothing are dropped."""
    read = history(("problem", 0), ("problem", 50 * SECOND), ("search", 100 * SECOND))
    assert [visit.is_entry for visit in read.visits] == [True, True]


def test_a_win_from_a_purchase_stage_followed_by_a_usage_stage_is_no_reopening() -> None:
    read = history(("buy", 0), ("won", 5), ("onboard", 6))
    assert passage(read, "buy").reopened_at is None
    assert (read.standing.stage, read.standing.round, read.standing.spell) == ("onboard", 1, 1)


def test_a_win_followed_by_a_purchase_stage_is_a_reopening() -> None:
    assert passage(history(("buy", 0), ("won", 5), ("select", 6)), "buy").reopened_at == at(6)


def test_a_move_from_usage_to_purchase_begins_a_new_round_and_counts_as_advanced_for_usage() -> None:
    read = history(("buy", 0), ("won", 5), ("use", 6), ("problem", 60), ("lost", 70))
    assert (passage(read, "use").outcome, passage(read, "use").outcome_at) == (Outcome.ADVANCED, at(60))
    assert passage(read, "use").went_back_at is None
    second = passage(read, "problem", 2)
    assert (second.entered_at, second.outcome, second.outcome_at) == (at(60), Outcome.LOST, at(70))
    assert passage(read, "buy").outcome_at == at(5)


def test_instants_of_other_time_zones_and_clock_changes_are_compared_as_instants() -> None:
    paris = ZoneInfo("Europe/Paris")
    first = datetime(2026, 10, 25, 2, 30, tzinfo=paris, fold=0)
    second = datetime(2026, 10, 25, 2, 30, tzinfo=paris, fold=1)
    moves = [StageMove("b", second, "search"), StageMove("a", first, "problem")]
    assert [visit.stage for visit in replay(moves, JOURNEY).visits] == ["problem", "search"]
