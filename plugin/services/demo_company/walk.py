"""The way of one buyer through a pipeline, drawn visit by visit.

A walk is drawn as if it were known to its end, and then cut at ``now``: that is how open deals of every age come about.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from math import log
from random import Random

from plugin.services.demo_company.calendar import desk_time, meeting_time
from plugin.services.demo_company.content import (
    BACK,
    LOST,
    PASSED,
    STALLED,
    Content,
    Habit,
    Pipeline,
    Salesperson,
    Trait,
)
from plugin.services.demo_company.deal import Move

HURRIED_AGAIN = 0.4
MOST_RETURNS = 3
# How much longer than usual a visit takes that ends like this; a second visit is shorter.
DRAGS = {PASSED: 1.0, BACK: 1.1, LOST: 1.5, STALLED: 6.0}
REVISIT = 0.6
CLOSED_BY_ROBOT = 0.75


@dataclass(frozen=True, slots=True)
class Buyer:
    """What decides how well and how fast a deal goes."""

    owner: Salesperson
    persona: Trait
    source: Trait

    @property
    def odds(self) -> float:
        return self.owner.odds * self.persona.odds * self.source.odds

    @property
    def pace(self) -> float:
        return self.owner.pace * self.persona.pace * self.source.pace


@dataclass(frozen=True, slots=True)
class Appointment:
    """A meeting in a visit that ``ends`` in one of four ways, and is over by ``left``."""

    kit: str
    starts_at: datetime
    minutes: int
    ends: str
    left: datetime
    kept: str = "held"


@dataclass
class Walk:
    rng: Random
    content: Content
    pipeline: Pipeline
    buyer: Buyer
    start: date
    now: datetime
    imported: bool = False
    moves: list[Move] = field(default_factory=list)
    appointments: list[Appointment] = field(default_factory=list)
    returns: int = 0
    hurried: bool = False

    def __post_init__(self) -> None:
        self.clock = desk_time(self.rng, self.start)

    def go(self) -> None:
        """Draw the whole walk, then forget what lies behind ``now``."""
        stage: str | None = self._begin()
        while stage is not None and self.clock < self.now:
            stage = self._visit(stage)
        known = [move for move in self.moves if move.at is None or move.at <= self.now]
        self.moves = sorted(known, key=lambda move: move.at or datetime.min.replace(tzinfo=UTC))

    def _begin(self) -> str:
        first = self.pipeline.loops[self.pipeline.first]
        return self.rng.choice(first[:3]) if self.imported else first[0]

    def _visit(self, stage: str) -> str | None:
        habit = self.content.habits[stage]
        again = self._been_in(stage)
        self._enter(stage, again)
        self.hurried = self.rng.random() < (HURRIED_AGAIN if self.hurried else self.content.turns["hurried"])
        if self.hurried:
            self.clock += timedelta(seconds=self.rng.randint(4, 55))
            return self._onward(stage)
        met = self.rng.random() < habit.meets * self.buyer.owner.prepares
        ends = self._draw_end(habit, met)
        leaves = self._draw_exit(habit, ends, again)
        if met:
            self._meet(habit, ends, leaves)
        self._linger(stage, leaves)
        self.clock = leaves
        return self._follow(stage, ends)

    def _been_in(self, stage: str) -> bool:
        return any(move.stage in self.pipeline.rooms(stage) for move in self.moves)

    def _enter(self, stage: str, again: bool) -> None:
        rooms = self.pipeline.rooms(stage)
        self._move(self.rng.choice(rooms) if again else rooms[0])

    def _move(self, stage: str) -> None:
        robots = self.content.robots
        if self.imported and not self.moves:
            self.moves.append(Move(stage, None, "import", robots["imports"]))
        elif not self.moves and self.buyer.source.key in self.content.web_sources:
            self.moves.append(Move(stage, self.clock, "automation", robots["enters"]))
        else:
            self.moves.append(Move(stage, self.clock, "person", self.buyer.owner.email))

    def _draw_end(self, habit: Habit, met: bool) -> str:
        odds = habit.passes / (1 - habit.passes) * self.buyer.odds * (habit.helps if met else 1)
        if self.rng.random() < odds / (1 + odds):
            return PASSED
        if self._turn("stalled"):
            return STALLED
        goes_back = self.rng.random() * 100 < habit.back and self.returns < MOST_RETURNS
        return BACK if goes_back else LOST

    def _draw_exit(self, habit: Habit, ends: str, again: bool) -> datetime:
        median = habit.days * self.buyer.pace * DRAGS[ends] * (REVISIT if again else 1)
        days = max(1, round(self.rng.lognormvariate(log(median), habit.spread)))
        return desk_time(self.rng, self.clock.date() + timedelta(days=days))

    def _meet(self, habit: Habit, ends: str, leaves: datetime) -> None:
        starts_at = self._between(leaves, 0.35, 0.9, meeting_time)
        if starts_at is None:
            return
        missed = self._between(starts_at, 0.3, 0.9, meeting_time)
        if missed and self._turn("missed"):
            kept = self.rng.choice(["no_show", "no_show", "cancelled"])
            self.appointments.append(Appointment(habit.meeting, missed, habit.minutes, ends, leaves, kept))
        self.appointments.append(Appointment(habit.meeting, starts_at, habit.minutes, ends, leaves))

    def _linger(self, stage: str, leaves: datetime) -> None:
        """What happens within the visit: the CRM's next stage for the same buyer stage, or the parking place."""
        rooms = self.pipeline.rooms(stage)
        if len(rooms) > 1 and self.moves[-1].stage == rooms[0] and self._turn("second_stage"):
            self._move_between(rooms[1], leaves, 0.2, 0.6)
        if self._turn("parked"):
            self._move_between(self.pipeline.unmapped, leaves, 0.65, 0.9)

    def _move_between(self, stage: str, leaves: datetime, low: float, high: float) -> None:
        at = self._between(leaves, low, high, desk_time)
        if at is not None:
            self.moves.append(Move(stage, at, "person", self.buyer.owner.email))

    def _between(
        self, end: datetime, low: float, high: float, draw: Callable[[Random, date], datetime]
    ) -> datetime | None:
        """An instant ``low`` to ``high`` of the way from the clock to ``end``; None where no working day is between."""
        day = self.clock.date() + (end.date() - self.clock.date()) * self.rng.uniform(low, high)
        at = draw(self.rng, day)
        return at if self.clock.date() < at.date() < end.date() else None

    def _follow(self, stage: str, ends: str) -> str | None:
        if ends == PASSED:
            return self._onward(stage)
        if ends == BACK:
            return self._backward(stage)
        return self._lose(stage, ends)

    def _onward(self, stage: str) -> str | None:
        loop = self.pipeline.loops[self.pipeline.loop_of(stage)]
        for later in loop[loop.index(stage) + 1 :]:
            if self.rng.random() >= self.content.habits[later].skip:
                return later
        if stage == "recommend" and self.rng.random() < self.pipeline.new_round:
            return self.pipeline.loops["purchase"][0]
        return self._win(stage)

    def _win(self, stage: str) -> str | None:
        self._move(self.pipeline.outcome("won"))
        if self._turn("cancelled_win"):
            self._wait(5, 40)
            return stage
        if self.pipeline.loop_of(stage) == "purchase" and self.rng.random() < self.pipeline.goes_on:
            self._wait(2, 15)
            return self.pipeline.loops["usage"][0]
        return None

    def _backward(self, stage: str) -> str:
        self.returns += 1
        loop = self.pipeline.loops[self.pipeline.loop_of(stage)]
        return loop[max(0, loop.index(stage) - (2 if self._turn("far_back") else 1))]

    def _lose(self, stage: str, ends: str) -> str | None:
        if ends == STALLED and self.rng.random() >= CLOSED_BY_ROBOT:
            return None
        robot = ends == STALLED
        kind, actor = ("automation", self.content.robots["closes"]) if robot else ("person", self.buyer.owner.email)
        self.moves.append(Move(self.pipeline.outcome("lost"), self.clock, kind, actor))
        if not self._turn("reopened"):
            return None
        self._wait(20, 150)
        loop = self.pipeline.loops[self.pipeline.loop_of(stage)]
        return self.rng.choice(loop[: loop.index(stage) + 1])

    def _wait(self, low: int, high: int) -> None:
        self.clock = desk_time(self.rng, self.clock.date() + timedelta(days=self.rng.randint(low, high)))

    def _turn(self, name: str) -> bool:
        return self.rng.random() < self.content.turns[name]
