"""The report that SQL counts is the one that the plain definition gives, for any question and any as-of instant."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import update

from plugin.domain.conversion import Histogram, Period, measure, tally
from plugin.domain.moves import LOST, WON, ActorKind, StageMove
from plugin.domain.visits import BURST_GAP, replay
from plugin.services.conversion import FIGURES, conversion, deals_behind
from plugin.services.workspace import Workspace
from plugin.store.queries.questions import Question
from plugin.store.tables import Deal
from tests.histories import JOURNEY, KEYS, START
from tests.services.conftest import Fill, told

DEALS, QUESTIONS = 250, 60
GAPS = (0, 1, 30, 59, 60, 61, 86_399, 86_400, 86_401)
PERIODS = (
    Period(),
    Period(date(2026, 1, 5), None),
    Period(None, date(2026, 2, 1)),
    Period(date(2026, 1, 3), date(2026, 2, 20)),
)

Company = dict[str, tuple[str | None, datetime | None, list[StageMove]]]


def company(chance: Random) -> Company:
    """Deals by key: persona, when it was found gone, moves. Gaps stand around the edges of bursts and days."""
    return {
        f"d{n}": (
            chance.choice(["director", "finance", None]),
            START + timedelta(days=chance.randint(0, 150)) if n % 7 == 0 else None,
            moves(chance),
        )
        for n in range(DEALS)
    }


def moves(chance: Random) -> list[StageMove]:
    at = START + timedelta(seconds=chance.choice([*GAPS, chance.randint(0, 40 * 86_400)]))
    found = []
    for n in range(chance.randint(0, 9)):
        undated = n == 0 and chance.random() < 0.2
        target = chance.choice([*KEYS, *KEYS, WON, LOST, None])
        kind, actor = chance.choice(list(ActorKind)), chance.choice([None, None, "ana", "bo"])
        found.append(StageMove(f"m{n}", None if undated else at, target, kind, actor))
        at += timedelta(seconds=chance.choice([*GAPS, chance.randint(0, 30 * 86_400)]))
    return found


def stored(workspace: Workspace, fill: Fill, deals: Company) -> None:
    fill([told(key, listed, persona) for key, (persona, _, listed) in deals.items()])
    with workspace.database.writing.begin() as session:
        for key, (_, gone_at, _) in deals.items():
            session.execute(update(Deal).where(Deal.crm_id == key).values(gone_at=gone_at))


def question(chance: Random, instants: list[datetime]) -> Question:
    as_of = chance.choice(instants) + timedelta(seconds=chance.choice([-1, 0, 1, 30, 100_000]))
    persona = chance.choice([None, None, "director"])
    return Question(chance.choice(PERIODS), as_of, chance.choice([30, 60, 90]), persona=persona)


@pytest.mark.parametrize("seed", range(3))
def test_counted_by_sql_and_read_by_the_plain_definition_every_figure_is_the_same(
    workspace: Workspace, fill: Fill, seed: int
) -> None:
    chance = Random(seed)
    deals = company(chance)
    stored(workspace, fill, deals)
    instants = [move.at for _, _, listed in deals.values() for move in listed if move.at]
    cut = 0
    for _ in range(QUESTIONS):
        asked = question(chance, instants)
        cut += any(cuts_a_burst(listed, asked.as_of) for _, _, listed in deals.values())
        with workspace.database.reading() as session:
            report = conversion(session, workspace, asked)
        for row in report.rows:
            members = [
                (passage, gone_at)
                for persona, gone_at, listed in deals.values()
                if asked.persona in (None, persona)
                for passage in replay(listed, JOURNEY, asked.as_of).passages
                if passage.stage == row.stage
            ]
            assert row == measure(row.stage, tally(Histogram(), members, asked.period, asked.as_of), asked.horizon)
    assert cut > 5


def cuts_a_burst(listed: list[StageMove], as_of: datetime) -> bool:
    times = [move.at for move in listed if move.at]
    return any(a <= as_of < b and b - a <= BURST_GAP for a in times for b in times)


def test_every_figure_opens_onto_just_the_deals_that_it_counts(workspace: Workspace, fill: Fill) -> None:
    chance = Random(7)
    deals = company(chance)
    stored(workspace, fill, deals)
    instants = [move.at for _, _, listed in deals.values() for move in listed if move.at]
    for _ in range(8):
        asked = question(chance, instants)
        with workspace.database.reading() as session:
            rows = conversion(session, workspace, asked).rows
            for row in rows:
                for figure in FIGURES:
                    behind = deals_behind(session, workspace, asked, row.stage, figure)
                    if figure == "any_stage":
                        continue
                    counted = getattr(row, figure) if figure in COUNTS else row.entered
                    assert (row.stage, figure, behind.total) == (row.stage, figure, counted)


COUNTS = ("entered", "reached", "skipped", "advanced", "lost", "open", "went_back", "reopened")


def test_a_stage_of_the_usage_loop_is_not_compared_with_the_purchase(workspace: Workspace, fill: Fill) -> None:
    """Use takes a year; that it lets few through within 90 days is no finding."""
    slow = [("onboard", 0.0), ("use", 1.0)]
    quick = [("problem", 0.0), ("search", 5.0)]
    histories = [slow] * 12 + [quick] * 12
    fill([told(f"d{n}", told_moves(listed)) for n, listed in enumerate(histories)])
    with workspace.database.reading() as session:
        finding = conversion(session, workspace, Question(Period(), workspace.clock())).finding
    assert finding.row is not None
    assert finding.row.stage in ("problem", "search")


def told_moves(listed: list[tuple[str, float]]) -> list[StageMove]:
    return [StageMove(f"m{n}", START + timedelta(days=days), to) for n, (to, days) in enumerate(listed)]
