"""Odoo's change log as a lead's way through the stages: whole, in order, and with its holes left as holes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from crm_adapters.odoo.parse import ACTIVE, REASON, STAGE, Tracked, is_lost_stage, moves_of
from crm_adapters.port import ActorKind, StageChange
from plugin.domain.moves import StageMove
from plugin.domain.visits import replay
from tests.histories import JOURNEY, KEYS

BEGAN = datetime(2026, 1, 1, 9, tzinfo=UTC)
ANA, ROBOT = 7, 1


def after(days: float) -> datetime:
    return BEGAN + timedelta(days=days)


def text(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")


def lead(stage: int, changed: datetime = BEGAN, **more: Any) -> dict[str, Any]:
    about = {"active": True, "lost_reason_id": False, "date_closed": False, "create_uid": ANA}
    dates = {"create_date": text(BEGAN), "date_last_stage_update": text(changed)}
    return {"id": 1, "stage_id": stage, **about, **dates, **more}


def row(id_: int, old: int, new: int, at: datetime, field: str = STAGE, uid: int = ANA, message: int = 0) -> Tracked:
    # What changes at one instant was changed by one write, where nothing else is said.
    return Tracked(id_, 1, field, old, new, at, uid, message or int(at.timestamp()))


def told(moves: tuple[StageChange, ...]) -> list[tuple[str, str, float | None]]:
    return [(one.id, one.stage_id, (one.at - BEGAN) / timedelta(days=1) if one.at else None) for one in moves]


def test_a_lead_that_never_moved_is_where_it_was_made() -> None:
    assert told(moves_of(lead(3), ())) == [("start", "3", 0)]


def test_the_first_stage_is_the_one_that_the_first_change_left() -> None:
    rows = [row(4, 1, 2, after(2)), row(9, 2, 3, after(5))]
    assert told(moves_of(lead(3, after(5)), rows)) == [("start", "1", 0), ("4", "2", 2), ("9", "3", 5)]


def test_rows_count_by_their_number_whatever_the_order_in_which_they_come() -> None:
    rows = [row(9, 2, 3, after(5)), row(4, 1, 2, after(5))]
    assert [stage for _, stage, _ in told(moves_of(lead(3, after(5)), rows))] == ["1", "2", "3"]


def test_a_hole_is_a_stage_that_was_held_since_nobody_knows_when_and_gives_no_duration() -> None:
    rows = [row(4, 1, 2, after(2)), row(9, 3, 4, after(5))]
    moves = moves_of(lead(4, after(5)), rows)
    assert told(moves) == [("start", "1", 0), ("4", "2", 2), ("hole-9", "3", 5), ("9", "4", 5)]
    meaning = dict(zip("1234", KEYS, strict=False))
    facts = [StageMove(one.id, one.at, meaning[one.stage_id], actor=one.actor) for one in moves]
    visits = {one.stage: one for one in replay(facts, JOURNEY).visits}
    assert {stage: visits[stage].is_entry for stage in visits} == {
        "problem": True,
        "search": True,
        "select": False,
        "buy": True,
    }


def test_what_the_log_does_not_say_of_the_present_stage_is_dated_by_its_last_change() -> None:
    moves = moves_of(lead(4, after(8)), [row(4, 1, 2, after(2))])
    assert told(moves)[-1] == (f"now-{int(after(8).timestamp())}", "4", 8)
    assert moves[-1].actor_kind is ActorKind.IMPORT


def test_without_a_log_only_the_present_stage_is_known_and_what_came_before_is_not_invented() -> None:
    assert told(moves_of(lead(4, after(8)), ())) == [(f"now-{int(after(8).timestamp())}", "4", 8)]


def test_a_lost_lead_is_archived_with_its_reason_and_comes_back_into_the_stage_that_it_had() -> None:
    lost = [row(4, 1, 0, after(2), ACTIVE), row(5, 0, 3, after(2), REASON)]
    assert told(moves_of(lead(1, active=False, lost_reason_id=3), lost)) == [("start", "1", 0), ("4", "lost-3", 2)]
    back = [*lost, row(8, 0, 1, after(6), ACTIVE), row(9, 3, 0, after(6), REASON)]
    assert told(moves_of(lead(1), back)) == [("start", "1", 0), ("4", "lost-3", 2), ("8", "1", 6)]


def test_a_lead_that_comes_back_into_another_stage_makes_one_move() -> None:
    lost = [row(4, 1, 0, after(2), ACTIVE)]
    for stage_first in (True, False):
        numbers = (8, 9) if stage_first else (9, 8)
        rows = [*lost, row(numbers[0], 1, 2, after(6)), row(numbers[1], 0, 1, after(6), ACTIVE)]
        assert [one[1:] for one in told(moves_of(lead(2, after(6)), rows))] == [("1", 0), ("lost", 2), ("2", 6)]


def test_a_loss_that_was_never_logged_is_dated_by_when_odoo_closed_it() -> None:
    moves = moves_of(lead(1, active=False, lost_reason_id=2, date_closed=text(after(4))), ())
    assert told(moves) == [("start", "1", 0), ("closed", "lost-2", 4)]


def test_what_odoos_own_user_does_is_automation() -> None:
    moves = moves_of(lead(2, after(2)), [row(4, 1, 2, after(2), uid=ROBOT)])
    assert [one.actor_kind for one in moves] == [ActorKind.PERSON, ActorKind.AUTOMATION]


@given(st.lists(st.tuples(st.integers(1, 5), st.booleans()), max_size=12), st.integers(0, 2**12 - 1))
def test_whatever_was_logged_the_way_ends_where_the_lead_is(steps: list[tuple[int, bool]], logged: int) -> None:
    """A lead wanders, is lost and comes back; only some of it was logged."""
    stage, active, rows = 1, True, []
    for number, (target, lose) in enumerate(steps):
        seen = bool(logged >> number & 1)
        if lose:
            if seen:
                rows.append(row(number + 1, int(active), int(not active), after(number + 1), ACTIVE))
            active = not active
        elif active and target != stage:
            if seen:
                rows.append(row(number + 1, stage, target, after(number + 1)))
            stage = target
    moves = moves_of(lead(stage, after(20), active=active, date_closed=text(after(20))), rows)
    assert moves
    assert is_lost_stage(moves[-1].stage_id) is not active
    if active:
        assert moves[-1].stage_id == str(stage)
    instants = [one.at for one in moves if one.at]
    assert instants == sorted(instants)
    assert len({one.id for one in moves}) == len(moves)
